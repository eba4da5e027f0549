/// How bad the loops of one app have been for a while, as its agent judged them: who looks only once cannot.
public struct LoopLevels: Hashable, Sendable {
    /// By `Threshold.lagP99`, of whichever loop was worst at each moment.
    public var lag: Level
    /// By `Threshold.loopUtilisation`, the same.
    public var utilisation: Level

    public init(lag: Level = .ok, utilisation: Level = .ok) {
        self.lag = lag
        self.utilisation = utilisation
    }

    public var worst: Level { max(lag, utilisation) }

    /// In one column: part of the format, never changed. What is no level counts as none.
    public var packed: UInt64 { UInt64(lag.rawValue) | UInt64(utilisation.rawValue) << 8 }

    public init(packed: UInt64) {
        lag = Level(rawValue: UInt8(truncatingIfNeeded: packed)) ?? .ok
        utilisation = Level(rawValue: UInt8(truncatingIfNeeded: packed >> 8)) ?? .ok
    }
}

extension GroupRow {
    /// `nil` where nobody judged them.
    public var loopLevels: LoopLevels? { self[.loopLevels].map { LoopLevels(packed: $0) } }
}

/// The loops of one app over time.
struct AppLoops: Sendable {
    /// Seconds, of the loop that is worst.
    private var lag = Series()
    private var lagLevel = HeldLevel()
    private var utilisation = Series()
    private(set) var levels = LoopLevels()

    /// A point of the newest row.
    mutating func record(_ row: GroupRow, after gap: SampleGap?, interval: Duration) {
        lag.append(row[.worstLagP99Microseconds].map { Double($0) / 1e6 }, after: gap)
        utilisation.append(row[.worstUtilisationPermille].map { Double($0) / 1000 }, after: gap)
        lagLevel.follow(.lagP99, lag, interval: interval)
        let used = Threshold.loopUtilisation.judge(utilisation, interval: interval)
        levels = LoopLevels(lag: lagLevel.level, utilisation: used?.level ?? .ok)
    }
}
