import Model

/// Snapshots of one host, one after the other: what would be known had we looked all the time.
struct Replay: Sendable {
    private(set) var history = HostHistory()
    /// Of the newest snapshot, and those that were in earlier ones.
    private(set) var workers: [WorkerID: WorkerTrack] = [:]
    /// The newest one taken.
    private(set) var last: Snapshot?

    private let interval: Duration
    private let cores: UInt32?

    init(interval: Duration, cores: UInt32?) {
        self.interval = interval
        self.cores = cores
    }

    /// - Parameter at: when it was taken, on our clock. Whatever is no later than the one before is left out.
    mutating func take(_ snapshot: Snapshot, at: MonotonicInstant) {
        if let last, snapshot.monotonic <= last.monotonic { return }
        history.take(snapshot, after: last, interval: interval, cores: cores)
        for entry in snapshot.workers {
            workers.take(entry, sampled: snapshot.monotonic, at: at, interval: interval, cores: cores)
        }
        last = snapshot
    }
}

extension HostHistory {
    /// Records `new`, which came after `old`; returns its rates. What did not come between them is a gap.
    @discardableResult
    mutating func take(_ new: Snapshot, after old: Snapshot?, interval: Duration, cores: UInt32?) -> HostRates {
        let elapsed = old.map { new.monotonic - $0.monotonic }
        let intervals = elapsed.map { ($0.seconds / interval.seconds).rounded() } ?? 1
        // After a longer pause the average since then is not what is going on now.
        let recent = elapsed != nil && intervals <= 3
        let rates = HostRates(
            new.host, since: recent ? old?.host : nil, over: recent ? elapsed : nil, cores: cores ?? 1)
        record(rates, missing: Int(min(max(intervals, 1), Double(Series.capacity))) - 1)
        return rates
    }
}
