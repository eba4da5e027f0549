import Lag
import Model
import Testing

/// The estimator on simulated threads, where the truth is known to the nanosecond.
@Suite struct LoopMeterTests {
    /// Rests, does `middle`, rests: two seconds of it, with 0.2 ms of work every 5 ms as a timer would.
    private func quietLoop(around middle: (inout SimulatedLoop) -> Void) -> SimulatedLoop {
        var loop = SimulatedLoop()
        for _ in 0..<120 {
            loop.doing(.rest, for: .microseconds(4800))
            loop.doing(.work, for: .microseconds(200))
        }
        loop.doing(.rest, for: .microseconds(2300))
        middle(&loop)
        for _ in 0..<200 {
            loop.doing(.rest, for: .microseconds(4800))
            loop.doing(.work, for: .microseconds(200))
        }
        return loop
    }

    private func stalls(_ windows: [LagWindow]) -> [Stall] {
        windows.flatMap(\.stalls).filter { $0.length >= .milliseconds(20) }
    }

    private func milliseconds(_ duration: Duration) -> Double { duration.seconds * 1000 }

    @Test(arguments: [5, 10, 20, 50], [0, 1700, 3900])
    func aBurstIsMeasuredWhateverThePeriod(period: Int, offset: Int) throws {
        let loop = quietLoop { $0.doing(.work, for: .microseconds(83_400)) }
        let windows = loop.measured(every: .milliseconds(period), offset: .microseconds(offset))
        let found = stalls(windows)
        #expect(found.count == 1)
        let stall = try #require(found.first)
        #expect(abs(milliseconds(stall.length) - 83.4) < 8, "\(stall.length)")
        #expect(stall.cause == .cpu)
    }

    @Test(arguments: [5, 10], [0, 1700, 3900])
    func aBlockedLoopIsFoundWithItsCall(period: Int, offset: Int) throws {
        let futex = SystemCall(number: 202)
        let loop = quietLoop {
            $0.doing(.work, for: .microseconds(300))
            $0.doing(.block(futex), for: .milliseconds(120))
            $0.doing(.work, for: .microseconds(400))
        }
        let found = stalls(loop.measured(every: .milliseconds(period), offset: .microseconds(offset)))
        #expect(found.count == 1)
        let stall = try #require(found.first)
        #expect(abs(milliseconds(stall.length) - 120.7) <= Double(period), "\(stall.length)")
        #expect(stall.cause == .blocked(futex))
    }

    @Test func aStoppedLoopIsStopped() throws {
        let loop = quietLoop { $0.doing(.stop, for: .milliseconds(400)) }
        let stall = try #require(stalls(loop.measured(every: .milliseconds(10))).first)
        #expect(stall.cause == .stopped)
        #expect(abs(milliseconds(stall.length) - 400) < 10)
    }

    @Test(arguments: [LagTier.proc, .perf])
    func aStarvedLoopWaitedForACPU(tier: LagTier) throws {
        let loop = quietLoop {
            for _ in 0..<6 {
                $0.doing(.work, for: .milliseconds(4))
                $0.doing(.queue, for: .milliseconds(12))
            }
            $0.doing(.work, for: .milliseconds(2))
        }
        let stall = try #require(stalls(loop.measured(tier: tier, every: .milliseconds(10))).first)
        #expect(stall.cause == .runQueue)
        #expect(abs(milliseconds(stall.length) - 98) < 10)
    }

    @Test func aLateStartIsLagToo() throws {
        let loop = quietLoop {
            $0.doing(.queue, for: .milliseconds(60))
            $0.doing(.work, for: .milliseconds(5))
        }
        for tier in [LagTier.proc, .perf] {
            let stall = try #require(stalls(loop.measured(tier: tier, every: .milliseconds(10))).first)
            #expect(stall.cause == .runQueue)
            #expect(abs(milliseconds(stall.length) - 65) < 8, "\(tier): \(stall.length)")
        }
    }

    /// 64 clients, all served in each turn.
    private func busyServer(turn: (Int) -> Duration, turns: Int) -> SimulatedLoop {
        var loop = SimulatedLoop()
        loop.clients = SimulatedClients(64)
        loop.doing(.rest, for: .milliseconds(100))
        for index in 0..<turns { loop.serveAll(cost: turn(index) / 64) }
        return loop
    }

    @Test(arguments: [5, 10, 20])
    func manyShortTurnsAreNoStall(period: Int) {
        let loop = busyServer(turn: { _ in .milliseconds(6) }, turns: 600)
        let windows = loop.measured(every: .milliseconds(period))
        #expect(windows.count >= 3)
        for window in windows {
            #expect((window.max ?? .zero) < .milliseconds(5 + 2 * period), "\(window.max ?? .zero)")
        }
        for window in windows.dropFirst() { #expect((window.utilisation ?? 0) > 0.95) }
    }

    @Test(arguments: [5, 10, 20])
    func aLongTurnAmongManyShortOnesIsFound(period: Int) throws {
        var loop = busyServer(turn: { _ in .milliseconds(6) }, turns: 150)
        loop.doing(.work, for: .milliseconds(180))
        for _ in 0..<150 { loop.serveAll(cost: .microseconds(90)) }
        let found = stalls(loop.measured(every: .milliseconds(period))).filter { $0.length > .milliseconds(60) }
        #expect(found.count == 1)
        let stall = try #require(found.first)
        #expect(abs(milliseconds(stall.length) - 180) < Double(5 + period), "\(stall.length)")
    }

    /// Every connection makes progress all the time, and yet an event that arrives waits for all 64 of them.
    @Test(arguments: [100, 190])
    func turnsThatServeManyClientsSlowlyAreLong(turn: Int) {
        let loop = busyServer(turn: { _ in .milliseconds(turn) }, turns: 30)
        let windows = loop.measured(every: .milliseconds(10))
        for window in windows.dropFirst().dropLast() {
            let longest = milliseconds(window.max ?? .zero)
            #expect(abs(longest - Double(turn)) < 30, "\(longest)")
        }
    }

    @Test(arguments: [LagTier.proc, .perf])
    func aMomentsWaitWithinWorkDoesNotEndIt(tier: LagTier) throws {
        let loop = quietLoop {
            for _ in 0..<60 {
                $0.doing(.work, for: .milliseconds(2))
                $0.doing(.block(SystemCall(number: 202)), for: .microseconds(300))
            }
            $0.doing(.work, for: .milliseconds(1))
        }
        let found = stalls(loop.measured(tier: tier, every: .milliseconds(10)))
        #expect(found.count == 1)
        #expect(abs(milliseconds(found.first?.length ?? .zero) - 139) < 8)
    }

    @Test func recordedSwitchesGiveExactEdges() throws {
        let futex = SystemCall(number: 202)
        let loop = quietLoop {
            $0.doing(.work, for: .milliseconds(7))
            $0.doing(.block(futex), for: .milliseconds(51))
            $0.doing(.work, for: .milliseconds(9))
        }
        for offset in stride(from: 0, to: 10_000, by: 900) {
            let windows = loop.measured(tier: .perf, every: .milliseconds(10), offset: .microseconds(offset))
            let stall = try #require(stalls(windows).first)
            #expect(abs(milliseconds(stall.length) - 67) < 0.2, "\(stall.length)")
            #expect(stall.cause == .blocked(futex))
        }
    }

    /// Where every record says where the thread went to sleep, and how long it waited for a CPU, nothing depends on probes.
    @Test(arguments: [10, 50, 700]) func recordsInFullNeedNoProbes(period: Int) throws {
        let futex = SystemCall(number: 202)
        let loop = quietLoop {
            $0.doing(.queue, for: .milliseconds(5))
            $0.doing(.work, for: .milliseconds(7))
            $0.doing(.block(futex), for: .milliseconds(51))
            $0.doing(.work, for: .milliseconds(9))
            $0.doing(.rest, for: .microseconds(200))
            $0.doing(.work, for: .milliseconds(30))
        }
        for offset in stride(from: 0, to: 10_000, by: 900) {
            let windows = loop.measured(
                tier: .perf, every: .milliseconds(period), offset: .microseconds(offset), inFull: true)
            let found = stalls(windows)
            #expect(found.map { milliseconds($0.length) }.map { ($0 * 10).rounded() / 10 } == [72, 30], "\(found)")
            #expect(found.map(\.cause) == [.blocked(futex), .cpu])
        }
    }

    @Test func aStallShowsWhileItLasts() throws {
        let loop = quietLoop { $0.doing(.block(SystemCall(number: 7)), for: .seconds(3)) }
        let open = loop.measured(every: .milliseconds(10)).compactMap(\.open)
        #expect(open.count >= 2)
        #expect(open.map(\.length) == open.map(\.length).sorted())
        #expect(try #require(open.last).length > .seconds(2))
        #expect(open.allSatisfy { $0.cause == .blocked(SystemCall(number: 7)) })
    }

    @Test func nothingIsClaimedFromCountersAlone() {
        let loop = quietLoop { $0.doing(.work, for: .milliseconds(90)) }
        for window in loop.measured(tier: .utilisation, every: .seconds(1)) {
            #expect(window.quality == .none || window.max == nil)
            #expect(window.stalls.isEmpty && window.open == nil)
        }
    }

    @Test func aBusyLoopWithoutEvidenceIsBusyAtMost() throws {
        var meter = LoopMeter(tier: .proc, kind: .epoll, tick: .milliseconds(4))
        for step in UInt64(0)..<40 {
            let place: Probe.Place = (10..<30).contains(step) ? .running : .call(.epollPwait, firstArgument: 5)
            if place == .running { meter.noteNoSockets() }
            meter.note(
                Probe(
                    at: MonotonicInstant(nanoseconds: (step + 1) * 10_000_000),
                    runNanoseconds: min(max(step, 10), 30) * 10_000_000, waitNanoseconds: 0,
                    timeslices: step < 10 ? 1 : 2, place: place, voluntarySwitches: step < 30 ? 1 : 2,
                    involuntarySwitches: 0))
        }
        let window = meter.close(at: MonotonicInstant(nanoseconds: 500_000_000))
        #expect(window.quality == .bound)
        #expect(try #require(window.stalls.first).isBound)
        #expect(abs(milliseconds(window.max ?? .zero) - 200) < 12)
    }

    @Test func aNestedLoopIsABlockedOne() throws {
        var meter = LoopMeter(tier: .proc, kind: .epoll, tick: .milliseconds(4))
        var slices: UInt64 = 0
        for (index, descriptor) in [13, 13, 28, 28, 28, 28, 28, 28, 13].enumerated() {
            slices += 1
            meter.note(
                Probe(
                    at: MonotonicInstant(nanoseconds: UInt64(index + 1) * 10_000_000), runNanoseconds: slices * 10_000,
                    waitNanoseconds: 0, timeslices: slices,
                    place: .call(.epollPwait, firstArgument: UInt64(descriptor)), voluntarySwitches: slices,
                    involuntarySwitches: 0))
        }
        let stall = try #require(meter.close(at: MonotonicInstant(nanoseconds: 100_000_000)).stalls.first)
        #expect(stall.cause == .blocked(.epollPwait))
        #expect(abs(milliseconds(stall.length) - 60) <= 10)
    }
}
