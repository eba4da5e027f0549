import Console
import Model

/// How bad it is, the mildest first; what is not known is worse than what is known to be fine.
enum CheckLevel: Int, Comparable, Sendable, CaseIterable {
    case ok, unknown, warning, critical

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    var word: String {
        switch self {
        case .ok: "OK"
        case .unknown: "UNKNOWN"
        case .warning: "WARNING"
        case .critical: "CRITICAL"
        }
    }

    /// Of the monitoring plug-in convention.
    var exitCode: Int32 {
        switch self {
        case .ok: 0
        case .warning: 1
        case .critical: 2
        case .unknown: 3
        }
    }
}

/// Rows against two conditions, once or for some time, as one line for monitoring systems.
struct CheckReport: Sendable {
    let kind: Listing.Kind
    let warn: Filter?
    let crit: Filter?
    /// Of each row the mildest that it was in any look: what held all the time is what counts.
    private var mildest: [String: CheckLevel] = [:]
    private var rows: [JudgedRow] = []

    init(_ kind: Listing.Kind, warn: Filter?, crit: Filter?) {
        self.kind = kind
        self.warn = warn
        self.crit = crit
    }

    /// The rows as they are now: the last look says which there are.
    mutating func look(_ rows: [JudgedRow]) {
        self.rows = rows
        var levels: [String: CheckLevel] = [:]
        for row in rows {
            let level = level(of: row)
            levels[row.id] = min(mildest[row.id] ?? level, level)
        }
        mildest = levels
    }

    private func level(of row: JudgedRow) -> CheckLevel {
        func holds(_ condition: Filter?) -> Bool? { if let condition { condition.holds(row) } else { false } }
        let (isCritical, isWarning) = (holds(crit), holds(warn))
        if isCritical == true { return .critical }
        if isWarning == true { return .warning }
        return isCritical == nil || isWarning == nil ? .unknown : .ok
    }

    /// - Parameters:
    ///   - silence: the hosts that do not answer and why; `nil` when all do.
    ///   - unreachable: how bad that is.
    func result(silence: String?, unreachable: CheckLevel) -> (level: CheckLevel, line: String) {
        let levels = rows.map { mildest[$0.id] ?? .unknown }
        var parts: [(level: CheckLevel, text: String)] = []
        if let silence { parts.append((unreachable, "not answering: \(silence)")) }
        for level in [CheckLevel.critical, .warning, .unknown] {
            let concerned = zip(rows, levels).filter { $0.1 == level && !($0.1 == .unknown && $0.0.isOld) }
                .map(\.0)  // why nothing is known of old rows is said already
            if !concerned.isEmpty { parts.append((level, sentence(level, concerned))) }
        }
        if rows.isEmpty, silence == nil { parts.append((.unknown, "nothing matched")) }
        let worst = parts.map(\.level).max() ?? .ok
        if parts.isEmpty { parts = [(.ok, "\(kind.counted(rows.count)) checked")] }
        // A bar begins the numbers, and names come from elsewhere.
        let text = parts.sorted { $0.level > $1.level }.map(\.text).joined(separator: "; ")
        let harmless = SafeText(text).string.map { $0 == "|" ? "/" : $0 }
        return (worst, "LOOPTOP \(worst.word) - \(String(harmless)) | \(numbers(levels))\n")
    }

    private static let mostNamed = 3

    /// `2 of 4 workers lag99>250ms: web-1/api#2 (lag99 612ms), ...`
    private func sentence(_ level: CheckLevel, _ concerned: [JudgedRow]) -> String {
        let condition =
            switch level {
            case .critical: crit?.text ?? ""
            case .warning: warn?.text ?? ""
            case .unknown, .ok: "not known"
            }
        let keys = (warn?.keys ?? []).union(crit?.keys ?? [])
        let named = concerned.prefix(Self.mostNamed).map { "\($0.path) (\($0.text(of: keys)))" }
        let more = concerned.count > Self.mostNamed ? ", and \(concerned.count - Self.mostNamed) more" : ""
        return "\(concerned.count) of \(kind.counted(rows.count)) \(condition): " + named.joined(separator: ", ") + more
    }

    /// Performance data: the worst value of each number that is asked for, with its limits, and counts.
    private func numbers(_ levels: [CheckLevel]) -> String {
        let warnings = warn?.tree?.comparisons ?? [:]
        let criticals = crit?.tree?.comparisons ?? [:]
        var parts = Set(warnings.keys).union(criticals.keys).sorted().compactMap { key -> String? in
            guard case .number(let quantity)? = RowFilterKeys.all.first(where: { $0.id == key })?.kind,
                let first = warnings[key] ?? criticals[key]
            else { return nil }
            let values = rows.compactMap { $0.value(key).known }
            let worst = first.isUpper ? values.max() : values.min()
            let value = worst.map { quantity.plain($0) + quantity.unit } ?? "U"
            let limits = [warnings[key], criticals[key]].map { $0?.range(quantity) ?? "" }
            return "'\(key)'=\(value);\(limits[0]);\(limits[1]);0"
        }
        parts.append("'checked'=\(rows.count);;;0")
        for level in [CheckLevel.warning, .critical, .unknown] {
            parts.append("'\(level.word.lowercased())'=\(levels.filter { $0 == level }.count);;;0")
        }
        return parts.joined(separator: " ")
    }
}

/// A number of a condition.
struct NumberLimit: Sendable {
    let comparison: FilterComparison
    let limit: Double

    /// Whether the highest value is the worst.
    var isUpper: Bool { comparison == .above || comparison == .atLeast || comparison == .equal }

    /// The range outside of which it alarms, as plug-ins write it; empty for what is no range.
    func range(_ quantity: Quantity) -> String {
        switch comparison {
        case .above, .atLeast: quantity.plain(limit)
        case .below, .atMost: quantity.plain(limit) + ":"
        case .equal, .unequal: ""
        }
    }
}

extension FilterTree {
    /// The first comparison of each key that is asked as a number; what is inside of `not` says no limit.
    var comparisons: [FilterKey.ID: NumberLimit] {
        switch self {
        case .all(let parts), .any(let parts):
            parts.reduce(into: [:]) { $0.merge($1.comparisons) { first, _ in first } }
        case .number(let key, let comparison, let limit): [key: NumberLimit(comparison: comparison, limit: limit)]
        case .not, .word, .text, .rank, .unknown: [:]
        }
    }
}

extension FilterValue {
    /// What is only "at most" was not measured.
    fileprivate var known: Double? {
        switch self {
        case .number(let number), .atLeast(let number): number
        case .atMost, .texts, .rank, .unknown: nil
        }
    }
}

extension Quantity {
    /// Of the plug-in convention.
    fileprivate var unit: String {
        switch self {
        case .share: "%"
        case .seconds: "s"
        case .bytes: "B"
        case .count: ""
        }
    }

    /// In that unit.
    fileprivate func plain(_ value: Double) -> String { plainNumber(self == .share ? value * 100 : value) }
}
