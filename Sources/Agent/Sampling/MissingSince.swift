import Model

/// Since when apps have fewer workers than they should, on the host's calendar.
struct MissingSince: Sendable {
    /// An end so long ago explains that a worker is missing now; else it is missing since it was noticed.
    private static let ago: Int64 = 5_000_000_000

    private var since: [String: WallTime] = [:]
    private var exits: [String: WallTime] = [:]

    subscript(key: String) -> WallTime? { since[key] }

    /// What an earlier run of the agent noted.
    mutating func restore(_ since: WallTime, of key: String) { self.since[key] = since }

    /// A worker of the app ended.
    mutating func ended(in key: String, at wall: WallTime) { exits[key] = wall }

    /// All apps there are, with their living workers.
    mutating func look(_ apps: [(info: GroupInfo, living: UInt64)], now: WallTime) {
        var next: [String: WallTime] = [:]
        for app in apps where app.info.level(living: app.living) > .ok {
            let exit = exits[app.info.key].flatMap { now.nanoseconds &- $0.nanoseconds <= Self.ago ? $0 : nil }
            next[app.info.key] = since[app.info.key] ?? exit ?? now
        }
        since = next
        exits = [:]
    }
}
