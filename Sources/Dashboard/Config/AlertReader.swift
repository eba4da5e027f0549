import Model
import Trust

/// `alerts` of `config.json5`.
extension ConfigurationReader {
    static let alertKeys = ["notify", "limits", "rules"]

    mutating func alerts(_ cursor: JSON5Cursor) -> AlertSettings {
        var result = AlertSettings()
        let given = problems.object(cursor, keys: Self.alertKeys)
        let notice = problems.take(given["notify"]) { (cursor) throws(JSON5Problem) in
            try cursor.choice(AlertNotice.allCases.map(\.rawValue))
        }
        result.notice = notice.flatMap(AlertNotice.init(rawValue:)) ?? .off
        for (app, _, cursor) in problems.members(of: given["limits"]) {
            let pairs = problems.object(cursor, keys: AppLimits.Subject.allCases.map(\.rawValue))
            var limits: [AppLimits.Subject: AppLimits.Pair] = [:]
            for subject in AppLimits.Subject.allCases {
                limits[subject] = problems.take(pairs[subject.rawValue]) { (cursor) throws(JSON5Problem) in
                    try Self.pair(cursor, subject.quantity)
                }
            }
            result.limits.append(AppLimits(app: Glob(app), pairs: limits))
        }
        for (name, place, cursor) in problems.members(of: given["rules"]) {
            if let rule = rule(cursor, name: name, at: place) { result.rules.append(rule) }
        }
        return result
    }

    /// `["300ms", "1s"]`: WARN and CRIT.
    private static func pair(_ cursor: JSON5Cursor, _ quantity: Quantity) throws(JSON5Problem) -> AppLimits.Pair {
        let elements = try cursor.list()
        guard elements.count == 2 else { throw cursor.problem("it must be two limits, for WARN and for CRIT") }
        let (warn, crit) = (try number(elements[0], quantity), try number(elements[1], quantity))
        guard warn <= crit else { throw cursor.problem("the limit for WARN must not be above that for CRIT") }
        return AppLimits.Pair(warn: warn, crit: crit)
    }

    private static func number(_ cursor: JSON5Cursor, _ quantity: Quantity) throws(JSON5Problem) -> Double {
        let text = try cursor.text()
        guard let value = quantity.parse(text[...]) else {
            throw cursor.problem("\"\(text)\" is not \(quantity == .share ? "a share" : "a time"): \(quantity.example)")
        }
        return value
    }

    private mutating func rule(_ cursor: JSON5Cursor, name: String, at place: JSON5Place) -> AlertRule? {
        // What alerts are told apart by is not to be made up twice.
        if name.isEmpty || name.utf8.count > 64 || name == AlertID.link {
            let reason = "a rule's name has 1 to 64 bytes, and is not \(AlertID.link)"
            problems.note(JSON5Problem(place: place, key: cursor.path, reason: reason))
        }
        let given = problems.object(cursor, keys: ["when", "for", "level"])
        if given["when"] == nil { problems.note(cursor.problem("it needs when: \"FILTER\"")) }
        let filter = problems.take(given["when"]) { (cursor) throws(JSON5Problem) in
            let text = try cursor.name()
            do throws(FilterProblem) {
                return try Filter(parsing: text)
            } catch {
                throw cursor.problem(error.sentence)
            }
        }
        let hold = problems.take(given["for"]) { (cursor) throws(JSON5Problem) in try Self.number(cursor, .seconds) }
        let level = problems.take(given["level"]) { (cursor) throws(JSON5Problem) in
            try cursor.choice(["warn", "crit"])
        }
        return filter.map {
            AlertRule(
                name: name, filter: $0, hold: .milliseconds(Int64(min(hold ?? 0, 86_400) * 1000)),
                level: level == "crit" ? .crit : .warn)
        }
    }
}
