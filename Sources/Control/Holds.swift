public import Model

/// A lease on a group: who drives a roll over several hosts keeps others from acting on it here.
public struct Hold: Hashable, Sendable {
    public var groupKey: String
    public var issuer: String
    public var id: CommandID
    public var until: MonotonicInstant

    public init(groupKey: String, issuer: String, id: CommandID, until: MonotonicInstant) {
        self.groupKey = groupKey
        self.issuer = issuer
        self.id = id
        self.until = until
    }
}

/// The holds of a host. One that is over is none, whether or not it was taken out.
public struct Holds: Sendable {
    public static let length = Duration.seconds(60)
    /// Groups that can be held at a time.
    public static let limit = 256

    private var held: [String: Hold] = [:]

    public init() {}

    /// Begins or renews: only the same issuer under the same id renews, so that two dashboards of one person do not drive
    /// one group.
    public mutating func hold(_ groupKey: String, by issuer: String, id: CommandID, now: MonotonicInstant)
        -> Result<Hold, Refusal>
    {
        if let hold = hold(on: groupKey, now: now), hold.issuer != issuer || hold.id != id {
            return .failure(.held(by: hold.issuer, left: hold.until - now))
        }
        if held.count >= Self.limit { _ = expire(now: now) }
        guard held[groupKey] != nil || held.count < Self.limit else { return .failure(.tooManyCommands) }
        let hold = Hold(groupKey: groupKey, issuer: issuer, id: id, until: now + Self.length)
        held[groupKey] = hold
        return .success(hold)
    }

    /// Whether there was that hold.
    public mutating func release(_ groupKey: String, by issuer: String, id: CommandID, now: MonotonicInstant) -> Bool {
        guard let hold = hold(on: groupKey, now: now), hold.issuer == issuer, hold.id == id else { return false }
        held[groupKey] = nil
        return true
    }

    /// What a hold says against a command on the group.
    /// - Parameter hold: the hold under which it comes, where it does.
    public func objection(to issuer: String, hold: CommandID?, on groupKey: String, now: MonotonicInstant) -> Refusal? {
        guard let present = self.hold(on: groupKey, now: now) else { return nil }
        if present.issuer == issuer, hold == nil || hold == present.id { return nil }
        return .held(by: present.issuer, left: present.until - now)
    }

    public func hold(on groupKey: String, now: MonotonicInstant) -> Hold? {
        held[groupKey].flatMap { $0.until > now ? $0 : nil }
    }

    /// Takes out those that are over.
    public mutating func expire(now: MonotonicInstant) -> [Hold] {
        let over = held.values.filter { $0.until <= now }.sorted { ($0.until, $0.groupKey) < ($1.until, $1.groupKey) }
        for hold in over { held[hold.groupKey] = nil }
        return over
    }

    /// When the next one ends.
    public var next: MonotonicInstant? { held.values.map(\.until).min() }
}
