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

    private func lagging(
        _ max: UInt64?, p99: UInt64? = nil, open: UInt64? = nil, quality: LagQuality = .exact, hung: Bool = false
    ) -> WorkerRow {
        var row = WorkerRow()
        row[.lagMaxMicroseconds] = max
        row[.lagP99Microseconds] = p99
        row[.openStallMicroseconds] = open
        row[.lagMethod] = LagMethod(tier: .proc, quality: quality, kind: .epoll, isHung: hung).packed
        return row
    }

    private func quality(of totals: GroupTotals) -> LagQuality? {
        totals.row[.lagQuality].flatMap(UInt8.init(exactly:)).flatMap(LagQuality.init(rawValue:))
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

    @Test func whatIsKnownAsABoundOnlyIsABoundOfTheSum() throws {
        var totals = GroupTotals()
        totals.begin()
        var stretches = LagHistogram()
        stretches.add(.seconds(3))
        let bound = lagging(3_000_000, p99: 2_990_000, quality: .bound)
        totals.add(bound, use: nil, cpuGrowth: 0, stretches: stretches, window: .seconds(1))
        #expect(totals.row[.worstLagMicroseconds] == 3_000_000 && totals.row[.lagP99Microseconds] == 2_990_000)
        #expect(quality(of: totals) == .bound)
        #expect(totals.row[.hungWorkers] == 0)
        // Beside what is measured it must not stand for all: at least that much it is.
        var short = LagHistogram()
        short.add(.milliseconds(40))
        totals.add(lagging(40_000, p99: 30_000), use: nil, cpuGrowth: 0, stretches: short, window: .seconds(1))
        #expect(totals.row[.worstLagMicroseconds] == 40_000)
        #expect(quality(of: totals) == .floor)
        // 1 % of two seconds, of which half is not known.
        let p99 = try #require(totals.row[.lagP99Microseconds])
        #expect(p99 > 15_000 && p99 < 30_000, "\(p99)")
        totals.begin()
        #expect(quality(of: totals) == nil)
        totals.add(lagging(40_000, quality: .none), use: nil, cpuGrowth: 0)
        #expect(quality(of: totals) == nil && totals.row[.worstLagMicroseconds] == nil)
    }

    @Test func aSumWithALowerBoundIsOne() {
        var totals = GroupTotals()
        totals.begin()
        totals.add(lagging(5_000), use: nil, cpuGrowth: 0, window: .seconds(1))
        #expect(quality(of: totals) == .exact)
        totals.add(lagging(0, open: 900_000, quality: .floor), use: nil, cpuGrowth: 0, window: .seconds(1))
        #expect(quality(of: totals) == .floor && totals.row[.worstLagMicroseconds] == 900_000)
    }

    @Test func theUtilisationOfALoopIsThatOfItsRowWithBlockedTime() {
        var totals = GroupTotals()
        totals.begin()
        var blocked = lagging(200_000)
        blocked[.loopUtilisationPermille] = 310
        totals.add(blocked, use: use(0.001, bound: .milliseconds(1)), cpuGrowth: 0)
        #expect(totals.row[.worstUtilisationPermille] == 310)
        #expect(totals.row[.worstLagBoundNanoseconds] == 1_000_000)
        // Of another one only its counters are known.
        totals.add(row(), use: use(0.5), cpuGrowth: 0)
        #expect(totals.row[.worstUtilisationPermille] == 500)
    }

    /// The middle of a bucket is up to an eighth off: 7.4 s count as 7.7.
    @Test func noPercentileIsLongerThanTheLongest() throws {
        var totals = GroupTotals()
        totals.begin()
        for worker in 0..<2 {
            totals.add(
                lagging(0, p99: 0, open: worker == 0 ? 7_400_000 : 7_300_000), use: nil, cpuGrowth: 0,
                window: .seconds(1))
        }
        #expect(totals.row[.worstLagMicroseconds] == 7_400_000)
        #expect(try #require(totals.row[.lagP99Microseconds]) <= 7_400_000)
    }

    @Test(arguments: [(299_000, 0, 299_000), (0, 7_400_000, 7_390_000), (0, 0, 0)] as [(UInt64, UInt64, UInt64)])
    func thePercentileOfAnOnlyWorkerIsItsOwn(p99: UInt64, open: UInt64, told: UInt64) {
        var stretches = LagHistogram()
        if p99 > 0 { stretches.add(.milliseconds(309)) }
        var totals = GroupTotals()
        totals.begin()
        totals.add(
            lagging(p99 > 0 ? 309_000 : 0, p99: p99, open: open), use: nil, cpuGrowth: 0, stretches: stretches,
            window: .seconds(1))
        #expect(totals.row[.lagP99Microseconds] == told)
    }

    @Test func oneSlowLoopAmongManyIsNotLost() throws {
        var totals = GroupTotals()
        totals.begin()
        var stretches = LagHistogram()
        stretches.add(.milliseconds(300))
        totals.add(lagging(300_000, p99: 290_000), use: nil, cpuGrowth: 0, stretches: stretches, window: .seconds(1))
        for _ in 0..<99 { totals.add(lagging(0, p99: 0), use: nil, cpuGrowth: 0, window: .seconds(1)) }
        #expect(totals.row[.lagP99Microseconds] == 0)
        #expect(totals.row[.worstLagP99Microseconds] == 290_000)
        totals.begin()
        totals.add(lagging(300_000, p99: 290_000, quality: .bound), use: nil, cpuGrowth: 0, window: .seconds(1))
        #expect(totals.row[.worstLagP99Microseconds] == nil)
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
