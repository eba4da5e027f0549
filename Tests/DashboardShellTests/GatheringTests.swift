import Model
import Testing

@testable import Dashboard

@Suite struct GatheringTests {
    private let now = SampleFleet.start
    private let wall = SampleFleet.wall

    @Test func isCompleteWhenEveryHostHasToldTwiceOrFailed() {
        var gathering = Gathering(places: ["a", "b"], snapshots: 2)
        gathering.handle(.connected(SampleFleet.web, role: .viewer), from: 0, now: now, wall: wall)
        gathering.handle(.snapshot(SampleFleet.snapshot(1)), from: 0, now: now, wall: wall)
        #expect(!gathering.isComplete)
        gathering.handle(.snapshot(SampleFleet.snapshot(1)), from: 0, now: now, wall: wall)
        gathering.handle(.lost(.unreachable(reason: ""), retryAt: now), from: 1, now: now, wall: wall)
        #expect(!gathering.isComplete, "the same sweep twice gives no rates")
        gathering.handle(.snapshot(SampleFleet.snapshot(2)), from: 0, now: now, wall: wall)
        #expect(gathering.isComplete)
        #expect(gathering.answering == [0])
        #expect(gathering.missing == [1])
    }

    @Test func aHostThatComesBackCountsAgain() {
        var gathering = Gathering(places: ["a"], snapshots: 1)
        gathering.handle(.lost(.unreachable(reason: ""), retryAt: now), from: 0, now: now, wall: wall)
        #expect(gathering.isComplete)
        gathering.handle(.connected(SampleFleet.web, role: .viewer), from: 0, now: now, wall: wall)
        #expect(!gathering.isComplete)
        gathering.handle(.snapshot(SampleFleet.snapshot(1)), from: 0, now: now, wall: wall)
        #expect(gathering.answering == [0])
    }

    @Test func whenAskedToRetryOnlyWhatNeedsAPersonIsAFailure() {
        var gathering = Gathering(places: ["a"], snapshots: 1, retries: true)
        gathering.handle(.lost(.unreachable(reason: ""), retryAt: now), from: 0, now: now, wall: wall)
        #expect(!gathering.isComplete)
        gathering.handle(.lost(.authentication(reason: ""), retryAt: nil), from: 0, now: now, wall: wall)
        #expect(gathering.isComplete)
    }

    @Test func aHostReachedAtTwoAddressesIsListedOnce() {
        var gathering = Gathering(places: ["web-1:7433", "unix:/run/a.sock"], snapshots: 1)
        for host in 0...1 {
            gathering.handle(.connected(SampleFleet.web, role: .viewer), from: host, now: now, wall: wall)
            gathering.handle(.snapshot(SampleFleet.snapshot(1)), from: host, now: now, wall: wall)
        }
        #expect(gathering.answering == [0])
        #expect(gathering.missing.isEmpty)
    }
}
