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

    public var isCounter: Bool {
        switch self {
        case .residentBytes, .threads, .openFiles, .state: false
        default: true
        }
    }
}

public typealias WorkerRow = Row<WorkerField>
