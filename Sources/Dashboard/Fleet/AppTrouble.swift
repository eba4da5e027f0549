import Model

/// Since when something of an app is missing, on our calendar, and how long ago that was.
struct Since: Sendable {
    let wall: WallTime
    let ago: Duration
}

/// A slot whose workers end again and again.
struct CrashingSlot: Sendable {
    let slot: UInt32
    /// In the last `FleetHost.crashTime`.
    let exits: Int
    let status: ExitStatus?
}

extension FleetHost {
    /// So many ends of a slot within so long are no restarts any more.
    static let crashes = 3
    static let crashTime = Duration.seconds(60)

    /// Whether no worker of an app lives that should have some. Of one that the agent tells of no more only where ends of its
    /// workers were told, and nothing has taken its place: it may as well have been left out of the configuration.
    func isLost(_ key: String) -> Bool {
        if let group = group(key) { return group.row[.workers] == 0 && group.level == .crit }
        guard let former = formerGroups[key], former.info.expected != nil, !isReplaced(former) else { return false }
        return workers.values.contains { $0.info.groupKey == key && $0.end?.certain == true }
    }

    /// Since when no worker of it lives, as far as that is known.
    func lostSince(_ key: String, now: MonotonicInstant) -> Since? {
        if let exit = exits.last(where: { $0.groupKey == key }) { return Since(wall: exit.wall, ago: now - exit.at) }
        return missingSince(key, now: now)
    }

    /// Since when it has fewer workers than it should.
    func missingSince(_ key: String, now: MonotonicInstant) -> Since? {
        guard let wall = group(key)?.info.missingSince, let snapshot, let sampledAt else { return nil }
        let (before, overflow) = snapshot.wall.nanoseconds.subtractingReportingOverflow(wall.nanoseconds)
        return overflow ? nil : Since(wall: ours(wall), ago: max(.nanoseconds(before) + (now - sampledAt), .zero))
    }

    /// The slot of an app that ended most often of late, where that is more often than anybody restarts it.
    func crashing(inGroup key: String, now: MonotonicInstant) -> CrashingSlot? {
        var ends: [UInt32: (count: Int, last: ExitStatus?)] = [:]
        for exit in exits.reversed() {
            // Those of the past may come late, and out of order: what is far behind is not looked for.
            if now - exit.at > Self.crashTime * 2 { break }
            guard exit.groupKey == key, now - exit.at <= Self.crashTime else { continue }
            ends[exit.slot, default: (0, exit.status)].count += 1
        }
        let worst = ends.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        guard let worst, worst.value.count >= Self.crashes else { return nil }
        return CrashingSlot(slot: worst.key, exits: worst.value.count, status: worst.value.last)
    }
}
