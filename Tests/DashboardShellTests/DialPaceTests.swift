import Model
import Testing

@testable import Dashboard

struct DialPaceTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    /// When those that come at these instants may begin.
    private func turns(_ asked: [MonotonicInstant]) -> [MonotonicInstant] {
        var pace = DialPace()
        return asked.map { pace.turn(now: $0) }
    }

    @Test func aSmallFleetDoesNotWait() {
        let asked = Array(repeating: Self.start, count: DialPace.atOnce)
        #expect(turns(asked) == asked)
    }

    @Test func whoComesLaterWaitsLongerAndAllComeToTheirTurn() throws {
        let turns = turns(Array(repeating: Self.start, count: 200))
        #expect(turns == turns.sorted())
        let last = try #require(turns.last)
        #expect((last - Self.start).seconds <= 5)
        for turn in turns {
            #expect(turns.count { $0 >= turn && $0 - turn < .seconds(1) } <= 50)
        }
    }

    @Test func noSecondHasMoreThanFiftyHoweverTheyCome() {
        var random = SplitMix64(state: 7)
        var now = Self.start
        let asked = (0..<2000).map { _ in
            now = now + .milliseconds(Int64.random(in: 0...40, using: &random))
            return now
        }
        let turns = turns(asked)
        for (index, turn) in turns.enumerated() {
            #expect(turn >= asked[index])
            #expect(turns[index...].prefix { $0 - turn < .seconds(1) }.count <= 50)
        }
        // More rarely than that they do not wait at all.
        let seldom = (0..<500).map { Self.start + .milliseconds(Int64($0) * 25) }
        #expect(self.turns(seldom) == seldom)
    }

    @Test func timeGivesTheTurnsBack() {
        var pace = DialPace()
        for _ in 0..<100 { _ = pace.turn(now: Self.start) }
        let later = Self.start + .seconds(10)
        for _ in 0..<DialPace.atOnce {
            let turn = pace.turn(now: later)
            #expect(turn == later)
        }
        let next = pace.turn(now: later)
        #expect(next > later)
    }
}
