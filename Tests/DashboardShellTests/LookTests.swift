import Model
import Testing
import Wire

@testable import Dashboard

/// The second subscription of a link, that of the worker on the screen.
@Suite struct LookTests {
    private let first = WorkerID(boot: LinkHarness.boot, pid: 7, startTicks: 70)
    private let second = WorkerID(boot: LinkHarness.boot, pid: 8, startTicks: 80)

    private func subscription(_ worker: WorkerID, _ number: UInt32) -> Message {
        .subscribe(Subscription(id: Look.firstNumber + number, interest: .worker(worker), interval: Look.interval))
    }

    @Test func isSubscribedReplacedAndEnded() {
        var link = LinkHarness.ready()
        #expect(link.feed(.look(first)).sent == [subscription(first, 1)])
        #expect(link.feed(.look(first)).sent.isEmpty)
        #expect(link.feed(.look(second)).sent == [.unsubscribe(Look.firstNumber + 1), subscription(second, 2)])
        #expect(link.feed(.look(nil)).sent == [.unsubscribe(Look.firstNumber + 2)])
        #expect(link.feed(.look(nil)).sent.isEmpty)
    }

    @Test func isAskedForAgainAfterAReconnect() {
        var link = LinkHarness.ready()
        link.feed(.look(first))
        link.feed(.closed(.closed(reason: "")))
        #expect(link.feed(.look(second)).sent.isEmpty, "nobody is there to be told")
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        #expect(link.feed(.received(.welcome(LinkHarness.welcome()))).sent.contains(subscription(second, 3)))
    }

    @Test func whatItBringsIsNoSnapshotOfTheHost() {
        var link = LinkHarness.ready()
        link.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(1))))
        link.feed(.look(first))
        let number = Look.firstNumber + 1
        #expect(link.feed(.received(.keyframe(subscription: number, LinkHarness.snapshot(1)))).isEmpty)
        #expect(link.feed(.received(LinkHarness.delta(number, from: 1, to: 2))).isEmpty)
        #expect(link.link.feed.late == 0)
        #expect(link.feed(.received(LinkHarness.delta(1, from: 1, to: 2))).snapshots == [2])
    }
}
