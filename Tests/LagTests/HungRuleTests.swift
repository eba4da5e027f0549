import Lag
import Model
import TestSupport
import Testing

struct HungRuleTests {
    private func at(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000) + .seconds(seconds)
    }

    private func stall(_ seconds: Double, _ cause: StallCause, isBound: Bool = false) -> Stall {
        Stall(end: at(seconds), length: .seconds(seconds), cause: cause, isBound: isBound)
    }

    private func evidence(
        _ open: Stall? = nil, kind: LoopKind = .epoll, hasWaited: Bool = false, isHeld: Bool = false,
        timeslices: UInt64 = 1, consumed: UInt64? = nil, unread: UInt64 = 0
    ) -> HungRule.Evidence {
        HungRule.Evidence(
            kind: kind, open: open, hasWaited: hasWaited, isHeld: isHeld, timeslices: timeslices,
            sockets: consumed.map { SocketEvidence(consumedBytes: $0, sentBytes: 0, unreadBytes: unread) })
    }

    /// Of a loop that was seen to turn.
    private func ruleOfATurningLoop() -> HungRule {
        var rule = HungRule()
        rule.judge(evidence(hasWaited: true), at: at(0))
        return rule
    }

    private let futex = StallCause.blocked(SystemCall(number: 202))

    @Test(arguments: [
        StallCause.cpu, .runQueue, .blocked(SystemCall(number: 202)), .blocked(nil), .stopped, .throttled,
    ])
    func aStallOpenForFiveSecondsIsHungWhateverItsCause(cause: StallCause) {
        var rule = ruleOfATurningLoop()
        #expect(rule.judge(evidence(stall(4.99, cause)), at: at(4.99)) == nil)
        #expect(rule.judge(evidence(stall(5, cause)), at: at(5)) == .stalled(cause, .seconds(5)))
        #expect(rule.reason == .stalled(cause, .seconds(5)))
    }

    @Test func itIsOverWhenTheLoopIsSeenWaiting() {
        var rule = ruleOfATurningLoop()
        #expect(rule.judge(evidence(stall(60, .cpu)), at: at(60)) != nil)
        #expect(rule.judge(evidence(hasWaited: true), at: at(61)) == nil)
    }

    @Test func aLoopThatWaitsForWorkIsNeverHung() {
        var rule = HungRule()
        for second in 0..<1000 {
            let waiting = evidence(
                stall(Double(second), .cpu), hasWaited: true, isHeld: true, consumed: 7, unread: 100_000)
            #expect(rule.judge(waiting, at: at(Double(second))) == nil)
        }
    }

    @Test func aWorkerWithoutALoopIsNeverHung() {
        var rule = HungRule()
        for second in 0..<100 {
            let accepting = evidence(
                stall(Double(second), .blocked(SystemCall(number: 43))), kind: .none, isHeld: true, consumed: 0,
                unread: 3)
            #expect(rule.judge(accepting, at: at(Double(second))) == nil)
        }
    }

    @Test func aBusyLoopOfWhichNothingTellsThatItDidNotTurnIsNotHung() {
        var rule = ruleOfATurningLoop()
        for second in 0..<100 {
            let busy = evidence(stall(Double(second), .cpu, isBound: true), timeslices: UInt64(second))
            #expect(rule.judge(busy, at: at(Double(second))) == nil)
        }
    }

    @Test func oneSleepOutsideItsLoopIsProofEvenWhereTheLengthIsABound() {
        var rule = ruleOfATurningLoop()
        var hungFrom: Int?
        for second in 1...20 {
            let open = stall(Double(second), futex, isBound: true)
            if rule.judge(evidence(open, isHeld: true, timeslices: 9), at: at(Double(second))) != nil {
                hungFrom = hungFrom ?? second
            }
        }
        #expect(hungFrom == 6)  // first seen in that sleep at 1 s
    }

    @Test func manySleepsOutsideItsLoopAreNoProofWhereTheLengthIsABound() {
        var rule = ruleOfATurningLoop()
        for second in 1...20 {
            let open = stall(Double(second), .blocked(SystemCall(number: 0)), isBound: true)
            let look = evidence(open, isHeld: true, timeslices: UInt64(second) * 100)
            #expect(rule.judge(look, at: at(Double(second))) == nil)
        }
    }

    @Test func stoppedCountsEvenForALoopOfUnknownKind() {
        var rule = HungRule()
        let stopped = evidence(stall(6, .stopped, isBound: true), kind: .unknown, isHeld: true)
        #expect(rule.judge(stopped, at: at(6)) == .stalled(.stopped, .seconds(6)))
    }

    @Test func aSleepOfAThreadWhoseWaitIsUnknownIsNotHung() {
        var rule = HungRule()
        for second in 1...100 {
            let open = stall(Double(second), .blocked(SystemCall(number: 45)))
            #expect(rule.judge(evidence(open, kind: .unknown, isHeld: true), at: at(Double(second))) == nil)
        }
    }

    @Test func aWorkerThatStartsIsGivenThirtySeconds() {
        var rule = HungRule()
        #expect(rule.judge(evidence(stall(29, .cpu)), at: at(29)) == nil)
        #expect(rule.judge(evidence(stall(30, .cpu)), at: at(30)) == .stalled(.cpu, .seconds(30)))
    }

    @Test func aWorkerThatWasAlreadyBlockedWhenItWasFirstSeenIsHungSoon() {
        var rule = HungRule()
        #expect(rule.judge(evidence(stall(0, futex), isHeld: true), at: at(0)) == nil)
        #expect(rule.judge(evidence(stall(5, futex), isHeld: true), at: at(5)) == .stalled(futex, .seconds(5)))
    }

    @Test func dataThatNobodyReadsIsHungAfterFiveSeconds() {
        var rule = HungRule()
        #expect(rule.judge(evidence(consumed: 1000, unread: 50), at: at(0)) == nil)
        #expect(rule.judge(evidence(consumed: 1000, unread: 70), at: at(4.9)) == nil)
        #expect(rule.judge(evidence(consumed: 1000, unread: 90), at: at(5)) == .unread(90, .seconds(5)))
        #expect(rule.judge(evidence(), at: at(6)) == .unread(90, .seconds(6)))  // no news: it stays
        #expect(rule.judge(evidence(consumed: 1001, unread: 90), at: at(7)) == nil)
    }

    @Test func aSaturatedLoopThatReadsOnIsNotHung() {
        var rule = HungRule()
        for second in 0..<100 {
            let saturated = evidence(consumed: UInt64(second) * 3, unread: 1_000_000)
            #expect(rule.judge(saturated, at: at(Double(second))) == nil)
        }
    }

    @Test func dataLeftUnreadOnPurposeIsNotHung() {
        var rule = HungRule()
        for second in 0..<100 {
            // Back pressure: it waits for events now and then, and leaves that connection alone.
            let paused = evidence(hasWaited: second % 3 == 0, consumed: 5, unread: 65_536)
            #expect(rule.judge(paused, at: at(Double(second))) == nil)
        }
    }

    @Test func nothingUnreadAndNothingConsumedIsNotHung() {
        var rule = HungRule()
        for second in 0..<100 { #expect(rule.judge(evidence(consumed: 5), at: at(Double(second))) == nil) }
        // And the clock starts when something waits.
        #expect(rule.judge(evidence(consumed: 5, unread: 1), at: at(100)) == nil)
        #expect(rule.judge(evidence(consumed: 5, unread: 1), at: at(104)) == .unread(1, .seconds(5)))
    }

    @Test func itIsNeverHungWithoutEvidence() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<2000 {
            var rule = HungRule()
            var now = 0.0
            for _ in 0..<30 {
                now += Double.random(in: 0.1...3, using: &random)
                let open = Bool.random(using: &random) ? stall(Double.random(in: 0..<5, using: &random), .cpu) : nil
                let look = evidence(
                    open, hasWaited: Bool.random(using: &random), isHeld: Bool.random(using: &random),
                    timeslices: UInt64.random(in: 0...3, using: &random), consumed: UInt64(now * 10),
                    unread: UInt64.random(in: 0...9, using: &random))
                #expect(rule.judge(look, at: at(now)) == nil)
            }
        }
    }
}
