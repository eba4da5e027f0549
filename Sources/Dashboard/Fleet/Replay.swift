import Model

/// Snapshots of one host, one after the other: what would be known had we looked all the time.
struct Replay: Sendable {
    private(set) var history = HostHistory()
    /// Of the newest snapshot, and those that were in earlier ones.
    private(set) var workers: [WorkerID: WorkerTrack] = [:]
    /// The newest one taken.
    private(set) var last: Snapshot?

    private let interval: Duration
    private let cadence: Duration
    private let cores: UInt32?
    private let limits: [AppLimits]

    /// - Parameters:
    ///   - interval: expected between two snapshots.
    ///   - cadence: planned by the agent between two sweeps.
    init(interval: Duration, cadence: Duration, cores: UInt32?, limits: [AppLimits] = []) {
        self.interval = interval
        self.cadence = cadence
        self.cores = cores
        self.limits = limits
    }

    /// - Parameter at: when it was taken, on our clock. Whatever is no later than the one before is left out.
    mutating func take(_ snapshot: Snapshot, at: MonotonicInstant) {
        if let last, snapshot.monotonic <= last.monotonic { return }
        history.take(snapshot, after: last, interval: interval, cadence: cadence, cores: cores)
        for entry in snapshot.workers {
            let key = entry.info.groupKey
            workers.take(
                entry, sampled: snapshot.monotonic, at: at, interval: interval, cores: cores,
                limits: WorkerLimits(of: snapshot.groups.first { $0.info.key == key }?.info.app ?? key, among: limits),
                host: snapshot.host)
        }
        last = snapshot
    }
}

extension HostHistory {
    /// Records `new`, which came after `old`; returns its rates. What did not come between them is a gap.
    @discardableResult
    mutating func take(
        _ new: Snapshot, after old: Snapshot?, interval: Duration, cadence: Duration, cores: UInt32?
    ) -> HostRates {
        let elapsed = old.map { new.monotonic - $0.monotonic }
        let intervals = elapsed.map { ($0.seconds / interval.seconds).rounded() } ?? 1
        let isSteady = elapsed.map { new.host.isSteady(after: $0, interval: interval) } ?? false
        // After a longer pause the average since then is not what is going on now.
        let recent = elapsed != nil && (intervals <= 3 || isSteady)
        var rates = HostRates(
            new.host, since: recent ? old?.host : nil, over: recent ? elapsed : nil, cores: cores ?? 1)
        rates.compare(new, with: recent ? old : nil, cadence: new.host.cadence ?? cadence)
        record(rates, missing: Int(min(max(intervals, 1), Double(Series.capacity))) - 1, isSteady: isSteady)
        return rates
    }
}
