import Model
import Testing
import Wire

@testable import Serving

@Suite struct SubscriptionTests {
    @Test func theFirstIsAKeyframeAndTheOthersLeadFromOneToTheNext() throws {
        var viewer = try Viewer.following(.workers)
        for sequence in UInt64(1)...5 {
            try viewer.sweep(sequence)
            var expected = Samples.snapshot(sequence)
            expected.host[.droppedSnapshots] = 0
            #expect(viewer.held[1] == expected)
        }
        #expect(viewer.heard == ["keyframe 1", "delta 2", "delta 3", "delta 4", "delta 5"])
    }

    @Test func eachSubscriptionSeesOnlyWhatItAskedFor() throws {
        var viewer = try Viewer.following(.host)
        for (id, interest) in [(2, Interest.groups), (3, .workers), (4, .worker(Samples.worker(20)))] {
            try viewer.feed(
                .message(.subscribe(Subscription(id: UInt32(id), interest: interest, interval: .seconds(1)))), at: 0)
        }
        for sequence in UInt64(1)...2 { try viewer.sweep(sequence) }
        #expect(viewer.held[1]?.groups.isEmpty == true)
        #expect(viewer.held[2]?.groups.count == 1)
        #expect(viewer.held[2]?.workers.isEmpty == true)
        #expect(viewer.held[3]?.workers == Samples.snapshot(2).workers)
        #expect(viewer.held[4]?.workers.map(\.info.id) == [Samples.worker(20)])
        #expect(viewer.held[4]?.groups.count == 1)
    }

    @Test func aNewSubscriptionWantsTheNewestAtOnceAndDisturbsNoOther() throws {
        var viewer = try Viewer.following(.host)
        try viewer.sweep(1)
        let effects = try viewer.feed(
            .message(.subscribe(Subscription(id: 2, interest: .workers, interval: .seconds(1)))), at: 1.5)
        #expect(effects == [.wantSnapshot])
        viewer.heard = []
        try viewer.feed(.snapshot(Samples.snapshot(1)), at: 1.5)
        #expect(viewer.heard == ["keyframe 1"])
        #expect(viewer.held[2]?.sequence == 1)
    }

    @Test func theSameIdAgainReplaces() throws {
        var viewer = try Viewer.following(.workers)
        try viewer.sweep(1)
        try viewer.feed(.message(.subscribe(Subscription(id: 1, interest: .host, interval: .seconds(1)))), at: 1.1)
        viewer.heard = []
        try viewer.sweep(2)
        #expect(viewer.heard == ["keyframe 2"])
        #expect(viewer.held[1]?.workers.isEmpty == true)
    }

    @Test func unsubscribedNothingMoreIsSent() throws {
        var viewer = try Viewer.following(.workers)
        try viewer.sweep(1)
        try viewer.feed(.message(.unsubscribe(1)), at: 1.1)
        viewer.heard = []
        try viewer.sweep(2)
        #expect(viewer.heard.isEmpty)
    }

    @Test func oneSubscriptionTooManyEndsTheSession() throws {
        var viewer = try Viewer.following(.host)
        for id in 2...UInt32(Limits.subscriptions) {
            let effects = try viewer.feed(
                .message(.subscribe(Subscription(id: id, interest: .host, interval: .seconds(1)))), at: 0)
            #expect(effects == [.wantSnapshot])
        }
        let again = try viewer.feed(
            .message(.subscribe(Subscription(id: 2, interest: .groups, interval: .seconds(1)))), at: 0)
        #expect(again == [.wantSnapshot], "replacing is not one more")
        let effects = try viewer.feed(
            .message(.subscribe(Subscription(id: 99, interest: .host, interval: .seconds(1)))), at: 0)
        guard case .close(let failure?)? = effects.first else {
            Issue.record("not closed: \(effects)")
            return
        }
        #expect(failure == Failure(code: .limit, text: "more than 8 subscriptions"))
    }

    // MARK: Intervals

    @Test func anIntervalEqualToTheSweepsNeverSkipsOneHoweverItJitters() throws {
        var viewer = try Viewer.following(.host, every: .seconds(1))
        for sequence in UInt64(1)...50 {
            let late = [0, 0.3, 0.01, 0.4, 0.2][Int(sequence) % 5]
            try viewer.feed(.snapshot(Samples.snapshot(sequence)), at: Double(sequence) + late)
        }
        #expect(viewer.heard.count == 50)
    }

    @Test func aLongerIntervalIsKept() throws {
        var viewer = try Viewer.following(.host, every: .seconds(5))
        for sequence in UInt64(1)...16 { try viewer.sweep(sequence) }
        #expect(viewer.heard == ["keyframe 1", "delta 6", "delta 11", "delta 16"])
    }

    @Test(arguments: [Duration.zero, .milliseconds(1), .seconds(-5)])
    func aShorterIntervalGetsEachSweepOnce(_ interval: Duration) throws {
        var viewer = try Viewer.following(.host, every: interval)
        for sequence in UInt64(1)...3 {
            try viewer.sweep(sequence)
            try viewer.feed(.snapshot(Samples.snapshot(sequence)), at: Double(sequence) + 0.9)
        }
        #expect(viewer.heard == ["keyframe 1", "delta 2", "delta 3"])
    }

    @Test func anAbsurdIntervalIsNoTrap() throws {
        var viewer = try Viewer.following(.host, every: .seconds(Int64.max))
        for sequence in UInt64(1)...3 { try viewer.sweep(sequence) }
        #expect(viewer.heard == ["keyframe 1"])
    }

    // MARK: Slow peers

    @Test func whatASlowPeerCannotTakeIsDroppedAndCountedAndThenItStartsAnew() throws {
        var viewer = try Viewer.following(.workers)
        try viewer.sweep(1)
        viewer.writable = false
        for sequence in UInt64(2)...4 { try viewer.sweep(sequence) }
        #expect(viewer.heard == ["keyframe 1"])
        viewer.writable = true
        try viewer.sweep(5)
        try viewer.sweep(6)
        #expect(viewer.heard == ["keyframe 1", "keyframe 5", "delta 6"])
        #expect(viewer.held[1]?.host[.droppedSnapshots] == 3)
        #expect(viewer.held[1]?.workers == Samples.snapshot(6).workers)
    }

    @Test func whenItCanTakeBytesAgainItGetsTheNewestWhichIsNotLost() throws {
        var viewer = try Viewer.following(.workers)
        try viewer.sweep(1)
        viewer.writable = false
        for sequence in UInt64(2)...3 { try viewer.sweep(sequence) }
        viewer.writable = true
        #expect(try viewer.feed(.writable, at: 3.2) == [.wantSnapshot])
        try viewer.feed(.snapshot(Samples.snapshot(3)), at: 3.2)
        #expect(viewer.heard == ["keyframe 1", "keyframe 3"])
        #expect(viewer.held[1]?.host[.droppedSnapshots] == 1, "2 was replaced by 3, and 3 came")
        #expect(try viewer.feed(.writable, at: 3.3).isEmpty)
    }

    @Test func onlySnapshotsThatWereDueCount() throws {
        var viewer = try Viewer.following(.host, every: .seconds(10))
        try viewer.sweep(1)
        viewer.writable = false
        for sequence in UInt64(2)...15 { try viewer.sweep(sequence) }
        viewer.writable = true
        try viewer.sweep(16)
        #expect(viewer.heard == ["keyframe 1", "keyframe 16"])
        #expect(viewer.held[1]?.host[.droppedSnapshots] == 0, "11 was due and waited; 16 stands for it")
    }

    @Test func aSlowPeerStillHearsAnswersAndEvents() throws {
        var viewer = try Viewer.following(.workers)
        viewer.writable = false
        #expect(try viewer.feed(.event(Samples.event(1)), at: 1).count == 1)
        #expect(try viewer.feed(.reply(.outcome(Samples.outcome)), at: 1).count == 1)
        #expect(try viewer.feed(.message(.ping(Ping(nonce: 1))), at: 1).count == 1)
    }
}
