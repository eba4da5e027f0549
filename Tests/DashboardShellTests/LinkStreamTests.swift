import Model
import Testing
import Wire

@testable import Dashboard

/// Subscriptions and commands of a link that is ready.
@Suite struct LinkStreamTests {
    @Test func keyframesAndDeltasBecomeSnapshots() {
        var link = LinkHarness.ready()
        #expect(link.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(1)))).snapshots == [1])
        let effects = link.feed(.received(LinkHarness.delta(1, from: 1, to: 2)))
        #expect(effects.snapshots == [2])
        guard case .snapshot(let snapshot)? = effects.emitted.first else { return }
        #expect(snapshot == LinkHarness.snapshot(2))
    }

    @Test func anotherInterestIsAnotherSubscription() {
        var link = LinkHarness.ready()
        let effects = link.feed(.interest(.workers))
        #expect(
            effects.sent == [
                .unsubscribe(1), .subscribe(Subscription(id: 2, interest: .workers, interval: .seconds(1))),
            ])
        #expect(link.feed(.interest(.workers)).sent.isEmpty, "the same again changes nothing")
    }

    @Test func whatComesLateForTheOldSubscriptionIsDroppedAndCounted() {
        var link = LinkHarness.ready()
        link.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(1))))
        link.feed(.interest(.workers))
        #expect(link.feed(.received(LinkHarness.delta(1, from: 1, to: 2))).isEmpty)
        #expect(link.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(3)))).isEmpty)
        #expect(link.link.feed.late == 2)
        #expect(link.feed(.received(.keyframe(subscription: 2, LinkHarness.snapshot(3)))).snapshots == [3])
    }

    @Test func aDeltaUponAnotherSnapshotAsksForAKeyframeOnce() {
        var link = LinkHarness.ready()
        link.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(1))))
        let effects = link.feed(.received(LinkHarness.delta(1, from: 2, to: 3)))
        #expect(effects.snapshots.isEmpty)
        #expect(
            effects.sent == [
                .unsubscribe(1), .subscribe(Subscription(id: 2, interest: .host, interval: .seconds(1))),
            ])
        #expect(link.link.feed.recoveries == 1)
        #expect(link.feed(.received(LinkHarness.delta(1, from: 3, to: 4))).isEmpty, "late for the old one")
        link.feed(.received(.keyframe(subscription: 2, LinkHarness.snapshot(5))))
        let again = link.feed(.received(LinkHarness.delta(2, from: 1, to: 2)))
        #expect(again.sent.count == 2, "a keyframe in between lifts the limit")
    }

    @Test func aSecondMisfitBeforeAKeyframeBreaksTheConnection() {
        var link = LinkHarness.ready()
        link.feed(.received(LinkHarness.delta(1, from: 1, to: 2)))
        let effects = link.feed(.received(LinkHarness.delta(2, from: 1, to: 2)))
        let text = "a delta upon 1, here is nothing"
        #expect(effects.farewell == Failure(code: .protocolViolation, text: text))
        #expect(effects.loss?.failure == .protocolError(reason: text))
        #expect(effects.loss?.retryAt != nil)
    }

    @Test func aDeltaThatIsNoDeltaBreaksTheConnection() {
        var link = LinkHarness.ready()
        link.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(1))))
        let broken = Delta(subscription: 1, baseSequence: 1, sequence: 2, body: [0xFF, 0xFF, 0xFF])
        #expect(link.feed(.received(.delta(broken))).farewell?.code == .protocolViolation)
    }

    @Test func subscribesToTheNewestInterestAfterAReconnect() {
        var link = LinkHarness.ready()
        link.feed(.closed(.closed(reason: "")))
        #expect(link.feed(.interest(.workers)).sent.isEmpty, "nobody is there to be told")
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let sent = link.feed(.received(.welcome(LinkHarness.welcome()))).sent
        #expect(sent.first == .subscribe(Subscription(id: 2, interest: .workers, interval: .seconds(1))))
        #expect(
            link.feed(.received(LinkHarness.delta(1, from: 1, to: 2))).isEmpty,
            "the number before the loss is not used again")
    }

    @Test func aCommandIsSentAndItsAnswersAreHandedOn() {
        var link = LinkHarness.ready()
        let command = LinkHarness.command(1)
        #expect(link.feed(.command(command)).sent == [.command(command)])
        guard case .accepted(let id)? = link.feed(.received(.accepted(command.id))).emitted.first else {
            Issue.record("accepted was not handed on")
            return
        }
        #expect(id == command.id)
        let outcome = Outcome(
            id: command.id, action: .restart, target: command.target, issuer: "user/ada", verdict: .targetChanged)
        guard case .outcome(let told)? = link.feed(.received(.outcome(outcome))).emitted.first else {
            Issue.record("the outcome was not handed on")
            return
        }
        #expect(told == outcome)
        #expect(link.link.requests.pending.entries.isEmpty)
    }

    @Test func aCommandWithoutAConnectionFailsAtOnceAndIsNotKept() {
        var link = LinkHarness()
        link.feed(.dial)
        let effects = link.feed(.command(LinkHarness.command(1)))
        #expect(effects.sent.isEmpty)
        guard case .outcome(let outcome)? = effects.emitted.first else {
            Issue.record("no answer: \(effects)")
            return
        }
        #expect(outcome.verdict == .refused(.expired))
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let sent = link.feed(.received(.welcome(LinkHarness.welcome()))).sent
        #expect(!sent.contains(.command(LinkHarness.command(1))))
    }

    /// What a link sends after it was lost for `pause` with a command under way.
    private func resent(after pause: Duration, run: Identifier128 = LinkHarness.agentRun) -> (LinkHarness, [Message]) {
        var link = LinkHarness.ready()
        link.feed(.command(LinkHarness.command(1)))
        link.feed(.closed(.closed(reason: "")))
        link.pass(pause)
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let sent = link.feed(.received(.welcome(LinkHarness.welcome(run: run)))).sent
        return (link, sent.filter { if case .command = $0 { true } else { false } })
    }

    @Test func anUnansweredCommandIsAskedForAgainAfterAReconnect() {
        #expect(resent(after: .seconds(3)).1 == [.command(LinkHarness.command(1))])
    }

    @Test func aCommandPastItsTimeIsAskedForButCanNoLongerBegin() {
        #expect(resent(after: .seconds(15)).1 == [.command(LinkHarness.command(1, timeToLive: .zero))])
    }

    /// It has a journal, and says what its predecessor did or left undone.
    @Test func aNewRunOfTheAgentIsAskedToo() {
        #expect(resent(after: .seconds(3), run: Identifier128(high: 0, low: 1)).1 == [.command(LinkHarness.command(1))])
    }

    @Test func commandsUnderWayAreBounded() {
        var link = LinkHarness.ready()
        for id in 0..<UInt64(PendingCommands.capacity) {
            #expect(link.feed(.command(LinkHarness.command(id))).sent.count == 1)
        }
        #expect(link.feed(.command(LinkHarness.command(9999))).sent.isEmpty)
    }

    @Test func anAgentSendsNoCommands() {
        var link = LinkHarness.ready()
        let effects = link.feed(.received(.command(LinkHarness.command(1))))
        #expect(effects.farewell == Failure(code: .state, text: "a message that an agent does not send"))
    }
}
