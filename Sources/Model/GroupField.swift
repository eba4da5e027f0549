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

    public var isCounter: Bool { self == .cpuNanoseconds || self == .exits }

    public var merge: Merge {
        switch self {
        case .worstUtilisationPermille, .worstLagBoundNanoseconds, .worstLagMicroseconds, .lagP99Microseconds,
            .hungWorkers, .acceptQueue:
            .highest
        default: .latest
        }
    }
}

public typealias GroupRow = Row<GroupField>
