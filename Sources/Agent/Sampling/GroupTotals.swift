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

    /// Before a sweep's workers are added: gauges start anew, counters stay.
    mutating func begin() {
        workers = 0
        residentBytes = nil
        worstUtilisation = nil
        worstBound = nil
    }

    mutating func add(_ row: WorkerRow, use: LoopUse?, cpuGrowth: UInt64) {
        workers += 1
        cpuNanoseconds &+= cpuGrowth
        if let resident = row[.residentBytes] { residentBytes = (residentBytes ?? 0) &+ resident }
        guard let use else { return }
        worstUtilisation = max(worstUtilisation ?? 0, use.utilisation)
        worstBound = max(worstBound ?? .zero, use.bound)
    }

    mutating func countExit() { exits += 1 }

    var utilisationPermille: UInt64? { worstUtilisation.map { UInt64(($0 * 1000).rounded()) } }
    var boundNanoseconds: UInt64? { worstBound.map { UInt64(max(0, $0.nanoseconds)) } }

    var row: GroupRow {
        var row = GroupRow()
        row[.workers] = workers
        row[.cpuNanoseconds] = cpuNanoseconds
        row[.residentBytes] = residentBytes
        row[.worstUtilisationPermille] = utilisationPermille
        row[.worstLagBoundNanoseconds] = boundNanoseconds
        row[.exits] = exits
        return row
    }
}
