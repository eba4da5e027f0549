import Model
import Testing

@testable import Agent

@Suite struct TurnedAwayTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    @Test func theFirstIsSaidAndTheRestOfTheMinuteCounted() {
        var log = TurnedAway()
        #expect(log.line(source: "192.0.2.1:5000", reason: "expired", now: start) == "turned away 192.0.2.1: expired")
        for second in 1...59 {
            let source = "192.0.2.1:\(5000 + second)"
            #expect(log.line(source: source, reason: "expired", now: start + .seconds(second)) == nil)
        }
        let later = log.line(source: "192.0.2.1:6000", reason: "expired", now: start + .seconds(60))
        #expect(later == "turned away 192.0.2.1: expired (and 59 times more in the last minute)")
    }

    @Test func anotherSourceOrReasonIsSaidAtOnce() {
        var log = TurnedAway()
        #expect(log.line(source: "192.0.2.1:1", reason: "expired", now: start) != nil)
        #expect(log.line(source: "192.0.2.2:1", reason: "expired", now: start) != nil)
        #expect(log.line(source: "192.0.2.1:1", reason: "unknown CA", now: start) != nil)
    }

    @Test func aScanFromEverywhereStaysBounded() {
        var log = TurnedAway()
        for source in 0..<10_000 { #expect(log.line(source: "host\(source):1", reason: "no", now: start) != nil) }
        #expect(log.count <= TurnedAway.maximumCases)
    }
}
