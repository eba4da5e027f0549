import Model
import TestSupport
import Testing
import Wire

@testable import Agent

@Suite struct LogCursorTests {
    static let journal =
        "s=4e80c7b9df4347f0820bd5071c52b99c;i=a30;b=1910f24ad90e459d960ac6d0991f4f3f;m=b7dd14c39;"
        + "t=660c8f7f6c5f4;x=1cb4e8daf8f68db3"

    @Test func comesBackAsItWent() throws {
        var cursor = LogCursor()
        #expect(LogCursor(cursor.bytes) == cursor)
        cursor.turn = 300
        cursor.time = WallTime(nanoseconds: 1_795_262_400_123_000_000)
        cursor.journal = Self.journal
        cursor.files = [
            1: LogCursor.Place(offset: 0, check: 0),
            .max: LogCursor.Place(offset: .max, check: .max, isInsideLine: true),
            7: LogCursor.Place(offset: 5, check: 1, goal: 900),
        ]
        #expect(LogCursor(cursor.bytes) == cursor)
    }

    @Test func theLargestFitsIntoAMessage() throws {
        var cursor = LogCursor()
        cursor.turn = .max
        cursor.time = WallTime(nanoseconds: .max)
        for identity in 0..<UInt64(LogPageMaker.maximumSources * 4) {
            cursor.files[.max - identity] = LogCursor.Place(offset: 1 << 62, check: .max, goal: .max)
        }
        cursor.journal = Self.journal
        #expect(cursor.bytes.count <= Limits.logCursorBytes)
        #expect(try #require(LogCursor(cursor.bytes)).files.count >= LogPageMaker.maximumSources)
    }

    @Test func whateverComesBackDoesNotTrap() {
        var random = SeededGenerator(seed: printedSeed())
        var cursor = LogCursor()
        cursor.files = [7: LogCursor.Place(offset: 1234, check: 99)]
        cursor.journal = Self.journal
        let good = cursor.bytes
        for length in 0...good.count { _ = LogCursor(Array(good.prefix(length))) }
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let read = LogCursor(bytes) else { continue }
            #expect(read.journal.isEmpty || JournalEntries.isCursor(read.journal.utf8))
            #expect(LogCursor(read.bytes) == read)
        }
    }
}
