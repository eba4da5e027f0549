import Control
import Model
import Trust

/// What stands below the name of one app.
struct AppReader {
    var problems: JSON5Problems

    private static let keys = [
        "match", "hide", "rename", "expected", "restart", "reload", "stop", "start", "ready", "runAs", "thresholds",
        "rules",
    ]
    /// Times that a command or a worker may take.
    private static let patience = Duration.seconds(1)...Duration.seconds(3600)

    mutating func read(_ cursor: JSON5Cursor, name: String) -> AppConfiguration {
        var app = AppConfiguration(name: name)
        let given = problems.object(cursor, keys: Self.keys)
        app.match = given["match"].map { match($0) }
        app.hide = problems.take(given["hide"]) { (cursor) throws(JSON5Problem) in try cursor.flag() } ?? false
        app.rename = problems.take(given["rename"]) { (cursor) throws(JSON5Problem) in
            let name = try cursor.text()
            if let reason = ConfigurationReader.objection(toName: name) { throw cursor.problem(reason) }
            return name
        }
        app.expected = problems.take(given["expected"]) { (cursor) throws(JSON5Problem) in
            UInt32(clamping: try cursor.whole(1...10_000))
        }
        restart(given["restart"], of: &app)
        reload(given["reload"], of: &app)
        app.stop = onlyCommand(given["stop"])
        app.start = onlyCommand(given["start"])
        app.ready = onlyCommand(given["ready"])
        app.runAs = problems.take(given["runAs"]) { (cursor) throws(JSON5Problem) in try cursor.user() }
        let commands = [app.restart.command, app.reload.command, app.stop, app.start, app.ready]
        if let runAs = given["runAs"], commands.allSatisfy({ $0 == nil }) {
            problems.note(runAs.problem("there is no command here that could run as this user"))
        }
        app.thresholds = thresholds(given["thresholds"])
        app.rules = rules(given["rules"])
        return app
    }

    private mutating func match(_ cursor: JSON5Cursor) -> ProcessMatch {
        var match = ProcessMatch()
        let given = problems.object(cursor, keys: ["command", "executable", "unit", "user"])
        match.command = problems.take(given["command"]) { (cursor) throws(JSON5Problem) in try cursor.expression() }
        match.executable = problems.take(given["executable"]) { (cursor) throws(JSON5Problem) in
            let path = try cursor.name()
            guard path.hasPrefix("/") else { throw cursor.problem("it must be an absolute path") }
            return path
        }
        match.unit = problems.take(given["unit"]) { (cursor) throws(JSON5Problem) in
            let unit = try cursor.name()
            guard unit.hasSuffix(".service"), !unit.contains("/") else {
                throw cursor.problem("it must be the name of a service, such as \"web.service\" or \"web@.service\"")
            }
            return unit
        }
        match.uid = problems.take(given["user"]) { (cursor) throws(JSON5Problem) in try cursor.user() }
        if cursor.isEmptyObject {
            problems.note(cursor.problem("it is empty, and would be every process"))
        }
        return match
    }

    // MARK: ways to restart, reload, stop and start

    private mutating func restart(_ cursor: JSON5Cursor?, of app: inout AppConfiguration) {
        let given = problems.object(cursor, keys: ["signal", "command", "grace", "within"])
        // A last signal, KILL, comes after the grace in any case; here it may be the first.
        app.restart = way(given, of: cursor, signals: SignalNumber.allowed + [SignalNumber.kill])
        app.grace = problems.take(given["grace"]) { (cursor) throws(JSON5Problem) in
            try cursor.duration(Self.patience)
        }
        app.within = problems.take(given["within"]) { (cursor) throws(JSON5Problem) in
            try cursor.duration(Self.patience)
        }
    }

    private mutating func reload(_ cursor: JSON5Cursor?, of app: inout AppConfiguration) {
        let given = problems.object(cursor, keys: ["signal", "command"])
        app.reload = way(given, of: cursor, signals: SignalNumber.allowed)
        if let cursor, cursor.isEmptyObject {
            problems.note(cursor.problem("it needs a signal or a command"))
        }
    }

    private mutating func way(
        _ given: [String: JSON5Cursor], of cursor: JSON5Cursor?, signals: [UInt8]
    ) -> AppConfiguration.Way {
        if let cursor, given["signal"] != nil, given["command"] != nil {
            problems.note(cursor.problem("give a signal or a command, not both"))
        }
        let signal = problems.take(given["signal"]) { (cursor) throws(JSON5Problem) in
            let signal = try cursor.signal()
            guard signals.contains(signal) else { throw cursor.problem("this signal asks a process for nothing") }
            return signal
        }
        return AppConfiguration.Way(signal: signal, command: problems.take(given["command"], Self.command))
    }

    private mutating func onlyCommand(_ cursor: JSON5Cursor?) -> [String]? {
        let given = problems.object(cursor, keys: ["command"])
        if let cursor, cursor.isEmptyObject {
            problems.note(cursor.problem("it needs a command"))
        }
        return problems.take(given["command"], Self.command)
    }

    /// An argument vector: there is no shell.
    private static func command(_ cursor: JSON5Cursor) throws(JSON5Problem) -> [String] {
        guard case .list = cursor.value.content else {
            throw cursor.problem(
                "it must be a list of arguments, such as [\"systemctl\", \"restart\", \"web\"]: no shell reads it")
        }
        let elements = try cursor.list()
        guard (1...64).contains(elements.count) else { throw cursor.problem("it must have 1 to 64 arguments") }
        var words: [String] = []
        for element in elements {
            let word = words.isEmpty ? try element.name() : try element.text()
            guard word.utf8.count <= 4096, !word.utf8.contains(0) else {
                throw element.problem("an argument has at most 4096 bytes, none of them 0")
            }
            words.append(word)
        }
        if let program = words.first, program.contains("/"), !program.hasPrefix("/"), !program.contains("{") {
            throw elements[0].problem("it must be an absolute path, or a name without a slash")
        }
        return words
    }

    // MARK: thresholds and rules

    private mutating func thresholds(_ cursor: JSON5Cursor?) -> [ActionRule] {
        let given = problems.object(cursor, keys: ["memory", "lag", "silent"])
        var rules: [ActionRule] = []
        func tell(_ condition: ActionRule.Condition, for lasting: Duration = ActionRule.usualLasting) {
            rules.append(ActionRule(condition: condition, lasting: lasting, deed: .tell, mostPerHour: 60))
        }
        if let bytes = problems.take(given["memory"], { (cursor) throws(JSON5Problem) in try cursor.bytes() }) {
            tell(.memory(above: bytes))
        }
        let lag = problems.take(given["lag"]) { (cursor) throws(JSON5Problem) in
            try cursor.duration(ActionRule.lagRange)
        }
        if let lag { tell(.lag(above: lag)) }
        let silent = problems.take(given["silent"]) { (cursor) throws(JSON5Problem) in
            try cursor.duration(ActionRule.lastingRange)
        }
        if let silent { tell(.silent, for: silent) }
        return rules
    }

    private mutating func rules(_ cursor: JSON5Cursor?) -> [ActionRule] {
        let elements = problems.take(cursor) { (cursor) throws(JSON5Problem) in
            let elements = try cursor.list()
            guard elements.count <= 16 else { throw cursor.problem("an app has at most 16 rules") }
            return elements
        }
        return (elements ?? []).compactMap { rule($0) }
    }

    private mutating func rule(_ cursor: JSON5Cursor) -> ActionRule? {
        let given = problems.object(cursor, keys: ["when", "do", "cooldown", "mostPerHour"])
        for key in ["when", "do"] where given[key] == nil {
            guard case .object = cursor.value.content else { return nil }
            problems.note(cursor.problem("it needs \"\(key)\""))
        }
        let condition = problems.take(given["when"]) { (cursor) throws(JSON5Problem) in
            switch ActionRule.condition(try cursor.text()) {
            case .success(let condition): return condition
            case .failure(let objection): throw cursor.problem(objection.reason)
            }
        }
        let deed = problems.take(given["do"]) { (cursor) throws(JSON5Problem) in
            let word = try cursor.choice(ActionRule.Deed.allCases.map(\.rawValue))
            guard let deed = ActionRule.Deed(rawValue: word) else { throw cursor.problem("it is not known") }
            return deed
        }
        let cooldown = problems.take(given["cooldown"]) { (cursor) throws(JSON5Problem) in
            try cursor.duration(.seconds(10)...(.seconds(7 * 86_400)))
        }
        let most = problems.take(given["mostPerHour"]) { (cursor) throws(JSON5Problem) in
            UInt32(clamping: try cursor.whole(1...60))
        }
        guard let (condition, lasting) = condition, let deed else { return nil }
        return ActionRule(
            condition: condition, lasting: lasting, deed: deed, cooldown: cooldown ?? ActionRule.usualCooldown,
            mostPerHour: most ?? ActionRule.usualMostPerHour)
    }
}
