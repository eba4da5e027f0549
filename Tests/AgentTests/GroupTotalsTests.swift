import Lag
import Model
import Testing

@testable import Agent

private func row(resident: UInt64? = nil) -> WorkerRow {
    var row = WorkerRow()
    row[.residentBytes] = resident
    return row
}

private func use(_ utilisation: Double, bound: Duration = .zero) -> LoopUse {
    LoopUse(utilisation: utilisation, meanBurst: nil, bound: bound, runShare: 0, waitShare: 0)
}

@Suite struct GroupTotalsTests {
    @Test func countersGoOnWhenWorkersEndAndGaugesDoNot() {
        var totals = GroupTotals()
        totals.begin()
        totals.add(row(resident: 100), use: nil, cpuGrowth: 50)
        totals.add(row(resident: 200), use: nil, cpuGrowth: 70)
        #expect(totals.row[.cpuNanoseconds] == 120)
        #expect(totals.row[.residentBytes] == 300)
        totals.countExit()
        totals.begin()
        totals.add(row(resident: 100), use: nil, cpuGrowth: 5)
        #expect(totals.row[.cpuNanoseconds] == 125)
        #expect(totals.row[.workers] == 1)
        #expect(totals.row[.residentBytes] == 100)
        #expect(totals.row[.exits] == 1)
        totals.begin()
        #expect(totals.row[.cpuNanoseconds] == 125)
        #expect(totals.row[.workers] == 0)
    }

    @Test func whatNoWorkerKnowsIsUnknownAndNotZero() {
        var totals = GroupTotals()
        totals.begin()
        totals.add(row(), use: nil, cpuGrowth: 0)
        #expect(totals.row[.residentBytes] == nil)
        #expect(totals.row[.worstUtilisationPermille] == nil)
        #expect(totals.row[.worstLagBoundNanoseconds] == nil)
    }

    @Test func theWorstWorkerOfThisIntervalStandsForTheGroup() {
        var totals = GroupTotals()
        totals.begin()
        totals.add(row(), use: use(0.25, bound: .milliseconds(40)), cpuGrowth: 0)
        totals.add(row(), use: use(0.9996, bound: .milliseconds(3)), cpuGrowth: 0)
        #expect(totals.row[.worstUtilisationPermille] == 1000)
        #expect(totals.row[.worstLagBoundNanoseconds] == 40_000_000)
        totals.begin()
        totals.add(row(), use: use(0.1), cpuGrowth: 0)
        #expect(totals.row[.worstUtilisationPermille] == 100)
    }

    @Test func countersAtTheirEndWrapRatherThanTrap() {
        var totals = GroupTotals()
        totals.begin()
        totals.add(row(resident: .max), use: nil, cpuGrowth: .max)
        totals.add(row(resident: 2), use: nil, cpuGrowth: 2)
        #expect(totals.row[.cpuNanoseconds] == 1)
    }

    private func lagging(_ max: UInt64?, open: UInt64? = nil, hung: Bool = false) -> WorkerRow {
        var row = WorkerRow()
        row[.lagMaxMicroseconds] = max
        row[.openStallMicroseconds] = open
        row[.lagMethod] = LagMethod(tier: .proc, quality: .exact, kind: .epoll, isHung: hung).packed
        return row
    }

    @Test func theWorstLagIsThatOfAnyWorkerOrOfAStallThatGoesOn() {
        var totals = GroupTotals()
        totals.begin()
        totals.add(lagging(4_200, open: 0), use: nil, cpuGrowth: 0)
        #expect(totals.row[.worstLagMicroseconds] == 4_200)
        #expect(totals.row[.hungWorkers] == 0)
        totals.add(lagging(nil, open: 9_000_000, hung: true), use: nil, cpuGrowth: 0)
        totals.add(row(), use: nil, cpuGrowth: 0)
        #expect(totals.row[.worstLagMicroseconds] == 9_000_000)
        #expect(totals.row[.hungWorkers] == 1)
        totals.begin()
        #expect(totals.row[.worstLagMicroseconds] == nil)
        #expect(totals.row[.hungWorkers] == nil)
        #expect(totals.row[.lagP99Microseconds] == nil)
    }

    @Test func whatIsKnownAsABoundOnlyIsInNoSum() {
        var totals = GroupTotals()
        totals.begin()
        var stretches = LagHistogram()
        stretches.add(.seconds(3))
        var bound = lagging(3_000_000)
        bound[.lagMethod] = LagMethod(tier: .proc, quality: .bound, kind: .epoll).packed
        totals.add(bound, use: nil, cpuGrowth: 0, stretches: stretches, window: .seconds(1))
        #expect(totals.row[.worstLagMicroseconds] == nil && totals.row[.lagP99Microseconds] == nil)
        #expect(totals.row[.hungWorkers] == 0)
    }

    @Test func aStallThatGoesOnIsInThePercentile() throws {
        var totals = GroupTotals()
        totals.begin()
        totals.add(lagging(0, open: 7_000_000), use: nil, cpuGrowth: 0, window: .seconds(1))
        #expect(try #require(totals.row[.lagP99Microseconds]) > 5_000_000)
    }

    @Test func thePercentileIsOverTheTimesOfAllLoops() throws {
        var stretches = LagHistogram()
        stretches.add(.milliseconds(200))
        var totals = GroupTotals()
        totals.begin()
        totals.add(lagging(200_000), use: nil, cpuGrowth: 0, stretches: stretches, window: .seconds(1))
        let alone = try #require(totals.row[.lagP99Microseconds])
        #expect(alone == 198_000)  // 208 ms is the middle of the bucket, less 1 % of a second
        totals.add(lagging(0), use: nil, cpuGrowth: 0, window: .seconds(1))
        #expect(totals.row[.lagP99Microseconds] == 188_000)
        // A hundred that are idle: lag is met less than once in a hundred times.
        for _ in 0..<98 { totals.add(lagging(0), use: nil, cpuGrowth: 0, window: .seconds(1)) }
        #expect(totals.row[.lagP99Microseconds] == 0)
        // Stretches without a window are of a worker for which none is claimed.
        totals.begin()
        totals.add(lagging(nil), use: nil, cpuGrowth: 0, stretches: stretches)
        #expect(totals.row[.lagP99Microseconds] == nil)
    }
}
