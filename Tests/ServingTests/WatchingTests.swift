import Model
import Testing
import Wire

@testable import Serving

/// At which workers somebody looks, one by one: those are probed most often.
@Suite struct WatchingTests {
    private func subscription(_ id: UInt32, _ interest: Interest) -> Session.Input {
        .message(.subscribe(Subscription(id: id, interest: interest, interval: .seconds(1))))
    }

    @Test func onlyASubscriptionForOneWorkerWatchesIt() {
        var session = Session(host: Samples.host, runID: Samples.run, role: .viewer, readOnly: false)
        func feed(_ input: Session.Input) { _ = session.handle(input, writable: true, at: Samples.moment(0)) }
        feed(.opened)
        feed(.message(.hello(Samples.hello())))
        feed(subscription(1, .workers))
        #expect(session.watched.isEmpty)
        feed(subscription(2, .worker(Samples.worker(5))))
        feed(subscription(3, .worker(Samples.worker(6))))
        #expect(session.watched == [Samples.worker(5), Samples.worker(6)])
        feed(subscription(3, .worker(Samples.worker(7))))
        feed(.message(.unsubscribe(2)))
        #expect(session.watched == [Samples.worker(7)])
        feed(.closed)
        #expect(session.watched.isEmpty)
    }
}
