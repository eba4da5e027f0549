import Console
import Trust

/// Takes one file apart, and notes all that is wrong with it.
struct ConfigurationReader {
    var problems = JSON5Problems()
    let file: String

    /// Of `config.json5`.
    mutating func read(_ root: JSON5Cursor) -> Configuration {
        var result = Configuration()
        let given = problems.object(root, keys: Configuration.Key.allCases.map(\.rawValue))
        func value(_ key: Configuration.Key) -> JSON5Cursor? { given[key.rawValue] }
        result.hosts = hosts(value(.hosts))
        for (name, place, cursor) in problems.members(of: value(.contexts)) {
            if let context = context(cursor, name: name, at: place) { result.contexts.append(context) }
        }
        result.context = problems.take(value(.context)) { (cursor) throws(JSON5Problem) in try Self.contextName(cursor)
        }
        result.theme = problems.take(value(.theme)) { (cursor) throws(JSON5Problem) in
            try cursor.choice(Theme.all.map(\.name))
        }
        result.glyphs = problems.take(value(.glyphs)) { (cursor) throws(JSON5Problem) in
            try cursor.choice(Glyphs.all.map(\.name))
        }
        result.mouse = problems.take(value(.mouse)) { (cursor) throws(JSON5Problem) in try cursor.flag() }
        result.alerts = value(.alerts).map { alerts($0) }
        let actions = problems.members(of: value(.keys))
        for (action, _, cursor) in actions {
            result.keys[action] = problems.take(cursor) { (cursor) throws(JSON5Problem) in try Self.names(cursor) }
        }
        do throws(KeyTable.Problem) {
            _ = try KeyTable(changing: result.keys)
        } catch {
            let place = actions.first { $0.key == error.action }?.place ?? root.value.place
            problems.note(JSON5Problem(place: place, key: "keys.\(error.action)", reason: error.sentence))
        }
        let views = problems.object(value(.columns), keys: ColumnChoices.View.allCases.map(\.rawValue))
        for view in ColumnChoices.View.allCases {
            result.columns[view] = problems.take(views[view.rawValue]) { (cursor) throws(JSON5Problem) in
                try Self.changes(cursor, view)
            }
        }
        note(given, in: &result)
        return result
    }

    /// Of a file below `contexts`, which is one context.
    mutating func read(_ root: JSON5Cursor, contextNamed name: String) -> HostContext? {
        context(root, name: name, at: root.value.place)
    }

    private func note(_ given: [String: JSON5Cursor], in result: inout Configuration) {
        for key in Configuration.Key.allCases {
            guard let cursor = given[key.rawValue] else { continue }
            if key.isByName, case .object(let members) = cursor.value.content {
                for member in members {
                    result.note("\(key.rawValue).\(member.key)", .init(value: member.value, file: file))
                }
            } else {
                result.note(key.rawValue, .init(value: cursor.value, file: file))
            }
        }
    }

    // MARK: contexts and hosts

    private mutating func context(_ cursor: JSON5Cursor, name: String, at place: JSON5Place) -> HostContext? {
        if !HostContext.isName(name) {
            let reason = "a context's name has 1 to 64 letters, digits, dots, dashes and underscores"
            problems.note(JSON5Problem(place: place, key: cursor.path, reason: reason))
        }
        let given = problems.object(cursor, keys: ["hosts", "protected"])
        if given["hosts"] == nil { problems.note(cursor.problem("it needs hosts: [ … ]")) }
        let isProtected = problems.take(given["protected"]) { (cursor) throws(JSON5Problem) in try cursor.flag() }
        return hosts(given["hosts"]).map { hosts in
            HostContext(
                name: name, hosts: hosts, isProtected: isProtected ?? HostContext.isProtected(named: name),
                place: "\(file):\(place.line)")
        }
    }

    private mutating func hosts(_ cursor: JSON5Cursor?) -> [HostEntry]? {
        guard let elements = problems.take(cursor, { (cursor) throws(JSON5Problem) in try cursor.list() }) else {
            return nil
        }
        return elements.compactMap { element in
            switch element.value.content {
            case .text:
                return problems.take(element) { (cursor) throws(JSON5Problem) in HostEntry(try Self.source(cursor)) }
            case .object: return entry(element)
            default:
                problems.note(element.wrong("a text or an object { … }"))
                return nil
            }
        }
    }

    private mutating func entry(_ cursor: JSON5Cursor) -> HostEntry? {
        let given = problems.object(cursor, keys: ["addr", "name", "labels"])
        var labels: [String: String] = [:]
        for (label, place, value) in problems.members(of: given["labels"]) {
            if !HostEntry.isLabel(label) {
                let reason = "a label has 1 to 64 letters, digits, dashes and underscores, and begins with a letter"
                problems.note(JSON5Problem(place: place, key: value.path, reason: reason))
            }
            labels[label] = problems.take(value) { (cursor) throws(JSON5Problem) in try cursor.text() }
        }
        let name = problems.take(given["name"]) { (cursor) throws(JSON5Problem) in try cursor.name() }
        guard let addr = given["addr"] else {
            problems.note(cursor.problem("it needs an addr"))
            return nil
        }
        return problems.take(addr) { (cursor) throws(JSON5Problem) in
            let text = try Self.source(cursor)
            // Several hosts of one name could not be told apart.
            if name != nil, (try? HostSource(parsing: text))?.isOneHost != true {
                throw cursor.problem("with a name it must be one address")
            }
            return HostEntry(text, name: name, labels: labels)
        }
    }

    private static func source(_ cursor: JSON5Cursor) throws(JSON5Problem) -> String {
        let text = try cursor.name()
        do throws(HostSource.Problem) {
            _ = try HostSource(parsing: text)
        } catch {
            throw cursor.problem(error.sentence)
        }
        return text
    }

    private static func contextName(_ cursor: JSON5Cursor) throws(JSON5Problem) -> String {
        let name = try cursor.name()
        guard HostContext.isName(name) else { throw cursor.problem("it must be the name of a context") }
        return name
    }

    // MARK: keys and columns

    /// One text, or a list of them.
    private static func names(_ cursor: JSON5Cursor) throws(JSON5Problem) -> [String] {
        if case .text = cursor.value.content { return [try cursor.name()] }
        guard case .list = cursor.value.content else { throw cursor.wrong("a text or a list of them") }
        var names: [String] = []
        for element in try cursor.list() { names.append(try element.name()) }
        return names
    }

    private static func changes(
        _ cursor: JSON5Cursor, _ view: ColumnChoices.View
    ) throws(JSON5Problem) -> [ColumnChange] {
        var changes: [ColumnChange] = []
        for element in try cursor.list() {
            guard let change = ColumnChange(try element.name()) else {
                throw element.problem("it must be \"+column\", \"-column\" or \"column@PLACE\", such as \"lag@2\"")
            }
            if let problem = change.problem(in: view) { throw element.problem(problem) }
            changes.append(change)
        }
        return changes
    }
}

extension HostSource {
    /// Whether it can only ever be one host.
    var isOneHost: Bool {
        switch self {
        case .addresses(let names), .ssh(let names): names.count == 1
        case .socket: true
        case .enrolled, .local, .file, .discovery, .service, .command: false
        }
    }
}
