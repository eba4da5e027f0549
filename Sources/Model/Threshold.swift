/// A limit that a value has to break for some time before it counts.
public struct Threshold: Sendable {
    /// What its values are: shares (1 is everything), seconds, or how many.
    public enum Unit: Sendable { case share, seconds, count }

    public let warn: Double
    public let crit: Double
    /// Every known point of this long must break the limit; one good or missing point starts the wait anew.
    public let hold: Duration
    public var lowIsBad = false
    public var unit = Unit.share

    public static let loopUtilisation = Threshold(warn: 0.85, crit: 0.97, hold: .seconds(60))
    /// Of one core.
    public static let workerCPU = Threshold(warn: 0.85, crit: 0.97, hold: .seconds(60))
    public static let hostCPU = Threshold(warn: 0.85, crit: 0.95, hold: .seconds(60))
    public static let pressureCPU = Threshold(warn: 0.40, crit: 0.70, hold: .seconds(60))
    public static let memoryAvailable = Threshold(warn: 0.15, crit: 0.05, hold: .seconds(30), lowIsBad: true)
    /// Of what a control group may use.
    public static let memoryLimit = Threshold(warn: 0.80, crit: 0.92, hold: .seconds(30))
    /// Of the descriptors that a worker may have: at once, for at the limit it accepts nobody.
    public static let openFiles = Threshold(warn: 0.70, crit: 0.90, hold: .zero)
    /// Connections of one worker that the peer closed and it did not.
    public static let closeWait = Threshold(warn: 20, crit: 200, hold: .seconds(60), unit: .count)
    /// Of an agent's calendar, either way: at once.
    public static let clockOffset = Threshold(warn: 2, crit: 30, hold: .zero, unit: .seconds)
    /// What one event in a hundred has to wait, at least.
    public static let lagP99 = Threshold(warn: 0.1, crit: 0.25, hold: .seconds(30), unit: .seconds)
    /// Age of a stall that is not over: at once.
    public static let openStall = Threshold(warn: 1, crit: 5, hold: .zero, unit: .seconds)

    /// The same with other limits.
    public func with(warn: Double, crit: Double) -> Threshold {
        Threshold(warn: warn, crit: crit, hold: hold, lowIsBad: lowIsBad, unit: unit)
    }

    /// The level that held for all of `hold`, and the mildest value of that time.
    public func judge(_ series: Series, interval: Duration) -> (level: Level, value: Double)? {
        let points = max(1, Int((hold.seconds / max(interval.seconds, 0.1)).rounded(.up)))
        let mildest = lowIsBad ? series.highest(ofLast: points) : series.lowest(ofLast: points)
        guard let mildest else { return nil }
        return (level(of: mildest), mildest)
    }

    /// Ignoring the hold time: for the colour of a single cell.
    public func level(of value: Double) -> Level {
        if lowIsBad { return value < crit ? .crit : value < warn ? .warn : .ok }
        return value > crit ? .crit : value > warn ? .warn : .ok
    }

    public func limit(of level: Level) -> Double { level == .crit ? crit : warn }
}

/// A level that is left more slowly than it is reached, so that a value around its limit does not make it flap: it is
/// reached as `Threshold.judge` says, and left when all known points of `release` stayed below `margin` of the limit, or
/// when nothing is known any more. For limits that are bad above.
public struct HeldLevel: Sendable, Equatable {
    public static let release = Duration.seconds(15)
    public static let margin = 0.8

    public private(set) var level = Level.ok
    /// The mildest value of the time that the limit was broken; `nil` when it is not any more, and the level only held.
    public private(set) var value: Double?

    public init() {}

    public mutating func follow(_ threshold: Threshold, _ series: Series, interval: Duration) {
        let raised = threshold.judge(series, interval: interval)
        let points = max(1, Int((Self.release.seconds / max(interval.seconds, 0.1)).rounded(.up)))
        var held = level
        if let highest = series.highest(ofLast: points) {
            if highest < threshold.warn * Self.margin {
                held = .ok
            } else if highest < threshold.crit * Self.margin {
                held = min(held, .warn)
            }
        } else if series.isUnknown(forLast: points) {
            held = .ok
        }
        level = max(held, raised?.level ?? .ok)
        value = raised.flatMap { $0.level == level ? $0.value : nil }
    }
}
