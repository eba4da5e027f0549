/// Sums over the workers of one group at one instant.
public enum GroupField: Int, RowField {
    /// Workers alive now.
    case workers = 0
    /// CPU time of the group's workers, those that ended included, in ns since the agent found the group.
    case cpuNanoseconds = 1
    case residentBytes = 2
    /// Highest loop utilisation of a worker in the last interval, in thousandths.
    case worstUtilisationPermille = 3
    /// Highest "lag at most" of a worker in the last interval, in ns: an upper bound, not a measured lag.
    case worstLagBoundNanoseconds = 4
    /// Workers of the group whose exit the agent saw.
    case exits = 5
    /// Longest stretch of a loop of the group in the last window, open stalls included. Only of workers whose lag is
    /// `exact`: a sum cannot say "at most".
    case worstLagMicroseconds = 6
    /// Time-weighted over all loops of the group: their histograms added, not their percentiles.
    case lagP99Microseconds = 7
    /// Workers that are hung by evidence.
    case hungWorkers = 8

    public var isCounter: Bool { self == .cpuNanoseconds || self == .exits }
}

public typealias GroupRow = Row<GroupField>
