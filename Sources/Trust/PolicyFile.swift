internal import Model

/// The rules of a policy's text: every key known, every value of its type, nothing twice.
struct PolicyFile {
    var apps: [String: PolicyRule]
    /// The weakest role that may look at the host.
    var read: Role
    /// Where that is said; line 0 where it is not.
    var readPlace: PolicyPlace
    /// Who may read logs of an app without a rule about them, and where that is said.
    var logs: LogRight
    var logsPlace: PolicyPlace

    /// A policy of a thousand apps has 250 KiB.
    static let largest = 512 * 1024

    /// `file` is for the messages. One byte too many is one too many.
    static func read(_ bytes: [UInt8], file: String) throws(TrustError) -> PolicyFile {
        guard bytes.count <= largest else {
            let start = JSON5Place(line: 1, column: 1)
            throw .policyProblems(
                file: file, [JSON5Problem(place: start, key: "", reason: "it is larger than \(largest >> 10) KiB")])
        }
        var problems = JSON5Problems()
        let root: JSON5Cursor
        do throws(JSON5Problem) {
            root = try JSON5Cursor(parsing: bytes)
        } catch {
            throw .policyProblems(file: file, [error])
        }
        let rules = rules(root, file: file, &problems)
        guard problems.all.isEmpty else { throw .policyProblems(file: file, problems.all) }
        return rules
    }

    private static func rules(
        _ root: JSON5Cursor, file: String, _ problems: inout JSON5Problems
    ) -> PolicyFile {
        let given = problems.object(root, keys: ["defaults", "apps"])
        let defaults = problems.object(given["defaults"], keys: ["read", "logs"])
        var rules: [String: PolicyRule] = [:]
        for (app, place, cursor) in problems.members(of: given["apps"]) {
            if app.isEmpty {
                problems.note(JSON5Problem(place: place, key: "apps", reason: "an app needs a name"))
            }
            rules[app] = rule(cursor, &problems)
            rules[app]?.place.file = file
            rules[app]?.place.line = place.line
        }
        return PolicyFile(
            apps: rules, read: problems.take(defaults["read"], role) ?? .viewer,
            readPlace: PolicyPlace(file: file, line: defaults["read"]?.value.place.line ?? 0),
            logs: problems.take(defaults["logs"], logRight) ?? .usual,
            logsPlace: PolicyPlace(file: file, line: defaults["logs"]?.value.place.line ?? 0))
    }

    private static let roleActions = Action.allCases.filter { $0 != .signal }

    private static func rule(_ cursor: JSON5Cursor, _ problems: inout JSON5Problems) -> PolicyRule {
        var rule = PolicyRule()
        let given = problems.object(cursor, keys: ["match", "limits", "logs"] + Action.allCases.map(\.word))
        for action in Action.allCases { rule.place.actions[action] = given[action.word]?.value.place.line }
        for action in roleActions { rule.roles[action] = problems.take(given[action.word], role) }
        rule.signals = signals(given[Action.signal.word], &problems)
        rule.logs = problems.take(given["logs"], logRight)
        rule.place.logs = given["logs"]?.value.place.line ?? 0
        rule.match = match(given["match"], &problems)
        let limits = problems.object(given["limits"], keys: ["restartsPerMinute", "maxUnavailable"])
        rule.restartsPerMinute = problems.take(limits["restartsPerMinute"]) { (cursor) throws(JSON5Problem) in
            UInt32(try cursor.whole(1...600))
        }
        rule.maxUnavailable = problems.take(limits["maxUnavailable"], maxUnavailable)
        return rule
    }

    private static func role(_ cursor: JSON5Cursor) throws(JSON5Problem) -> Role {
        let word = try cursor.choice(Role.allCases.map(\.word))
        guard let role = Role(word: word) else { throw cursor.problem("it must be a role") }
        return role
    }

    private static func logRight(_ cursor: JSON5Cursor) throws(JSON5Problem) -> LogRight {
        let word = try cursor.choice(Role.allCases.map(\.word) + [LogRight.nobodyWord])
        return Role(word: word).map { .role($0) } ?? .nobody
    }

    /// A role for the usual signals, or signals by role; a stronger role may send what a weaker one may.
    private static func signals(_ cursor: JSON5Cursor?, _ problems: inout JSON5Problems) -> [UInt8: Role] {
        guard let cursor else { return [:] }
        if case .text = cursor.value.content {
            guard let role = problems.take(cursor, role) else { return [:] }
            return Dictionary(uniqueKeysWithValues: PolicyRule.usualSignals.map { ($0, role) })
        }
        guard case .object = cursor.value.content else {
            problems.note(
                cursor.problem("it must be a role, or signals by role: { operator: [\"HUP\", \"USR1\"] }"))
            return [:]
        }
        var signals: [UInt8: Role] = [:]
        let roles = problems.object(cursor, keys: Role.allCases.map(\.word))
        for role in Role.allCases {
            let list = problems.take(roles[role.word]) { (cursor) throws(JSON5Problem) in try cursor.list() }
            for element in list ?? [] {
                guard let signal = problems.take(element, allowedSignal) else { continue }
                signals[signal] = min(signals[signal] ?? role, role)
            }
        }
        return signals
    }

    private static func allowedSignal(_ cursor: JSON5Cursor) throws(JSON5Problem) -> UInt8 {
        let signal = try cursor.signal()
        guard SignalNumber.allowed.contains(signal) else {
            throw cursor.problem("this one is sent to nobody; restart and stop end workers, and say what came of it")
        }
        return signal
    }

    private static func match(_ cursor: JSON5Cursor?, _ problems: inout JSON5Problems) -> PolicyMatch {
        var match = PolicyMatch()
        let given = problems.object(cursor, keys: ["unit", "executable", "user", "kind"])
        match.unit = problems.take(given["unit"]) { (cursor) throws(JSON5Problem) in try cursor.name() }
        match.executable = problems.take(given["executable"]) { (cursor) throws(JSON5Problem) in
            let path = try cursor.name()
            guard path.hasPrefix("/") else { throw cursor.problem("it must be an absolute path") }
            return path
        }
        match.uid = problems.take(given["user"]) { (cursor) throws(JSON5Problem) in try cursor.user() }
        match.kind = problems.take(given["kind"]) { (cursor) throws(JSON5Problem) in
            let word = try cursor.choice(GroupKind.allCases.map(\.word))
            guard let kind = GroupKind.allCases.first(where: { $0.word == word }) else {
                throw cursor.problem("it must be a kind of group")
            }
            return kind
        }
        if let cursor, cursor.isEmptyObject {
            problems.note(cursor.problem("it is empty; without it the name alone counts"))
        }
        return match
    }

    private static func maxUnavailable(_ cursor: JSON5Cursor) throws(JSON5Problem) -> MaxUnavailable {
        if case .number = cursor.value.content { return .count(UInt32(try cursor.whole(1...10_000))) }
        let text = try cursor.text()
        guard text.hasSuffix("%"), let percent = UInt32(text.dropLast()), (1...100).contains(percent) else {
            throw cursor.problem("it must be a number of workers, or a share such as \"25%\"")
        }
        return .percent(percent)
    }
}
