import Model
import Wire

/// Snapshots of one host, one after the other: what would be known had we looked all the time.
struct Replay: Sendable {
    private(set) var history = HostHistory()
    /// Of the newest snapshot, and those that were in earlier ones, as long as they are not many more.
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
                cadence: snapshot.host.cadence)
        }
        // An agent may name others in each. Those that are not there any more at the end are not looked at.
        if workers.count > Limits.workers + FleetHost.endsKept {
            let present = Set(snapshot.workers.map(\.info.id))
            workers = workers.filter { present.contains($0.key) }
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
        let gap = old.map {
            SampleGap(new.monotonic - $0.monotonic, interval: interval, cadence: new.host.cadence)
        }
        let recent = gap?.recent == nil ? nil : old
        var rates = HostRates(new.host, since: recent?.host, over: gap?.recent, cores: cores ?? 1)
        rates.compare(new, with: recent, cadence: new.host.cadence ?? cadence)
        record(rates, after: gap)
        return rates
    }
}
