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
    /// Longest stretch of a loop, stalls that go on included, in µs.
    private(set) var worstLagMicroseconds: UInt64?
    private(set) var hungWorkers: UInt64?
    /// Stretches of all loops that ended in their last windows, and the sum of these windows.
    private var stretches = LagHistogram()
    private var watched = Duration.zero

    /// Before a sweep's workers are added: gauges start anew, counters stay.
    mutating func begin() {
        workers = 0
        residentBytes = nil
        worstUtilisation = nil
        worstBound = nil
        worstLagMicroseconds = nil
        hungWorkers = nil
        stretches = LagHistogram()
        watched = .zero
    }

    /// `stretches` are those that ended in the worker's last window, which lasted `window`; without a window, none is
    /// claimed. Windows in which nothing took a millisecond count, too: they are what makes a percentile small.
    mutating func add(
        _ row: WorkerRow, use: LoopUse?, cpuGrowth: UInt64, stretches: LagHistogram = LagHistogram(),
        window: Duration = .zero
    ) {
        workers += 1
        cpuNanoseconds &+= cpuGrowth
        if let resident = row[.residentBytes] { residentBytes = (residentBytes ?? 0) &+ resident }
        if let method = row[.lagMethod].flatMap(LagMethod.init(packed:)) {
            hungWorkers = (hungWorkers ?? 0) + (method.isHung ? 1 : 0)
            // A sum has no place for "at most", and a healthy saturated loop without evidence must not stand for all.
            if method.quality == .exact { addLag(row, stretches, window) }
        }
        guard let use else { return }
        worstUtilisation = max(worstUtilisation ?? 0, use.utilisation)
        worstBound = max(worstBound ?? .zero, use.bound)
    }

    private mutating func addLag(_ row: WorkerRow, _ stretches: LagHistogram, _ window: Duration) {
        let open = row[.openStallMicroseconds]
        if let lag = [row[.lagMaxMicroseconds], open].compactMap({ $0 }).max() {
            worstLagMicroseconds = max(worstLagMicroseconds ?? 0, lag)
        }
        guard window > .zero else { return }
        watched += window
        if !stretches.isEmpty { self.stretches.add(stretches) }
        self.stretches.add(.microseconds(Int64(clamping: open ?? 0)))  // it has no end yet, but lag it is
    }

    mutating func countExit() { exits += 1 }

    var utilisationPermille: UInt64? { worstUtilisation.map { UInt64(($0 * 1000).rounded()) } }
    var boundNanoseconds: UInt64? { worstBound.map { UInt64(max(0, $0.nanoseconds)) } }

    /// Rounded to 100 µs, as the lengths of a worker are.
    var lagP99Microseconds: UInt64? {
        guard watched > .zero else { return nil }
        let lag = stretches.isEmpty ? .zero : stretches.timeWeighted(0.99, over: watched)
        return UInt64(max(0, (lag.seconds * 10_000).rounded())) * 100
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
        row[.hungWorkers] = hungWorkers
        return row
    }
}
