import Glibc
import Model
import Testing

@testable import Agent

/// Where the newest lines of a file begin.
@Suite struct LogTailTests {
    private func start(
        of count: Int, in text: String, filter: String = "", oldest: WallTime? = nil
    ) throws -> LogTail.Start {
        let file = LogFile(text)
        let tail = LogTail(
            log: try #require(file.log), filter: LogFilter(filter), oldest: oldest, zone: 0,
            reach: 16 << 20, deadline: .after(.seconds(100)))
        return tail.start(of: count, size: UInt64(text.utf8.count))
    }

    @Test(arguments: [
        (1, "a\nb\nc\n", 4), (2, "a\nb\nc\n", 2), (3, "a\nb\nc\n", 0), (9, "a\nb\nc\n", 0), (0, "a\nb\n", 4),
        (1, "", 0),
        (1, "a\nb", 2), (2, "a\nb", 0), (1, "a\n\n", 2), (2, "a\n\n", 0), (1, "\n", 0), (5, "\n\n\n", 0),
    ])
    func countsLinesFromTheEnd(_ count: Int, _ text: String, _ offset: UInt64) throws {
        #expect(try start(of: count, in: text) == LogTail.Start(offset: offset, isCut: false))
    }

    @Test(arguments: [
        (1, "error", 7), (2, "error", 0), (3, "error", 0), (1, "none", 20), (1, "info", 14), (1, "warn", 20),
    ])
    func onlyWantedLinesCount(_ count: Int, _ filter: String, _ offset: UInt64) throws {
        #expect(try start(of: count, in: "error1\nerror2\ninfo3\n", filter: filter).offset == offset)
    }

    /// Lines that begin in one block and end in another, of every length around the block's.
    @Test func linesOverTheEndsOfBlocks() throws {
        for length in [LogTail.block - 2, LogTail.block - 1, LogTail.block, LogTail.block + 1, 3 * LogTail.block] {
            let long = String(repeating: "x", count: length)
            let text = "first wanted\n\(long)\nwanted \(long)\nlast\n"
            #expect(try start(of: 1, in: text).offset == UInt64(text.utf8.count - 5))
            #expect(try start(of: 2, in: text).offset == UInt64(14 + length))
            #expect(try start(of: 3, in: text).offset == 13)
            #expect(try start(of: 1, in: text, filter: "wanted").offset == UInt64(14 + length))
            #expect(try start(of: 2, in: text, filter: "wanted").offset == 0)
        }
    }

    @Test func whatIsTooFarBackIsNotLookedAt() throws {
        let line = String(repeating: "x", count: 1023) + "\n"
        let text = "needle\n" + String(repeating: line, count: 17 << 10)
        let start = try start(of: 1, in: text, filter: "needle")
        #expect(start == LogTail.Start(offset: UInt64(text.utf8.count), isCut: true))
        let some = try self.start(of: 10_000, in: text)
        #expect(some == LogTail.Start(offset: UInt64(text.utf8.count) - 10_000 * 1024, isCut: false))
    }

    @Test func linesThatSayTheyAreOldEndTheSearch() throws {
        let text = """
            2026-11-21T10:00:00Z old
            2026-11-21T12:00:00Z new
              at a place of the stack
            2026-11-21T12:00:01Z newer

            """
        let noon = WallTime(nanoseconds: 1_795_262_400_000_000_000)
        #expect(try start(of: 100, in: text, oldest: noon).offset == 25)
        #expect(try start(of: 2, in: text, oldest: noon).offset == 50)
        #expect(try start(of: 100, in: "no time\n", oldest: noon).offset == 0)
    }
}
