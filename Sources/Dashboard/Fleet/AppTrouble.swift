import Model

/// Since when something of an app is missing, on our calendar, and how long ago that was.
struct Since: Sendable {
    let wall: WallTime
    let ago: Duration
}

extension FleetHost {
    /// So many ends of a slot within so long are one line of the events.
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
        group(key)?.info.missingSince.flatMap { since($0, now: now) }
    }

    /// A moment of the agent's calendar, as seen from its newest sample.
    func since(_ wall: WallTime, now: MonotonicInstant) -> Since? {
        guard let sampledAt, let before = snapshot?.wall.elapsed(since: wall) else { return nil }
        return Since(wall: ours(wall), ago: max(before + (now - sampledAt), .zero))
    }

    /// How bad its loops have been: its agent's word, but where the configuration has other limits for the app; then only
    /// its workers tell.
    func loopLevels(of group: GroupTrack) -> LoopLevels {
        var levels = group.row.loopLevels ?? LoopLevels()
        let own = limits.first { $0.app.matches(group.info.app) }?.pairs ?? [:]
        if own[.lag99] != nil { levels.lag = .ok }
        if own[.util] != nil { levels.utilisation = .ok }
        return levels
    }

    /// In which time the ends of a slot's workers made that level.
    static func restartTime(_ level: Level) -> String { level == .crit ? "5 min" : "the last hour" }

    /// `app api: worker 2 ended 4 times in 5 min, last code 1`.
    func restartText(_ trouble: HostTrouble) -> String {
        let worker = trouble.slot.map { "worker \($0)" } ?? "a worker"
        let times = "\(trouble.value ?? 0) times in \(Self.restartTime(trouble.level))"
        let last = exits.last { $0.slot == trouble.slot && appName($0.groupKey) == trouble.app }?.status
        let status = last.map { ", last \(exitStatusText($0))" } ?? ""
        return "app \(trouble.app ?? ""): \(worker) ended \(times)\(status)"
    }
}
