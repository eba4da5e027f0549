import Model

/// One made-up app: its slots, who lives in each and who did.
struct SimulatedApp: Sendable {
    struct Slot: Sendable {
        let number: UInt32
        let temper: Temper
        var worker: SimulatedWorker?
        /// When the next one starts; `nil` where nobody starts one.
        var returnsAt: MonotonicInstant?
        /// Newest first.
        var lives: [Life] = []
    }

    static let livesKept = 10

    private(set) var info: GroupInfo
    var slots: [Slot]
    /// Of all workers there were.
    private(set) var exits: UInt64 = 0
    private var ownCPU: UInt64 = 0

    /// - Parameter lacks: so many slots never have anybody.
    init(_ info: GroupInfo, tempers: [Temper], lacks: Int, since wall: WallTime) {
        self.info = info
        slots = tempers.enumerated().map { Slot(number: UInt32($0.offset + 1), temper: $0.element) }
        for index in slots.indices.suffix(lacks) { slots[index].returnsAt = nil }
        self.info.expected = UInt32(tempers.count)
        if lacks > 0 { self.info.missingSince = wall }
    }

    /// `born` were added in this sweep: what a worker used before its end stays in the sum.
    mutating func count(_ growth: UInt64) { ownCPU &+= growth }
    mutating func countExit() { exits += 1 }
    mutating func show(_ roll: RollSummary?) { info.roll = roll }

    mutating func noteMissing(at wall: WallTime) {
        let missing = slots.contains { $0.worker == nil }
        info.missingSince = missing ? info.missingSince ?? wall : nil
    }

    func place(of worker: WorkerID) -> Int? { slots.firstIndex { $0.worker?.entry.info.id == worker } }

    /// Sums of now.
    func totals() -> Totals {
        var totals = Totals()
        totals.cpuNanoseconds = ownCPU
        totals.exits = exits
        for slot in slots { if let worker = slot.worker { totals.add(worker) } }
        return totals
    }
}

/// Sums over workers. The agent's own (`GroupTotals`) are made of histograms and windows of its prober, which is not here.
struct Totals: Sendable {
    var cpuNanoseconds: UInt64 = 0
    var exits: UInt64 = 0
    private(set) var workers: UInt64 = 0
    private(set) var residentBytes: UInt64 = 0
    private var utilisation: UInt64 = 0
    private var worstLag: UInt64 = 0
    private var p99: UInt64 = 0
    private(set) var hung: UInt64 = 0
    private var connections: UInt64 = 0

    mutating func add(_ worker: SimulatedWorker) {
        let row = worker.entry.row
        workers += 1
        residentBytes += row[.residentBytes] ?? 0
        utilisation = max(utilisation, row[.loopUtilisationPermille] ?? 0)
        worstLag = max(worstLag, row[.lagMaxMicroseconds] ?? 0)
        p99 = max(p99, row[.lagP99Microseconds] ?? 0)
        hung += worker.isHung ? 1 : 0
        connections += row[.connections] ?? 0
    }

    mutating func add(_ other: Totals) {
        cpuNanoseconds &+= other.cpuNanoseconds
        exits += other.exits
        workers += other.workers
        residentBytes += other.residentBytes
        utilisation = max(utilisation, other.utilisation)
        worstLag = max(worstLag, other.worstLag)
        p99 = max(p99, other.p99)
        hung += other.hung
        connections += other.connections
    }

    var group: GroupRow {
        var row = GroupRow()
        row[.workers] = workers
        row[.cpuNanoseconds] = cpuNanoseconds
        row[.residentBytes] = residentBytes
        row[.worstUtilisationPermille] = utilisation
        row[.exits] = exits
        row[.worstLagMicroseconds] = worstLag
        row[.lagP99Microseconds] = p99
        row[.worstLagP99Microseconds] = p99
        row[.hungWorkers] = hung
        row[.lagQuality] = UInt64(LagQuality.exact.rawValue)
        row[.connections] = connections
        return row
    }

    /// Into the columns that a host has of its workers. The percentile of many loops is below that of the worst.
    func write(to host: inout HostRow) {
        host[.workers] = workers
        host[.workersCPUNanoseconds] = cpuNanoseconds
        host[.workersResidentBytes] = residentBytes
        host[.worstUtilisationPermille] = utilisation
        host[.exits] = exits
        host[.worstLagMicroseconds] = worstLag
        host[.lagP99Microseconds] = p99 / 4 / 100 * 100
        host[.hungWorkers] = hung
        host[.lagQuality] = UInt64(LagQuality.exact.rawValue)
    }
}
