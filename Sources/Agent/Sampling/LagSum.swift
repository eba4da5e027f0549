import Model

/// The lag of several loops in their last windows, in one.
struct LagSum: Sendable {
    private(set) var loops = 0
    /// Longest stretch of a loop, stalls that go on included, in µs.
    private(set) var worst: UInt64?
    /// The lag of one of them is "at least".
    private(set) var hasFloor = false
    /// Sum of their windows.
    private(set) var watched = Duration.zero
    /// Stretches that ended in them, and those that go on.
    private var stretches = LagHistogram()
    /// Of the last one, as it told of itself, a stall that goes on included.
    private var own: Duration?
    /// The highest of those.
    private var worstOwn: Duration?

    mutating func add(_ row: WorkerRow, _ stretches: LagHistogram, _ window: Duration, isFloor: Bool = false) {
        loops += 1
        hasFloor = hasFloor || isFloor
        if let lag = row.longestStretchMicroseconds { worst = max(worst ?? 0, lag) }
        guard window > .zero else { return }
        watched += window
        if !stretches.isEmpty { self.stretches.add(stretches) }
        own = row[.lagP99Microseconds].map { .microseconds(Int64(clamping: $0)) }
        if let open = row[.openStallMicroseconds], open > 0 {
            let age = Duration.microseconds(Int64(clamping: open))
            self.stretches.add(age)  // it has no end yet, but lag it is
            own = own.map { max($0, age - window / 100) }
        }
        if let own { worstOwn = max(worstOwn ?? .zero, own) }
    }

    /// Highest p99 of one of them, in µs.
    var worstP99: UInt64? { worstOwn.map { UInt64(max(0, $0.nanoseconds) / 1000) } }

    /// Time-weighted over all loops, and over others of which only the time is known; in µs, rounded to 100 as a worker's
    /// lengths are. One loop's is its own. The middle of a bucket can be more than any lag there was.
    func p99(besides others: Duration = .zero) -> UInt64? {
        guard watched > .zero else { return nil }
        var lag = stretches.isEmpty ? .zero : stretches.timeWeighted(0.99, over: watched + others)
        if loops == 1, others == .zero, let own { lag = own }
        let rounded = UInt64(max(0, (lag.seconds * 10_000).rounded())) * 100
        return min(rounded, worst ?? rounded)
    }
}

extension WorkerRow {
    /// Longest stretch of the loop in its last window, a stall that goes on included.
    var longestStretchMicroseconds: UInt64? {
        guard let ended = self[.lagMaxMicroseconds] else { return self[.openStallMicroseconds] }
        return max(ended, self[.openStallMicroseconds] ?? 0)
    }
}
