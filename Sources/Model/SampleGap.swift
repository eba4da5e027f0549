/// What lies between a sample and the one before it.
public struct SampleGap: Sendable {
    private let elapsed: Duration
    /// Samples that should have come between the two, and did not, or for which this one stands.
    public let missing: Int
    /// This one stands for all of that time: the agent looks less often than every interval, on purpose, and no look between the
    /// two is missing.
    public let isSteady: Bool

    /// `cadence`: the planned time between the two sweeps; `nil` where the agent does not say.
    public init(_ elapsed: Duration, interval: Duration, cadence: Duration?) {
        self.elapsed = elapsed
        let intervals = (elapsed.seconds / interval.seconds).rounded()
        missing = Int(min(max(intervals, 1), Double(Series.capacity))) - 1
        isSteady = cadence.map { $0 > interval && elapsed <= $0 * 1.5 } ?? false
    }

    /// The time between the two; `nil` after a longer pause, since when the average is not what is going on now.
    public var recent: Duration? { missing <= 2 || isSteady ? elapsed : nil }
}
