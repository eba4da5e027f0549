import Console
import Model

/// How bad a value is.
enum Level: Int, Comparable, Sendable {
    case ok, warn, crit

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A level and why, in words; the worst reason first.
struct Grade: Sendable, Equatable {
    private(set) var level: Level = .ok
    private(set) var reasons: [String] = []

    init() {}

    mutating func add(_ level: Level, _ reason: String) {
        guard level > .ok else { return }
        if level > self.level {
            reasons.insert(reason, at: 0)
            self.level = level
        } else {
            reasons.append(reason)
        }
    }
}

/// A limit that a value has to break for some time before it counts.
struct Threshold: Sendable {
    /// What its values are: shares (1 is everything) or seconds.
    enum Unit: Sendable { case share, seconds }

    let warn: Double
    let crit: Double
    /// Every known point of this long must break the limit; one good or missing point starts the wait anew.
    let hold: Duration
    var lowIsBad = false
    var unit = Unit.share

    static let loopUtilisation = Threshold(warn: 0.85, crit: 0.97, hold: .seconds(60))
    /// Of one core.
    static let workerCPU = Threshold(warn: 0.85, crit: 0.97, hold: .seconds(60))
    static let hostCPU = Threshold(warn: 0.85, crit: 0.95, hold: .seconds(60))
    static let pressureCPU = Threshold(warn: 0.40, crit: 0.70, hold: .seconds(60))
    static let memoryAvailable = Threshold(warn: 0.15, crit: 0.05, hold: .seconds(30), lowIsBad: true)
    /// What one event in a hundred has to wait, at least.
    static let lagP99 = Threshold(warn: 0.1, crit: 0.25, hold: .seconds(30), unit: .seconds)
    /// Age of a stall that is not over: at once.
    static let openStall = Threshold(warn: 1, crit: 5, hold: .zero, unit: .seconds)

    /// The level that held for all of `hold`, and the mildest value of that time.
    func judge(_ series: Series, interval: Duration) -> (level: Level, value: Double)? {
        let points = max(1, Int((hold.seconds / max(interval.seconds, 0.1)).rounded(.up)))
        let mildest = lowIsBad ? series.highest(ofLast: points) : series.lowest(ofLast: points)
        guard let mildest else { return nil }
        return (level(of: mildest), mildest)
    }

    /// Ignoring the hold time: for the colour of a single cell.
    func level(of value: Double) -> Level {
        if lowIsBad { return value < crit ? .crit : value < warn ? .warn : .ok }
        return value > crit ? .crit : value > warn ? .warn : .ok
    }

    /// "97%", "250ms".
    func text(_ value: Double) -> String {
        switch unit {
        case .share: "\(Int((value * 100).rounded()))%"
        case .seconds: Format.milliseconds(value * 1000).string
        }
    }

    func limit(of level: Level) -> Double { level == .crit ? crit : warn }

    /// "above 97% for 60 s", "below 5% for 30 s".
    func words(for level: Level) -> String {
        "\(lowIsBad ? "below" : "above") \(text(limit(of: level))) for \(Int(hold.seconds)) s"
    }
}

/// A level that is left more slowly than it is reached, so that a value around its limit does not make it flap: it is
/// reached as `Threshold.judge` says, and left when all known points of `release` stayed below `margin` of the limit, or
/// when nothing is known any more. For limits that are bad above.
struct HeldLevel: Sendable, Equatable {
    static let release = Duration.seconds(15)
    static let margin = 0.8

    private(set) var level = Level.ok
    /// The mildest value of the time that the limit was broken; `nil` when it is not any more, and the level only held.
    private(set) var value: Double?

    mutating func follow(_ threshold: Threshold, _ series: Series, interval: Duration) {
        let raised = threshold.judge(series, interval: interval)
        let points = max(1, Int((Self.release.seconds / max(interval.seconds, 0.1)).rounded(.up)))
        var held = level
        if let highest = series.highest(ofLast: points) {
            if highest < threshold.warn * Self.margin {
                held = .ok
            } else if highest < threshold.crit * Self.margin {
                held = min(held, .warn)
            }
        } else if series.suffix(points).allSatisfy({ $0 == nil }) {
            held = .ok
        }
        level = max(held, raised?.level ?? .ok)
        value = raised.flatMap { $0.level == level ? $0.value : nil }
    }
}

extension Grade {
    /// `worst`: whom it is about, with the number of now.
    mutating func add(
        _ threshold: Threshold, _ series: Series, interval: Duration, worst: String? = nil, _ text: (String) -> String
    ) {
        guard let (level, value) = threshold.judge(series, interval: interval), level > .ok else { return }
        add(level, "\(text(threshold.text(value))), \(threshold.words(for: level))" + suffix(worst))
    }

    private func suffix(_ worst: String?) -> String { worst.map { "; worst \($0)" } ?? "" }

    mutating func add(_ held: HeldLevel, of threshold: Threshold, _ name: String, worst: String? = nil) {
        guard held.level > .ok else { return }
        if let value = held.value {
            add(held.level, "\(name) \(threshold.text(value)), \(threshold.words(for: held.level))" + suffix(worst))
        } else {
            let limit = threshold.text(threshold.limit(of: held.level))
            add(held.level, "\(name) was above \(limit) and has not settled yet" + suffix(worst))
        }
    }
}
