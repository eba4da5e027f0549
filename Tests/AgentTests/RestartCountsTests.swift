import Model
import Testing

@testable import Agent

/// Which ends of workers count as restarts, and for how long.
struct RestartCountsTests {
    private func place(_ slot: UInt32) -> Ledger.Place { Ledger.Place(groupKey: "web", slot: slot) }

    @Test func theWorstSlotIsTold() {
        var counts = RestartCounts()
        #expect(counts.worst(of: "web", now: Samples.instant(0)) == nil)
        for second in [0.0, 10, 20] {
            counts.ended(place(2), at: Samples.instant(second), .code(1), lived: .seconds(9))
        }
        counts.ended(place(1), at: Samples.instant(20), .signal(9), lived: .seconds(9000))
        #expect(
            counts.worst(of: "web", now: Samples.instant(30)) == .init(inHour: 3, inFiveMinutes: 3, slot: 2))
        #expect(
            counts.worst(of: "web", now: Samples.instant(310)) == .init(inHour: 3, inFiveMinutes: 1, slot: 2),
            "of one count in five minutes the one that ended more often in an hour")
        #expect(counts.worst(of: "api", now: Samples.instant(30)) == nil)
        #expect(counts.worst(of: "web", now: Samples.instant(3619)) == .init(inHour: 1, inFiveMinutes: 0, slot: 1))
        #expect(counts.worst(of: "web", now: Samples.instant(3620)) == nil)
    }

    @Test(
        arguments: [
            (.code(0), 59, 1), (.code(0), 60, 0), (.code(1), 60, 1), (.signal(15), 9000, 1), (nil, 9000, 1),
        ] as [(Model.ExitStatus?, Int, UInt16)])
    func whoIsRecycledIsNoRestart(_ status: Model.ExitStatus?, _ lived: Int, _ count: UInt16) {
        var counts = RestartCounts()
        counts.ended(place(1), at: Samples.instant(0), status, lived: .seconds(lived))
        #expect(counts.worst(of: "web", now: Samples.instant(0))?.inHour ?? 0 == count)
    }

    @Test func whatIsOverIsForgottenAndALoopIsBounded() {
        var counts = RestartCounts()
        for number in 0..<(RestartCounts.most + 50) {
            counts.ended(place(1), at: Samples.instant(Double(number)), .code(1), lived: .zero)
        }
        let last = Samples.instant(Double(RestartCounts.most + 49))
        #expect(counts.worst(of: "web", now: last)?.inHour == UInt16(RestartCounts.most))
        counts.forget(before: Samples.instant(10_000))
        #expect(counts == RestartCounts())
    }
}
