import Lag
import Model
import TestSupport
import Testing

struct LoopUseTests {
    @Test func countsRunAndThePreemptedPartOfWait() throws {
        let use = try #require(
            LoopUse.between(row(), row(run: 300, wait: 100, voluntary: 30, involuntary: 10), elapsed: .seconds(1)))
        #expect(abs(use.utilisation - 0.325) < 1e-9)  // 300 + 100·10/40 of 1000 ms
        #expect(abs(use.runShare - 0.3) < 1e-9)
        #expect(abs(use.waitShare - 0.1) < 1e-9)
        #expect(use.bound == .milliseconds(400))
        #expect(use.meanBurst == .nanoseconds(400_000_000 / 30))
    }

    @Test func anIdleLoopIsAtZero() throws {
        let use = try #require(LoopUse.between(row(), row(), elapsed: .seconds(1)))
        #expect(use == LoopUse(utilisation: 0, meanBurst: nil, bound: .zero, runShare: 0, waitShare: 0))
    }

    @Test func aLoopThatNeverSleptHasNoBurstAndTheIntervalAsBound() throws {
        let use = try #require(
            LoopUse.between(row(), row(run: 1003, wait: 0, voluntary: 0, involuntary: 40), elapsed: .seconds(1)))
        #expect(use.utilisation == 1)
        #expect(use.meanBurst == nil)
        #expect(use.bound == .seconds(1))
    }

    @Test func waitWithoutAnySwitchIsNotTheLoops() throws {
        let use = try #require(LoopUse.between(row(), row(run: 200, wait: 300), elapsed: .seconds(1)))
        #expect(abs(use.utilisation - 0.2) < 1e-9)
        #expect(use.bound == .milliseconds(500))
    }

    @Test(arguments: [
        WorkerField.loopRunNanoseconds, .loopWaitNanoseconds, .voluntarySwitches, .involuntarySwitches,
    ])
    func anUnknownOrShrunkenCounterGivesNothing(field: WorkerField) {
        let full = row(run: 10, wait: 10, voluntary: 1, involuntary: 1)
        var unknown = full
        unknown[field] = nil
        #expect(LoopUse.between(full, unknown, elapsed: .seconds(1)) == nil)
        #expect(LoopUse.between(unknown, full, elapsed: .seconds(1)) == nil)
        var smaller = full
        smaller[field] = 0
        #expect(LoopUse.between(full, smaller, elapsed: .seconds(1)) == nil)
    }

    @Test(arguments: [Duration.zero, .seconds(-1), .nanoseconds(-1)])
    func noTimeGivesNothing(elapsed: Duration) {
        #expect(LoopUse.between(row(), row(run: 1), elapsed: elapsed) == nil)
    }

    @Test func sharesAndBoundsStayWithinTheInterval() throws {
        var random = SeededGenerator(seed: printedSeed())
        let scales: [UInt64] = [0, 1, 1_000, 1_000_000_000, UInt64.max / 2, UInt64.max]
        for _ in 0..<20_000 {
            var earlier = WorkerRow()
            var later = WorkerRow()
            for field in [
                WorkerField.loopRunNanoseconds, .loopWaitNanoseconds, .voluntarySwitches, .involuntarySwitches,
            ] {
                let limit = scales.randomElement(using: &random) ?? 0
                let old = UInt64.random(in: 0...limit, using: &random)
                earlier[field] = old
                later[field] = UInt64.random(in: old...max(old, limit), using: &random)
            }
            let elapsed = Duration.nanoseconds(Int64.random(in: 1...10_000_000_000, using: &random))
            let use = try #require(LoopUse.between(earlier, later, elapsed: elapsed))
            for share in [use.utilisation, use.runShare, use.waitShare] { #expect(share >= 0 && share <= 1) }
            #expect(use.utilisation >= use.runShare)
            #expect(use.bound >= .zero && use.bound <= elapsed)
            if let burst = use.meanBurst { #expect(burst >= .zero) }
        }
    }

    /// Counters in ms and times.
    private func row(run: UInt64 = 0, wait: UInt64 = 0, voluntary: UInt64 = 0, involuntary: UInt64 = 0) -> WorkerRow {
        var row = WorkerRow()
        row[.loopRunNanoseconds] = run * 1_000_000
        row[.loopWaitNanoseconds] = wait * 1_000_000
        row[.voluntarySwitches] = voluntary
        row[.involuntarySwitches] = involuntary
        return row
    }
}
