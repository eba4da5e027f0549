import Model

/// Waits until every host of the fleet has said what is wanted of it, or why it cannot. A value: whoever runs it hands
/// in what the links tell.
struct Gathering: Sendable {
    private enum Progress: Hashable, Sendable {
        case waiting
        /// The newest snapshot's sequence and how many different ones came.
        case heard(sequence: UInt64, snapshots: Int)
    }

    private(set) var fleet: Fleet
    /// Two where rates are wanted: they need two samples.
    private let snapshotsNeeded: Int
    /// Whether a host that cannot be reached may still answer at a later try.
    private let retries: Bool
    private var progress: [Progress]
    private var hasFailed: [Bool]

    init(places: [HostPlace], snapshots: Int, retries: Bool = false) {
        fleet = Fleet(places: places)
        snapshotsNeeded = snapshots
        self.retries = retries
        progress = places.map { _ in .waiting }
        hasFailed = places.map { _ in false }
    }

    mutating func handle(_ event: LinkEvent, from host: Int, now: MonotonicInstant, wall: WallTime) {
        guard progress.indices.contains(host) else { return }
        fleet.handle(event, from: host, now: now, wall: wall)
        switch event {
        case .snapshot(let snapshot):
            switch progress[host] {
            case .heard(let sequence, let count) where snapshot.sequence != sequence:
                progress[host] = .heard(sequence: snapshot.sequence, snapshots: count + 1)
            case .heard: break  // the same sweep again, with other detail
            case .waiting: progress[host] = .heard(sequence: snapshot.sequence, snapshots: 1)
            }
        case .connected: hasFailed[host] = false
        case .lost(let failure, _): hasFailed[host] = !retries || failure.needsAPerson
        case .connecting, .measured, .traffic, .event, .accepted, .outcome, .rehearsed, .forgotten, .answer,
            .denyListVersion, .draining, .leftOut:
            break
        }
    }

    /// Ages and states move on without events, too.
    mutating func tick(now: MonotonicInstant, wall: WallTime) { fleet.tick(now: now, wall: wall) }

    /// Whether waiting longer brings nothing that was asked for.
    var isComplete: Bool {
        progress.indices.allSatisfy { hasFailed[$0] || snapshots(of: $0) >= snapshotsNeeded }
    }

    /// Host numbers with at least one snapshot and a living link, in order, each host once: an agent that answers at two
    /// addresses is the same host.
    var answering: [Int] {
        var seen: Set<HostID> = []
        return progress.indices.filter { host in
            guard !hasFailed[host], snapshots(of: host) > 0, let info = fleet.hosts[host].info else { return false }
            return seen.insert(info.id).inserted
        }
    }

    /// Host numbers that said nothing usable.
    var missing: [Int] {
        progress.indices.filter { hasFailed[$0] || snapshots(of: $0) == 0 }
    }

    private func snapshots(of host: Int) -> Int {
        if case .heard(_, let count) = progress[host] { count } else { 0 }
    }
}
