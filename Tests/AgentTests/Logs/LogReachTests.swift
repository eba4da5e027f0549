import Glibc
import Model
import TestSupport
import Testing
import Wire

@testable import Agent

/// Lines from a place on.
@Suite struct LogReachTests {
    private func read(
        _ bytes: [UInt8], from offset: UInt64 = 0, isInsideLine: Bool = false, lines: Int = 1000, room: Int = 50_000,
        isSettled: Bool = false, filter: String = "", limit: UInt64 = 1 << 20
    ) throws -> LogReach.Result {
        let file = LogFile()
        file.write(bytes)
        let reach = LogReach(
            log: try #require(file.log), filter: LogFilter(filter), zone: 0, limit: limit,
            deadline: .after(.seconds(600)))
        var maker = LogLineMaker(filter: LogFilter(filter))
        return reach.read(
            from: LogCursor.Place(offset: offset, check: 0, isInsideLine: isInsideLine), size: UInt64(bytes.count),
            lines: lines, bytes: room, isSettled: isSettled, maker: &maker)
    }

    private func read(
        _ text: String, from offset: UInt64 = 0, isInsideLine: Bool = false, lines: Int = 1000, room: Int = 50_000,
        isSettled: Bool = false, filter: String = "", limit: UInt64 = 1 << 20
    ) throws -> LogReach.Result {
        try read(
            Array(text.utf8), from: offset, isInsideLine: isInsideLine, lines: lines, room: room, isSettled: isSettled,
            filter: filter, limit: limit)
    }

    @Test func wholeLinesOnly() throws {
        let result = try read("one\ntwo\nthr")
        #expect(result.lines.map(\.text) == ["one", "two"])
        #expect(result.offset == 8 && !result.hasMore)
        let rest = try read("one\ntwo\nthree\n", from: 8)
        #expect(rest.lines.map(\.text) == ["three"] && rest.offset == 14)
    }

    @Test func aLastLineWithoutItsEndIsToldWhenNothingComesAnyMore() throws {
        let result = try read("one\npanic: ", isSettled: true)
        #expect(result.lines.map(\.text) == ["one", "panic: "] && result.offset == 11)
    }

    @Test func asManyAsThereIsRoomFor() throws {
        let text = (1...10).map { "line \($0)\n" }.joined()
        let three = try read(text, lines: 3)
        #expect(three.lines.count == 3 && three.offset == 21 && three.hasMore)
        let two = try read(text, room: 2 * (6 + LogReach.lineOverhead))
        #expect(two.lines.map(\.text) == ["line 1", "line 2"] && two.offset == 14 && two.hasMore)
        let one = try read(text, room: 1)
        #expect(one.lines.map(\.text) == ["line 1"], "or nothing would ever come")
    }

    /// Ten megabytes without a newline: the beginning is told, the rest is passed over, and what follows is told again.
    @Test func aLineOfTenMegabytes() throws {
        let bytes =
            Array("before\n".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20) + Array("\nafter\n".utf8)
        var texts: [String] = []
        var place = LogCursor.Place(offset: 0, check: 0)
        var pages = 0
        while place.offset < UInt64(bytes.count), pages < 50 {
            pages += 1
            let result = try read(bytes, from: place.offset, isInsideLine: place.isInsideLine)
            texts += result.lines.map(\.text)
            place = LogCursor.Place(offset: result.offset, check: 0, isInsideLine: result.isInsideLine)
        }
        #expect(texts.map { $0.prefix(6) } == ["before", "xxxxxx", "after"])
        #expect(texts[1].utf8.count == Limits.logLineBytes)
        #expect(pages < 20)
    }

    @Test func aLongLineSaysWhatIsCut() throws {
        let result = try read(String(repeating: "y", count: 20_000) + "\n")
        #expect(result.lines.map(\.cutBytes) == [20_000 - 4096])
        #expect(try read(String(repeating: "y", count: 4096) + "\n").lines.map(\.cutBytes) == [0])
        #expect(try read(String(repeating: "y", count: 4097) + "\n").lines.map(\.cutBytes) == [1])
    }

    @Test func onlyWhatIsWanted() throws {
        let result = try read("info a\nERROR b\ninfo c\n", filter: "error")
        #expect(result.lines.map(\.text) == ["ERROR b"] && result.offset == 22)
    }

    /// Where little of much is wanted, a page ends without it and the next one goes on there.
    @Test func muchThatIsNotWanted() throws {
        let line = String(repeating: "x", count: 1023) + "\n"
        let text = String(repeating: line, count: 1100) + "needle\n"
        let first = try read(text, filter: "needle")
        #expect(first.lines.isEmpty && first.hasMore && first.offset == 1 << 20)
        let second = try read(text, from: first.offset, filter: "needle")
        #expect(second.lines.map(\.text) == ["needle"] && !second.hasMore)
    }

    /// Whatever the bytes: every page gets on, and none is too large.
    @Test func anyBytes() throws {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<40 {
            let bytes = (0..<Int.random(in: 0...40_000, using: &random)).map { _ -> UInt8 in
                Int.random(in: 0..<100, using: &random) < 3 ? 10 : UInt8.random(in: 0...255, using: &random)
            }
            var place = LogCursor.Place(offset: 0, check: 0)
            var pages = 0
            while pages < 2000 {
                pages += 1
                let result = try read(
                    bytes, from: place.offset, isInsideLine: place.isInsideLine, lines: 7, room: 9000, isSettled: true)
                #expect(result.lines.allSatisfy { $0.text.utf8.count <= Limits.logLineBytes })
                if result.offset == place.offset { break }
                place = LogCursor.Place(offset: result.offset, check: 0, isInsideLine: result.isInsideLine)
            }
            #expect(place.offset == UInt64(bytes.count))
        }
    }

    @Test func linesAreCounted() throws {
        let file = LogFile("a\nb\nc\nd")
        let reach = LogReach(
            log: try #require(file.log), filter: LogFilter(""), zone: 0, limit: 1 << 20, deadline: .after(.seconds(10)))
        #expect(reach.lines(in: 0..<7) == 3)
        #expect(reach.lines(in: 2..<4) == 1)
        #expect(reach.lines(in: 0..<(LogReach.filteredBacklog + 1)) == nil)
    }
}
