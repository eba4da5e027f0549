import Model

/// What all hosts with fresh numbers come to, in one pass over them: there may be thousands, and each is large.
struct FleetSums: Sendable {
    /// Of hosts whose CPU is known.
    private(set) var cores = 0.0
    private var busyCores = 0.0
    private(set) var memoryTotal = 0.0
    private(set) var memoryUsed = 0.0
    private(set) var workers: UInt64 = 0
    private(set) var hung: UInt64 = 0
    /// Numbers of hosts; the first of equal ones.
    private(set) var longestLag: Int?
    private(set) var busiestLoop: Int?

    /// Share of all cores; `nil` is unknown.
    var cpu: Double? { cores > 0 ? busyCores / cores : nil }

    init(_ fleet: Fleet) {
        var (lag, use) = (-1.0, -1.0)
        for number in fleet.shown {
            guard fleet.hosts[number].state.isCurrent else { continue }
            let rates = fleet.hosts[number].rates
            if let cpu = rates.cpu {
                let own = Double(fleet.hosts[number].info?.cores ?? 0)
                cores += own
                busyCores += cpu * own
            }
            let memory = Double(fleet.hosts[number].snapshot?.host[.memoryTotalBytes] ?? 0)
            memoryTotal += memory
            memoryUsed += (rates.memoryUsed ?? 0) * memory
            workers &+= fleet.hosts[number].snapshot?.host[.workers] ?? 0
            hung &+= fleet.hosts[number].snapshot?.host[.hungWorkers] ?? 0
            if let worst = rates.worstLag, worst > lag { (lag, longestLag) = (worst, number) }
            if let worst = rates.worstUtilisation, worst > use { (use, busiestLoop) = (worst, number) }
        }
    }
}
