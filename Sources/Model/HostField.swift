/// What is known of one host at one instant, and the sums over its workers, so that a fleet screen needs no worker rows.
public enum HostField: Int, RowField {
    /// CPU time spent busy by all cores, in ns. Source: `/proc/stat`, `cpu`: user+nice+system+irq+softirq+steal.
    case cpuBusyNanoseconds = 0
    /// CPU time taken by the hypervisor, in ns. Source: `/proc/stat`, `cpu`, field 8 (`steal`).
    case cpuStealNanoseconds = 1
    /// Source: `/proc/meminfo`, `MemTotal`.
    case memoryTotalBytes = 2
    /// Source: `/proc/meminfo`, `MemAvailable`.
    case memoryAvailableBytes = 3
    /// Load average over 1, 5, 15 minutes, times 100. Source: `/proc/loadavg`.
    case load1Hundredths = 4
    case load5Hundredths = 5
    case load15Hundredths = 6
    /// Microseconds in which some task waited. Source: `/proc/pressure/{cpu,memory,io}`, `some total=`; absent without PSI.
    case pressureCPUMicroseconds = 7
    case pressureMemoryMicroseconds = 8
    case pressureIOMicroseconds = 9
    /// Since boot, in ns. Source: `/proc/uptime`.
    case uptimeNanoseconds = 10
    /// Workers alive now.
    case workers = 11
    /// CPU time of all workers, those that ended included, in ns since the agent started.
    case workersCPUNanoseconds = 12
    /// Sum of the workers' resident memory.
    case workersResidentBytes = 13
    /// As `GroupField`.
    case worstUtilisationPermille = 14
    /// Highest "lag at most" of a worker in the last interval, in ns: an upper bound, not a measured lag.
    case worstLagBoundNanoseconds = 15
    /// Workers whose exit the agent saw since it started.
    case exits = 16
    /// CPU time and resident memory of the agent itself.
    case agentCPUNanoseconds = 17
    case agentResidentBytes = 18
    /// Sweeps the agent skipped because it was late, since it started.
    case missedSweeps = 19
    /// Snapshots replaced before they could be sent to this subscriber.
    case droppedSnapshots = 20
    /// As `GroupField`, over all workers.
    case worstLagMicroseconds = 21
    case lagP99Microseconds = 22
    case hungWorkers = 23
    /// How much longer than planned the pauses between probes are, in thousandths, to keep the budget: 1000 is as planned.
    case probeStretchPermille = 24
    /// As `GroupField`.
    case lagQuality = 25
    /// When this run of the agent began, on the clock of `Snapshot.monotonic`, in ns. It stays, so deltas do not carry it.
    case agentBeganNanoseconds = 26
    /// How long the sweep before this one took, in µs; unknown in the first.
    case sweepMicroseconds = 27
    /// Planned time between this sweep and the one before, in ms: the agent's interval, or more while it keeps within its
    /// share of a core.
    case cadenceMilliseconds = 28
    /// Memory the agent takes by itself, where pages that others map too count in parts: the PSS, read every half a minute.
    case agentProportionalBytes = 29
    /// How much later than planned the newest sweep began, in µs.
    case sweepLatenessMicroseconds = 30
    /// Bytes of messages that the agent sent to all who look on, since it began.
    case agentSentBytes = 31

    public var isCounter: Bool {
        switch self {
        case .cpuBusyNanoseconds, .cpuStealNanoseconds, .pressureCPUMicroseconds, .pressureMemoryMicroseconds,
            .pressureIOMicroseconds, .uptimeNanoseconds, .workersCPUNanoseconds, .exits, .agentCPUNanoseconds,
            .missedSweeps, .droppedSnapshots, .agentSentBytes:
            true
        default: false
        }
    }

    public var merge: Merge {
        switch self {
        case .worstUtilisationPermille, .worstLagBoundNanoseconds, .worstLagMicroseconds, .lagP99Microseconds,
            .hungWorkers, .probeStretchPermille, .sweepMicroseconds, .sweepLatenessMicroseconds:
            .highest
        default: .latest
        }
    }
}

public typealias HostRow = Row<HostField>

extension Row<HostField> {
    /// Planned time between this sweep and the one before; `nil` where the agent does not say.
    public var cadence: Duration? { self[.cadenceMilliseconds].map { .milliseconds(Int64(clamping: $0)) } }
}
