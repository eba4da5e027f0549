import Lag
import Model
import Testing

@testable import Agent

@Suite struct LagReadingTests {
    private let end = MonotonicInstant(nanoseconds: 10_000_000_000)

    private func reading(
        open: Stall? = nil, max length: Duration = .zero, quality: LagQuality = .exact, tier: LagTier = .proc,
        kind: LoopKind = .epoll, loops: Int = 1
    ) -> LagReading {
        var window = LagWindow(start: end + .seconds(-1), end: end, tier: tier, quality: quality)
        window.open = open
        if quality != .none { window.max = length }
        return LagReading(
            pid: 42, worker: nil, window: window, kind: kind, loopThreads: loops, others: [], hung: nil,
            period: .milliseconds(10), isStretched: false, agentCPU: .zero, stretches: LagHistogram())
    }

    private func open(_ length: Duration, isFloor: Bool = false) -> Stall {
        Stall(end: end, length: length, cause: .stopped, isFloor: isFloor)
    }

    private func told(_ reading: LagReading, at now: MonotonicInstant) -> UInt64? {
        var row = WorkerRow()
        reading.fill(&row, at: now)
        return row[.openStallMicroseconds]
    }

    @Test func aStallThatGoesOnIsAsOldAsItIsWhenItIsTold() {
        var stalled = reading(open: open(.seconds(3)))
        #expect(told(stalled, at: end) == 3_000_000)
        #expect(told(stalled, at: end + .milliseconds(700)) == 3_700_000)
        #expect(told(stalled, at: end + .milliseconds(-1)) == 3_000_000)
        stalled.openHasEnded = true
        #expect(told(stalled, at: end + .milliseconds(700)) == 3_000_000)
        #expect(told(reading(), at: end + .milliseconds(700)) == 0)
        #expect(told(reading(quality: .none), at: end) == nil)
    }

    @Test func theBoardKnowsWhatIsOver() throws {
        let board = LagBoard()
        let worker = WorkerID(boot: BootID(high: 1, low: 2), pid: 42, startTicks: 7)
        var stalled = reading(open: open(.seconds(3)))
        stalled.worker = worker
        board.post([stalled], stretch: 1)
        #expect(board.newest[worker]?.openHasEnded == false)
        board.noteEnd(of: worker)
        #expect(board.newest[worker]?.openHasEnded == true)
        board.post([stalled], stretch: 1)
        #expect(board.newest[worker]?.openHasEnded == false)
    }

    @Test func theTableSaysAtLeast() {
        let table = LagTable(cores: 2)
        #expect(
            table.line(for: reading(open: open(.milliseconds(900), isFloor: true), quality: .floor))
                == "     42 proc  floor       0     -     -    -    -     - >=900ms stopped at least 900 ms so far\n")
        #expect(
            table.line(for: reading(max: .milliseconds(6300), quality: .floor))
                == "     42 proc  floor  >=6.3s     -     -    -    -     -       -\n")
        let exact = table.line(for: reading(open: open(.seconds(2))))
        #expect(exact.contains("      0     -     -    -    -     -    2.0s"))
    }

    @Test func withoutALoopThereIsNoTier() {
        let none = reading(quality: .none, tier: .perf, kind: .none, loops: 0)
        #expect(
            LagTable(cores: 2).line(for: none)
                == "     42 -     -           -     -     -    -    -     -       - no event loop\n")
        #expect(LagJSON.line(for: none).contains("\"tier\":null,\"quality\":\"none\""))
        #expect(LagJSON.line(for: reading()).contains("\"tier\":\"proc\",\"quality\":\"exact\""))
    }

    @Test func theLineSaysSinceWhenItWatches() {
        var stalled = reading(open: open(.milliseconds(900), isFloor: true), quality: .floor)
        #expect(LagJSON.line(for: stalled).contains("\"watched_since_ns\":null"))
        stalled.window.watchedSince = end + .milliseconds(-900)
        stalled.window.stalls = [open(.milliseconds(70), isFloor: true)]
        let line = LagJSON.line(for: stalled)
        #expect(line.contains("\"quality\":\"floor\"") && line.contains("\"watched_since_ns\":9100000000"))
        #expect(line.contains("\"bound\":false,\"floor\":true}"))
    }

    @Test func aLowerTierSaysWhyAndWhatWouldHelp() {
        let needs = "which needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
        #expect(
            LostTier(tier: .utilisation, other: 1000).text
                == "no lag, only utilisation: it is user 1000's, \(needs) (or run this as that user, or as root)")
        #expect(
            LostTier(tier: .utilisation, other: nil).text
                == "no lag, only utilisation: the kernel does not let this user look into it (it changed its user, "
                + "or a sandbox forbids it), \(needs)")
        #expect(
            LostTier(tier: .nosys, other: nil).text
                == "no system calls, and nested loops look idle: Yama forbids it, which needs "
                + "kernel.yama.ptrace_scope=0 or CAP_SYS_PTRACE")
        #expect(LostTier(tier: .proc, other: 1000).text == nil)
    }
}
