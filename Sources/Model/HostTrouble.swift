/// Why a host is WARN or CRIT, as its agent sees it: whoever asks gets the same answer, also who asks only once.
public struct HostTrouble: Hashable, Sendable {
    /// What is wrong. The raw value is its number on the wire: never reused.
    public enum Subject: UInt8, Sendable, CaseIterable {
        /// Workers that are hung by evidence; `value` is how many.
        case hungWorkers = 1
        /// An app with fewer workers than it should have: `app`, `value` living ones of `expected`, `since`.
        case missingWorkers = 2
        /// Apps of which the same is true, and for which there is no more room; `value` is how many.
        case moreMissing = 3
        /// What held for the time of `Threshold`: `value` in microseconds for lag, else in thousandths; `nil` where the
        /// limit is not broken any more, and the level only held.
        case lagP99 = 4
        case loopUtilisation = 5
        case hostCPU = 6
        case memoryAvailable = 7
        case pressureCPU = 8
        /// The app whose control group's memory is fullest: `app`, `value` in thousandths of the limit.
        case memoryLimit = 9
        /// The app with the worker that has most of its descriptors open: `app`, `value` in thousandths of what it may have.
        case openFiles = 10
        /// The app with the worker that has most connections which the peer closed and it did not: `app`, `value` of them.
        case closeWait = 11
        /// An app of which one slot's workers end again and again: `app`, `slot`, `value` times, in five minutes where it is
        /// CRIT, else in an hour.
        case restarts = 12
        /// The agent's own certificate ends: `value` whole hours are left.
        case certificate = 13
    }

    public var subject: Subject
    public var level: Level
    public var value: UInt64?
    /// What a person calls it. Hostile until drawn through `SafeText`.
    public var app: String?
    public var expected: UInt32?
    /// Since when it is at least that bad, on the agent's wall clock; of missing workers since when they are missing.
    public var since: WallTime?
    public var slot: UInt32?

    public init(
        _ subject: Subject, _ level: Level, value: UInt64? = nil, app: String? = nil, expected: UInt32? = nil,
        since: WallTime? = nil, slot: UInt32? = nil
    ) {
        self.subject = subject
        self.level = level
        self.value = value
        self.app = app
        self.expected = expected
        self.since = since
        self.slot = slot
    }
}

extension GroupInfo {
    /// How bad it is that only so many workers live: one too few is WARN, none at all CRIT. Those that a roll has down are
    /// not missing.
    public func level(living: UInt64?) -> Level {
        guard let expected, let living, living < UInt64(expected) else { return .ok }
        let underWay = roll.map { $0.state == .running ? UInt64($0.underWay.count) : 0 } ?? 0
        if living + underWay >= UInt64(expected) { return .ok }
        return living == 0 ? .crit : .warn
    }
}
