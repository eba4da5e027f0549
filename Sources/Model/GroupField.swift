/// Sums over the workers of one group at one instant.
public enum GroupField: Int, RowField {
    /// Workers alive now.
    case workers = 0
    /// CPU time of the group's workers, those that ended included, in ns since the agent found the group.
    case cpuNanoseconds = 1
    case residentBytes = 2
    /// Highest loop utilisation of a worker, in thousandths; as its own row says it, where its loop is probed.
    case worstUtilisationPermille = 3
    /// Highest "lag at most" of a worker in the last interval, in ns: an upper bound, not a measured lag.
    case worstLagBoundNanoseconds = 4
    /// Workers of the group whose exit the agent saw.
    case exits = 5
    /// Longest stretch of a loop of the group in the last window, open stalls included. What it is worth: `lagQuality`.
    case worstLagMicroseconds = 6
    /// Time-weighted over all loops of the group: their histograms added, not their percentiles.
    case lagP99Microseconds = 7
    /// Workers that are hung by evidence.
    case hungWorkers = 8
    /// `LagQuality` of the two lags. `exact`: of all that have one it is. `floor`, "at least": of some it is not, and
    /// what is only "at most" is left out. `bound`: "at most" is all that is known of any.
    case lagQuality = 9
    /// Established TCP connections of all workers. Source: sock_diag(7).
    case connections = 10
    /// Connections that wait for accept(2) on the group's listening sockets, and how many may.
    case acceptQueue = 11
    case acceptQueueLimit = 12
    /// Memory in use, and how much may be, of the fullest control group with a limit that one of its workers is in, or that
    /// is above such a one: what else is in it counts, and not what the kernel would drop, inactive pages of files. Source:
    /// cgroup v2 `memory.current`, `memory.max`, v1 `memory.usage_in_bytes`, `memory.limit_in_bytes`; `memory.stat`.
    case memoryUsedBytes = 13
    case memoryLimitBytes = 14
    /// Highest share of the descriptors that a worker may have and has open, in thousandths.
    case worstOpenFilesPermille = 15
    /// Most connections of one worker that the peer closed and it did not. Source: sock_diag(7), state CLOSE_WAIT.
    case worstCloseWait = 16
    /// `Restarts.packed` of the slot whose workers ended most often, as far as the agent saw it.
    case restarts = 17
    /// Highest time-weighted p99 of one loop, of those whose lag is measured, in µs: at least that much where one's is.
    case worstLagP99Microseconds = 18
    /// `LoopLevels.packed` of the group's loops.
    case loopLevels = 19

    public var isCounter: Bool { self == .cpuNanoseconds || self == .exits }

    public var merge: Merge {
        switch self {
        case .worstUtilisationPermille, .worstLagBoundNanoseconds, .worstLagMicroseconds, .lagP99Microseconds,
            .hungWorkers, .acceptQueue, .worstOpenFilesPermille, .worstCloseWait, .worstLagP99Microseconds:
            .highest
        default: .latest
        }
    }
}

public typealias GroupRow = Row<GroupField>

extension GroupRow {
    /// Which part of the memory that its fullest control group may use is in use; `nil` where nothing limits it.
    public var memoryFill: Double? {
        guard let used = self[.memoryUsedBytes], let limit = self[.memoryLimitBytes], limit > 0 else { return nil }
        return Double(used) / Double(limit)
    }

    /// Which part of the descriptors that its fullest worker may have is open.
    public var worstOpenFilesShare: Double? { self[.worstOpenFilesPermille].map { Double($0) / 1000 } }
}
