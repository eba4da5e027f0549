import Transport
import Trust

/// Takes a configuration apart, and notes all that is wrong with it.
struct ConfigurationReader {
    var problems = JSON5Problems()
    private static let keys = ["hostName", "interval", "under", "match", "listen", "metricsListen", "readOnly", "apps"]

    mutating func read(_ root: JSON5Cursor) -> Configuration {
        var configuration = Configuration()
        let given = problems.object(root, keys: Self.keys)
        configuration.hostName = problems.take(given["hostName"], Self.hostName)
        configuration.interval = problems.take(given["interval"]) { (cursor) throws(JSON5Problem) in
            let seconds = try cursor.number()
            guard seconds >= 0.1, seconds <= 60 else { throw cursor.problem("it must be 0.1 to 60 seconds") }
            return seconds
        }
        configuration.under = problems.take(given["under"]) { (cursor) throws(JSON5Problem) in
            Int32(clamping: try cursor.whole(1...Int(Int32.max)))
        }
        configuration.match = problems.take(given["match"]) { (cursor) throws(JSON5Problem) in try cursor.expression() }
        configuration.listen = addresses(given["listen"])
        configuration.metricsListen = problems.take(given["metricsListen"]) { (cursor) throws(JSON5Problem) in
            try Self.socketName(cursor, SocketName.init(loopback:))
        }
        configuration.readOnly = problems.take(given["readOnly"]) { (cursor) throws(JSON5Problem) in try cursor.flag() }
        configuration.apps = apps(given["apps"])
        return configuration
    }

    private static func hostName(_ cursor: JSON5Cursor) throws(JSON5Problem) -> String {
        let name = try cursor.name()
        guard Surroundings.isHostName(name) else {
            throw cursor.problem("it may be 1 to 64 letters, digits, dots, dashes and underscores: selectors go by it")
        }
        return name
    }

    private mutating func addresses(_ cursor: JSON5Cursor?) -> [String]? {
        let list = problems.take(cursor) { (cursor) throws(JSON5Problem) in try cursor.list() }
        return list.map { elements in
            elements.compactMap { element in
                problems.take(element) { (cursor) throws(JSON5Problem) in
                    _ = try Self.socketName(cursor) { (text) throws(TransportError) in try SocketName(parsing: text) }
                    return try cursor.name()
                }
            }
        }
    }

    private static func socketName(
        _ cursor: JSON5Cursor, _ read: (String) throws(TransportError) -> SocketName
    ) throws(JSON5Problem) -> SocketName {
        let text = try cursor.name()
        do throws(TransportError) { return try read(text) } catch { throw cursor.problem(error.text) }
    }

    private mutating func apps(_ cursor: JSON5Cursor?) -> [AppConfiguration] {
        var apps: [AppConfiguration] = []
        var shown: [String: String] = [:]
        for (name, place, value) in problems.members(of: cursor) {
            if let reason = Self.objection(toName: name) {
                problems.note(JSON5Problem(place: place, key: value.path, reason: reason))
            }
            var reader = AppReader(problems: problems)
            let app = reader.read(value, name: name)
            problems = reader.problems
            if let other = shown.updateValue(name, forKey: app.shownName) {
                let reason = "it is called \"\(app.shownName)\" as \(other) is: nobody could tell them apart"
                problems.note(JSON5Problem(place: place, key: value.path, reason: reason))
            }
            apps.append(app)
        }
        return apps
    }

    /// What a name of an app must be; why not, where it is not.
    static func objection(toName name: String) -> String? {
        if name.isEmpty { return "an app needs a name" }
        if name == "*" { return "name the apps: here is no entry for all of them" }
        return name.utf8.count > longestName ? "a name has at most \(longestName) bytes" : nil
    }

    /// As many as travel.
    private static let longestName = 96
}
