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

/// A limit that a value has to break for some time before it counts. Values are shares: 1 is everything.
struct Threshold: Sendable {
    let warn: Double
    let crit: Double
    /// Every known point of this long must break the limit; one good or missing point starts the wait anew.
    let hold: Duration
    var lowIsBad = false

    static let loopUtilisation = Threshold(warn: 0.85, crit: 0.97, hold: .seconds(60))
    /// Of one core.
    static let workerCPU = Threshold(warn: 0.85, crit: 0.97, hold: .seconds(60))
    static let hostCPU = Threshold(warn: 0.85, crit: 0.95, hold: .seconds(60))
    static let pressureCPU = Threshold(warn: 0.40, crit: 0.70, hold: .seconds(60))
    static let memoryAvailable = Threshold(warn: 0.15, crit: 0.05, hold: .seconds(30), lowIsBad: true)

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

    /// "above 97 % for 60 s", "below 5 % for 30 s".
    func words(for level: Level) -> String {
        let limit = Int(((level == .crit ? crit : warn) * 100).rounded())
        return "\(lowIsBad ? "below" : "above") \(limit)% for \(Int(hold.seconds)) s"
    }
}

extension Grade {
    mutating func add(_ threshold: Threshold, _ series: Series, interval: Duration, _ text: (String) -> String) {
        guard let (level, value) = threshold.judge(series, interval: interval), level > .ok else { return }
        add(level, "\(text("\(Int((value * 100).rounded()))%")), \(threshold.words(for: level))")
    }
}
