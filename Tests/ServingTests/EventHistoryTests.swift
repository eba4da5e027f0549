import Model
import Testing
import Wire

@testable import Serving

@Suite struct EventHistoryTests {
    private static func event(_ sequence: UInt64, words: Int = 1) -> Event {
        let now = Samples.moment(Double(sequence))
        return Event(
            sequence: sequence, monotonic: now.monotonic, wall: now.wall,
            body: .configuration(String(repeating: "word ", count: words)))
    }

    @Test func keepsTheLastOnesAndTellsWhatCameAfter() {
        var history = EventHistory(limit: 10, byteLimit: 1 << 20)
        for sequence in 1...25 as ClosedRange<UInt64> { history.append(Self.event(sequence)) }
        #expect(history.count == 10)
        #expect(history.after(0).map(\.sequence) == Array(16...25))
        #expect(history.after(23).map(\.sequence) == [24, 25])
        #expect(history.after(25).isEmpty && history.after(.max).isEmpty)
    }

    @Test func keepsNoMoreBytesThanItMay() {
        var history = EventHistory(limit: 1000, byteLimit: 2000)
        for sequence in 1...500 as ClosedRange<UInt64> {
            history.append(Self.event(sequence, words: Int(sequence % 80)))
            #expect(history.bytes <= 2000 || history.count == 1)
            let kept = history.after(0)
            #expect(history.bytes == kept.map { Message.event($0).encoded().count }.reduce(0, +))
            #expect(kept.last?.sequence == sequence)
        }
    }

    /// Two threads number and publish: the later may come first.
    @Test func aLateComerIsFoundByItsNumber() {
        var history = EventHistory()
        for sequence in [1, 3, 2, 5, 4] as [UInt64] { history.append(Self.event(sequence)) }
        #expect(history.after(1).map(\.sequence) == [2, 3, 4, 5])
    }

    /// What a viewer gets fits into one message, and the rest can be asked for after it.
    @Test func aLongHistoryIsReadInPieces() throws {
        var history = EventHistory()
        for sequence in 1...1500 as ClosedRange<UInt64> { history.append(Self.event(sequence, words: 40)) }
        var seen: [UInt64] = []
        var last: UInt64 = 0
        while true {
            let bytes = Message.answer(Answer(id: 1, body: .events(history.after(last)))).encoded()
            #expect(bytes.count <= Limits.eventBytes)
            guard case .answer(let answer)? = try Message.decode(whole: bytes.span),
                case .events(let events) = answer.body
            else {
                Issue.record("no answer")
                return
            }
            guard let newest = events.last else { break }
            seen += events.map(\.sequence)
            last = newest.sequence
        }
        #expect(seen == Array(501...1500))
    }
}
