import Lag
import Model

/// Sums over the workers of one group, or of the host. The counters keep growing when a worker ends.
struct GroupTotals: Sendable {
    private(set) var cpuNanoseconds: UInt64 = 0
    private(set) var exits: UInt64 = 0
    private(set) var workers: UInt64 = 0
    private(set) var residentBytes: UInt64?
    private(set) var worstUtilisation: Double?
    private(set) var worstBound: Duration?
    private(set) var hungWorkers: UInt64?
    private var worstOpenFiles: Double?
    /// Of workers whose lag is measured, and of those for which it is only "at most".
    private var measured = LagSum()
    private var bounded = LagSum()

    /// Before a sweep's workers are added: gauges start anew, counters stay.
    mutating func begin() {
        workers = 0
        residentBytes = nil
        worstUtilisation = nil
        worstBound = nil
        hungWorkers = nil
        worstOpenFiles = nil
        measured = LagSum()
        bounded = LagSum()
    }

    /// `stretches` are those that ended in the worker's last window, which lasted `window`; without a window, none is
    /// claimed. Windows in which nothing took a millisecond count, too: they are what makes a percentile small.
    mutating func add(
        _ row: WorkerRow, use: LoopUse?, cpuGrowth: UInt64, stretches: LagHistogram = LagHistogram(),
        window: Duration = .zero, openFilesLimit: UInt64? = nil
    ) {
        workers += 1
        if let share = row.openFilesShare(of: openFilesLimit) { worstOpenFiles = max(worstOpenFiles ?? 0, share) }
        cpuNanoseconds &+= cpuGrowth
        if let resident = row[.residentBytes] { residentBytes = (residentBytes ?? 0) &+ resident }
        if let method = row[.lagMethod].flatMap(LagMethod.init(packed:)) {
            hungWorkers = (hungWorkers ?? 0) + (method.isHung ? 1 : 0)
            switch method.quality {
            case .exact: measured.add(row, stretches, window)
            case .floor: measured.add(row, stretches, window, isFloor: true)
            case .bound: bounded.add(row, stretches, window)
            case .none: break
            }
        }
        // As its own row: the counters of the main thread know nothing of blocked time.
        if let utilisation = row[.loopUtilisationPermille].map({ Double($0) / 1000 }) ?? use?.utilisation {
            worstUtilisation = max(worstUtilisation ?? 0, utilisation)
        }
        if let use { worstBound = max(worstBound ?? .zero, use.bound) }
    }

    mutating func countExit() { exits += 1 }

    var utilisationPermille: UInt64? { worstUtilisation.map { UInt64(($0 * 1000).rounded()) } }
    var boundNanoseconds: UInt64? { worstBound.map { UInt64(max(0, $0.nanoseconds)) } }

    /// A healthy saturated loop without evidence must not stand for all: bounds are told where nothing else is known,
    /// and beside what is measured they make that "at least".
    var lagQuality: LagQuality? {
        if measured.loops == 0 { return bounded.loops > 0 ? .bound : nil }
        return measured.hasFloor || bounded.loops > 0 ? .floor : .exact
    }

    /// Longest stretch of a loop, stalls that go on included.
    var worstLagMicroseconds: UInt64? { measured.loops > 0 ? measured.worst : bounded.worst }

    /// Where something is only "at most", its time counts and its stretches do not: at least that much it is.
    var lagP99Microseconds: UInt64? {
        measured.loops > 0 ? measured.p99(besides: bounded.watched) : bounded.p99()
    }

    var row: GroupRow {
        var row = GroupRow()
        row[.workers] = workers
        row[.cpuNanoseconds] = cpuNanoseconds
        row[.residentBytes] = residentBytes
        row[.worstUtilisationPermille] = utilisationPermille
        row[.worstLagBoundNanoseconds] = boundNanoseconds
        row[.exits] = exits
        row[.worstLagMicroseconds] = worstLagMicroseconds
        row[.lagP99Microseconds] = lagP99Microseconds
        row[.worstLagP99Microseconds] = measured.worstP99
        row[.hungWorkers] = hungWorkers
        row[.lagQuality] = lagQuality.map { UInt64($0.rawValue) }
        row[.worstOpenFilesPermille] = worstOpenFiles.map { UInt64(($0 * 1000).rounded()) }
        return row
    }
}
