/// How often the workers of a slot ended of late though nobody asked for it.
public struct Restarts: Hashable, Sendable {
    public static let hour = Duration.seconds(3600)
    public static let fiveMinutes = Duration.seconds(300)
    /// So many are WARN within an hour, and CRIT within five minutes: it does not come up any more.
    public static let many = 3

    public var inHour: UInt16
    public var inFiveMinutes: UInt16
    public var slot: UInt32

    public init(inHour: UInt16, inFiveMinutes: UInt16, slot: UInt32) {
        self.inHour = inHour
        self.inFiveMinutes = inFiveMinutes
        self.slot = slot
    }

    public var level: Level { inFiveMinutes >= Self.many ? .crit : inHour >= Self.many ? .warn : .ok }

    /// How many make its level: in five minutes where that is CRIT, else in the hour.
    public var count: UInt16 { level == .crit ? inFiveMinutes : inHour }

    /// In one column: part of the format, never changed.
    public var packed: UInt64 { UInt64(inHour) | UInt64(inFiveMinutes) << 16 | UInt64(slot) << 32 }

    public init(packed: UInt64) {
        inHour = UInt16(truncatingIfNeeded: packed)
        inFiveMinutes = UInt16(truncatingIfNeeded: packed >> 16)
        slot = UInt32(truncatingIfNeeded: packed >> 32)
    }
}

extension GroupRow {
    /// Of the slot that is worst; `nil` where nobody counts.
    public var restarts: Restarts? { self[.restarts].map { Restarts(packed: $0) } }
}
