/// What is known of one worker at one instant. Counters travel raw; rates are made by whoever shows them.
public enum WorkerField: Int, RowField {
    /// CPU time of all threads, dead ones too, in ns. Source: the process CPU clock, `clock_gettime(((~pid) << 3) | 2)`.
    case cpuNanoseconds = 0
    /// Resident memory in bytes. Source: `/proc/<pid>/status`, `VmRSS`.
    case residentBytes = 1
    /// Source: `/proc/<pid>/status`, `Threads`.
    case threads = 2
    /// Open descriptors. Source: `st_size` of `/proc/<pid>/fd` (Linux 6.2 and later).
    case openFiles = 3
    /// Bytes fetched from storage. Source: `/proc/<pid>/io`, `read_bytes`.
    case readBytes = 4
    /// Bytes sent to storage. Source: `/proc/<pid>/io`, `write_bytes`.
    case writtenBytes = 5
    /// Times the **main thread** gave up the CPU to wait. Source: `/proc/<pid>/status`, `voluntary_ctxt_switches`.
    case voluntarySwitches = 6
    /// Times the **main thread** was taken off the CPU. Source: `/proc/<pid>/status`, `nonvoluntary_ctxt_switches`.
    case involuntarySwitches = 7
    /// ns the **main thread** ran. Source: `/proc/<pid>/schedstat`, field 1.
    case loopRunNanoseconds = 8
    /// ns the **main thread** was runnable but had no CPU (run-queue wait). Source: `/proc/<pid>/schedstat`, field 2.
    case loopWaitNanoseconds = 9
    /// The state letter as ASCII: R S D T t Z X I. Source: `/proc/<pid>/status`, `State`.
    case state = 10

    // The loop's lag in the last window (one second or one interval, whichever is longer), from outside: docs/LAG.md.
    // Lengths are in microseconds, rounded to 100 of them.

    /// Longest stretch that ended in the window. "At most" where `lagMethod` says `bound`; unknown where it says `none`.
    case lagMaxMicroseconds = 11
    /// Time-weighted: what an event that arrives at a random moment exceeds once in a hundred times.
    case lagP99Microseconds = 12
    case lagP50Microseconds = 13
    /// Age of a stall that has not ended; 0 without one.
    case openStallMicroseconds = 14
    /// `StallCause.packed` of the longest stall of the window, the open one included; absent without one of 3 ms.
    case stallCause = 15
    /// Runnable tasks of the machine at worst during that stall, where it waited for a CPU. Source: `/proc/loadavg`, 4.
    case stallRunnable = 16
    /// Longest time between two probes of the window: how late the agent itself was. Rounded to 5 ms, so that an agent in
    /// time says the same each second and idle workers cost nothing on the wire.
    case probeGapMicroseconds = 17
    /// Share of the window in which the loop was not waiting for events, in thousandths.
    case loopUtilisationPermille = 18
    /// Share in which it wanted a CPU and had none.
    case loopRunQueuePermille = 19
    /// Share in which it waited outside its loop.
    case loopBlockedPermille = 20
    /// `LagMethod.packed`; absent while no loop was looked for.
    case lagMethod = 21
    /// Time between two probes as planned.
    case probePeriodMicroseconds = 22

    // What the runtime says of itself, where it was asked to (integrations/): never needed, shown beside the above.

    /// Longest and time-weighted 99th percentile of the runtime's own delay histogram, in microseconds.
    case runtimeDelayMaxMicroseconds = 23
    case runtimeDelayP99Microseconds = 24
    case runtimeUtilisationPermille = 25
    case runtimeHeapBytes = 26
    /// Time spent in garbage collection, in microseconds; a counter.
    case runtimeGCMicroseconds = 27

    // Cost of the processes folded into the row (`WorkerInfo.folded`); absent without any.

    /// CPU time of all of them, those that ended included, in ns: a counter that never falls.
    case foldedCPUNanoseconds = 28
    case foldedResidentBytes = 29
    /// Established TCP connections. Source: sock_diag(7); looked at rarely unless somebody looks at the worker.
    case connections = 30

    public var isCounter: Bool {
        switch self {
        case .cpuNanoseconds, .readBytes, .writtenBytes, .voluntarySwitches, .involuntarySwitches, .loopRunNanoseconds,
            .loopWaitNanoseconds, .runtimeGCMicroseconds, .foldedCPUNanoseconds:
            true
        default: false
        }
    }

    public var merge: Merge {
        switch self {
        case .lagMaxMicroseconds, .lagP99Microseconds, .lagP50Microseconds, .openStallMicroseconds,
            .probeGapMicroseconds, .loopUtilisationPermille, .loopRunQueuePermille, .loopBlockedPermille,
            .runtimeDelayMaxMicroseconds, .runtimeDelayP99Microseconds, .runtimeUtilisationPermille:
            .highest
        case .stallCause, .stallRunnable: .alongside(column: Self.lagMaxMicroseconds.rawValue)
        default: .latest
        }
    }
}

public typealias WorkerRow = Row<WorkerField>

extension WorkerRow {
    /// Which part of the descriptors that it may have is open; `nil` where either is unknown.
    public func openFilesShare(of limit: UInt64?) -> Double? {
        guard let open = self[.openFiles], let limit, limit > 0 else { return nil }
        return Double(open) / Double(limit)
    }
}
