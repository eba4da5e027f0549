import Lag
import Model
import Testing

/// What was going on when watching began is "at least" as long as it was seen.
@Suite struct FloorTests {
    private func quiet(_ loop: inout SimulatedLoop, turns: Int = 400) {
        for _ in 0..<turns {
            loop.doing(.rest, for: .microseconds(4800))
            loop.doing(.work, for: .microseconds(200))
        }
        loop.doing(.rest, for: .milliseconds(1))
    }

    private func stuckFromTheStart(_ act: SimulatedLoop.Act) -> SimulatedLoop {
        var loop = SimulatedLoop()
        loop.doing(act, for: .milliseconds(2500))
        quiet(&loop)
        loop.doing(.work, for: .milliseconds(80))
        quiet(&loop)
        return loop
    }

    @Test(arguments: [LagTier.proc, .perf], [0, 1, 2])
    func aStallThatWasMetFirstIsALowerBound(tier: LagTier, kind: Int) throws {
        let acts: [SimulatedLoop.Act] = [.stop, .block(SystemCall(number: 202)), .work]
        let windows = stuckFromTheStart(acts[kind]).measured(tier: tier, every: .milliseconds(10))
        for window in windows.prefix(2) {
            #expect(window.quality == .floor)
            #expect(try #require(window.open).isFloor)
            #expect(window.watchedSince?.nanoseconds == SimulatedLoop.start)
        }
        let ended = try #require(windows[2].stalls.first { $0.length > .seconds(2) })
        #expect(ended.isFloor && !ended.isBound)
        #expect(windows[2].quality == .floor)
        // Whatever comes after was seen whole.
        let later = windows.dropFirst(3).filter { $0.end.nanoseconds <= SimulatedLoop.start + 6_000_000_000 }
        #expect(later.contains { window in window.stalls.contains { $0.length > .milliseconds(70) } })
        for window in later { #expect(window.quality == .exact && window.stalls.allSatisfy { !$0.isFloor }) }
    }

    @Test func aLoopThatWaitsAtTheFirstLookIsKnownExactly() {
        var loop = SimulatedLoop()
        quiet(&loop)
        for window in loop.measured(every: .milliseconds(10)) { #expect(window.quality == .exact) }
    }

    @Test func onlyTheFirstTurnOfABusyServerIsALowerBound() {
        var loop = SimulatedLoop()
        loop.clients = SimulatedClients(64)
        for _ in 0..<600 { loop.serveAll(cost: .milliseconds(6) / 64) }
        let windows = loop.measured(every: .milliseconds(10))
        #expect(windows.first?.quality == .floor)
        for window in windows.dropFirst() { #expect(window.quality == .exact) }
    }

    @Test func withoutEvidenceItIsAtMostAndNotAtLeast() throws {
        var meter = LoopMeter(tier: .proc, kind: .epoll, tick: .milliseconds(4))
        for step in UInt64(0)..<40 {
            meter.noteNoSockets()
            meter.note(
                Probe(
                    at: MonotonicInstant(nanoseconds: (step + 1) * 10_000_000), runNanoseconds: step * 10_000_000,
                    waitNanoseconds: 0, timeslices: 1, place: .running, voluntarySwitches: 1, involuntarySwitches: 0))
        }
        let window = meter.close(at: MonotonicInstant(nanoseconds: 400_000_000))
        let open = try #require(window.open)
        #expect(open.isBound && !open.isFloor && window.quality == .bound)
    }

    /// 60 s before the first look are nobody's evidence.
    @Test func hungIsSaidOfTimeThatWasWatchedOnly() throws {
        var meter = LoopMeter(tier: .proc, kind: .epoll, tick: .milliseconds(4))
        var rule = HungRule()
        let began = MonotonicInstant(nanoseconds: 100_000_000_000)
        meter.note(
            Probe(
                at: began, runNanoseconds: 60_000_000_000, waitNanoseconds: 0, timeslices: 9, place: .stopped,
                voluntarySwitches: 9, involuntarySwitches: 0))
        for second in 1...8 {
            let now = began + .seconds(second)
            meter.noteUnchanged(at: now)
            let window = meter.close(at: now)
            let reason = rule.judge(
                HungRule.Evidence(
                    kind: .epoll, open: window.open, hasWaited: false, isHeld: true, timeslices: 9, sockets: nil),
                at: now)
            #expect(try #require(window.open).length == .seconds(second))
            #expect((reason != nil) == (second >= 5), "\(second) s")
        }
    }

    @Test func whereTheStretchBeganIsTold() {
        var meter = LoopMeter(tier: .proc, kind: .epoll, tick: .milliseconds(4))
        func note(_ at: UInt64, _ place: Probe.Place) {
            meter.note(
                Probe(
                    at: MonotonicInstant(nanoseconds: at * 1_000_000), runNanoseconds: at * 1000, waitNanoseconds: 0,
                    timeslices: at, place: place, voluntarySwitches: at, involuntarySwitches: 0))
        }
        let wait = Probe.Place.call(.epollPwait, firstArgument: 5)
        note(100, .call(SystemCall(number: 202), firstArgument: 0))
        #expect(meter.openSince?.nanoseconds == 100_000_000)
        note(200, wait)
        #expect(meter.openSince == nil)
    }
}
