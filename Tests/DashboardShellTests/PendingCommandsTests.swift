import Model
import Testing

@testable import Dashboard

/// A command whose answer was lost is never called done, nor not done, without proof.
@Suite struct PendingCommandsTests {
    private static let sent = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    private static func outcome(_ verdict: Verdict, id: UInt64 = 1) -> Outcome {
        let command = LinkHarness.command(id)
        return Outcome(id: command.id, action: .restart, target: command.target, issuer: "user/ada", verdict: verdict)
    }

    /// One that was sent, perhaps accepted, and asked for again after a reconnect.
    private static func repeated(accepted: Bool, after pause: Duration) -> PendingCommands {
        var pending = PendingCommands()
        _ = pending.add(LinkHarness.command(1), sent: sent)
        if accepted { pending.accept(LinkHarness.command(1).id) }
        _ = pending.repeated(now: sent + pause)
        return pending
    }

    @Test func isSentAgainAsItWasWhileItMayBegin() {
        var pending = PendingCommands()
        _ = pending.add(LinkHarness.command(1), sent: Self.sent)
        let again = pending.repeated(now: Self.sent + .seconds(14))
        #expect(again.commands == [LinkHarness.command(1)])
        #expect(again.forgotten.isEmpty)
    }

    @Test func afterItsTimeItCannotBeginAnyMore() {
        var pending = PendingCommands()
        _ = pending.add(LinkHarness.command(1), sent: Self.sent)
        let again = pending.repeated(now: Self.sent + .seconds(15))
        #expect(again.commands == [LinkHarness.command(1, timeToLive: .zero)])
    }

    @Test func whatNeverArrivedIsToldAsRefused() {
        var pending = Self.repeated(accepted: false, after: .seconds(20))
        let settlement = pending.settle(Self.outcome(.refused(.expired)))
        #expect(settlement == .told)
        #expect(pending.entries.isEmpty)
    }

    /// The agent's memory of it is gone, and so is what became of it.
    @Test func anAgentThatDeniesWhatWasAcceptedSettlesNothing() {
        var pending = Self.repeated(accepted: true, after: .seconds(20))
        let settlement = pending.settle(Self.outcome(.refused(.expired)))
        #expect(settlement == .denied)
    }

    @Test func thatARepeatLooksDifferentIsNotToldAsTheOutcome() {
        var pending = Self.repeated(accepted: false, after: .seconds(20))
        let first = pending.settle(Self.outcome(.refused(.idReused)))
        #expect(first == .denied)
        let second = pending.settle(Self.outcome(.refused(.idReused)))
        #expect(second == .told, "somebody else's reused id is told as it is")
    }

    @Test(arguments: [
        Verdict.replaced(RestartEvidence()),
        .interrupted(Interruption(targetLives: true, replacement: nil, workers: 4)),
        .refused(.policy(app: "api")),
    ])
    func whatTheJournalSaysIsTold(_ verdict: Verdict) {
        var pending = Self.repeated(accepted: true, after: .seconds(3600))
        let settlement = pending.settle(Self.outcome(verdict))
        #expect(settlement == .told)
    }

    /// Asked after its journal ended, an agent can only deny.
    @Test func afterADayItIsTooLateToAsk() {
        var pending = PendingCommands()
        _ = pending.add(LinkHarness.command(1), sent: Self.sent)
        _ = pending.add(LinkHarness.command(2), sent: Self.sent + .seconds(3600))
        let again = pending.repeated(now: Self.sent + PendingCommands.remembered)
        #expect(again.forgotten == [LinkHarness.command(1).id])
        #expect(again.commands.map(\.id) == [LinkHarness.command(2).id])
        #expect(pending.entries.count == 1)
    }

    @Test func oneIdIsOneCommandAndThereAreSoManyAtMost() {
        var pending = PendingCommands()
        for id in 0..<UInt64(PendingCommands.capacity) {
            for _ in 0..<2 {
                let added = pending.add(LinkHarness.command(id), sent: Self.sent)
                #expect(added)
            }
        }
        #expect(pending.entries.count == PendingCommands.capacity)
        let surplus = pending.add(LinkHarness.command(9999), sent: Self.sent)
        #expect(!surplus)
    }
}
