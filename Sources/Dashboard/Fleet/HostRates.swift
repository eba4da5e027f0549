import Model

/// Rates of one host between its two newest snapshots; `nil` is unknown. Shares: 1 is everything.
struct HostRates: Sendable {
    /// Of all cores.
    var cpu: Double?
    var steal: Double?
    /// Of all memory; a gauge, kept here beside the others.
    var memoryUsed: Double?
    var memoryAvailable: Double?
    /// Share of time in which some task waited. Source: PSI.
    var pressureCPU: Double?
    var pressureMemory: Double?
    var pressureIO: Double?
    /// In cores.
    var workersCPU: Double?
    var agentCPU: Double?
    /// Seconds; how much more or less than planned there was between two samples of the agent. Not a thing of the link:
    /// both times are the agent's.
    var sampleShift: Double?
    var worstUtilisation: Double?
    /// Seconds; an upper bound, not a measured lag.
    var worstLagBound: Double?
    /// Seconds; the longest stretch of a loop in the last window, open stalls included.
    var worstLag: Double?
    /// Seconds; time-weighted over all loops.
    var lagP99: Double?
    /// What both are worth; `nil` where the agent does not say.
    var lagQuality: LagQuality?
    /// A bound is no reason for a state.
    var gradedLagP99: Double? { lagQuality == .bound ? nil : lagP99 }

    init() {}

    /// `earlier` and `elapsed` are `nil` for the first snapshot of a connection: gauges only.
    init(_ row: HostRow, since earlier: HostRow?, over elapsed: Duration?, cores: UInt32) {
        if let total = row[.memoryTotalBytes], total > 0, let available = row[.memoryAvailableBytes] {
            memoryAvailable = min(1, Double(available) / Double(total))
            memoryUsed = memoryAvailable.map { 1 - $0 }
        }
        worstUtilisation = row[.worstUtilisationPermille].map { Double($0) / 1000 }
        worstLagBound = row[.worstLagBoundNanoseconds].map { Double($0) / 1e9 }
        worstLag = row[.worstLagMicroseconds].map { Double($0) / 1e6 }
        lagP99 = row[.lagP99Microseconds].map { Double($0) / 1e6 }
        lagQuality = .of(row[.lagQuality])
        guard let earlier, let elapsed else { return }
        func rate(_ field: HostField, per unit: Double) -> Double? {
            row.rate(of: field, since: earlier, over: elapsed).map { $0 / unit }
        }
        let allCores = 1e9 * Double(max(cores, 1))
        // The kernel counts in ticks, so a full second can come out a tick longer.
        cpu = rate(.cpuBusyNanoseconds, per: allCores).map { min($0, 1) }
        steal = rate(.cpuStealNanoseconds, per: allCores)
        pressureCPU = rate(.pressureCPUMicroseconds, per: 1e6)
        pressureMemory = rate(.pressureMemoryMicroseconds, per: 1e6)
        pressureIO = rate(.pressureIOMicroseconds, per: 1e6)
        workersCPU = rate(.workersCPUNanoseconds, per: 1e9)
        agentCPU = rate(.agentCPUNanoseconds, per: 1e9)
    }

    /// - Parameter cadence: planned time between two sweeps. Samples in which several became one tell nothing of it, nor
    ///   does the first of a run, which comes when the agent begins and not when it is due.
    mutating func compare(_ new: Snapshot, with old: Snapshot?, cadence: Duration) {
        guard let old, old.sequence > 1, new.sequence > old.sequence, new.sequence - old.sequence <= 1 << 20 else {
            return
        }
        let elapsed = new.monotonic - old.monotonic
        let planned = cadence * Int(new.sequence - old.sequence)
        guard elapsed < planned * 3, planned < elapsed * 3 else { return }
        sampleShift = abs((elapsed - planned).seconds)
    }
}

/// The same over time.
struct HostHistory: Sendable, Equatable {
    var cpu = Series()
    var memoryUsed = Series()
    var memoryAvailable = Series()
    var pressureCPU = Series()
    var workersCPU = Series()
    var agentCPU = Series()
    var sampleShift = Series()
    var worstUtilisation = Series()
    var worstLagBound = Series()
    /// Seconds.
    var worstLag = Series()
    var lagP99 = Series()

    mutating func record(_ rates: HostRates, after gap: SampleGap?) {
        func append(_ value: Double?, to series: inout Series) { series.append(value, after: gap) }
        append(rates.cpu, to: &cpu)
        append(rates.memoryUsed, to: &memoryUsed)
        append(rates.memoryAvailable, to: &memoryAvailable)
        append(rates.pressureCPU, to: &pressureCPU)
        append(rates.workersCPU, to: &workersCPU)
        append(rates.agentCPU, to: &agentCPU)
        append(rates.sampleShift, to: &sampleShift)
        append(rates.worstUtilisation, to: &worstUtilisation)
        append(rates.worstLagBound, to: &worstLagBound)
        append(rates.worstLag, to: &worstLag)
        append(rates.gradedLagP99, to: &lagP99)
    }
}
