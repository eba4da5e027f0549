import Glibc
import Model
import TestSupport
import Testing

@testable import Agent

/// On the output of a real journalctl 252 of Debian 12: `journalctl --output=export --output-fields=MESSAGE,_PID --lines=10`
/// behind a journald of its own, with a line that is not UTF-8.
@Suite struct JournalEntriesTests {
    private func fixture() throws -> [UInt8] {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let file = try #require(fopen("\(root)/Fixtures/journal/export", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }

    @Test func entriesAreRead() throws {
        let found = JournalEntries(parsing: try fixture())
        #expect(found.entries.count == 10 && found.said.isEmpty)
        let last = try #require(found.entries.last)
        #expect((String(decoding: last.message, as: UTF8.self), last.pid) == ("two", 17110))
        #expect(last.time == WallTime(nanoseconds: 1_795_266_130_134_516_000))
        #expect(last.cursor.hasPrefix("s=4e80c7b9df4347f0820bd5071c52b99c;i=a30;"))
        #expect(found.entries[8].message == Array("bin".utf8) + [1, 0xFF] + Array("ary".utf8))
        #expect(found.entries[0].pid == nil, "the kernel's")
        #expect(found.entries[5].message == Array("hello 17110".utf8))
    }

    /// Only the end is kept of what is too much.
    @Test func cutAnywhere() throws {
        let bytes = try fixture()
        for start in 0..<bytes.count { #expect(JournalEntries(parsing: Array(bytes[start...])).entries.count <= 10) }
        let late = JournalEntries(parsing: Array(bytes[1000...]))
        #expect(late.entries.count >= 6 && late.entries.last?.message == Array("two".utf8))
    }

    @Test func whatTheProgramSaysIsKeptApart() throws {
        let said = Array("Journal file /run/x is truncated, ignoring file.\n".utf8)
        let found = JournalEntries(parsing: said + (try fixture()))
        #expect(found.entries.count == 10 && found.said == said)
        #expect(JournalEntries(parsing: Array("No journal files were found.\n".utf8)).entries.isEmpty)
    }

    @Test func nothingTraps() throws {
        var random = SeededGenerator(seed: printedSeed())
        let bytes = try fixture()
        for _ in 0..<500 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = JournalEntries(parsing: changed)
        }
        let endless = Array("MESSAGE\n".utf8) + [UInt8](repeating: 0xFF, count: 8)
        #expect(JournalEntries(parsing: endless).entries.isEmpty)
    }
}
