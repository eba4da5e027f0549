/// What is different between two configurations, in words.
struct ConfigurationChanges {
    /// One change each; empty where nothing is different.
    let lines: [String]

    /// - Parameter first: the one the agent was started with, whose top level stays in force.
    init(from old: Configuration, to new: Configuration, startedWith first: Configuration) {
        var lines: [String] = []
        for app in new.apps {
            guard let before = old.apps.first(where: { $0.name == app.name }) else {
                lines.append("an entry for app \(app.name) was added")
                continue
            }
            let keys = Self.keys(different: before, app)
            if !keys.isEmpty { lines.append("app \(app.name): other \(keys.joined(separator: ", "))") }
        }
        for app in old.apps where !new.apps.contains(where: { $0.name == app.name }) {
            lines.append("the entry for app \(app.name) was removed")
        }
        let waiting = Self.waiting(first, new)
        if !waiting.isEmpty {
            let verb = waiting.count == 1 ? "waits" : "wait"
            lines.append("\(waiting.joined(separator: ", ")) \(verb) for a restart of the agent")
        }
        self.lines = lines
    }

    private static func keys(different old: AppConfiguration, _ new: AppConfiguration) -> [String] {
        var keys: [String] = []
        func compare(_ key: String, _ isSame: Bool) { if !isSame { keys.append(key) } }
        compare("match", old.match == new.match)
        compare("hide", old.hide == new.hide)
        compare("rename", old.rename == new.rename)
        compare("expected", old.expected == new.expected)
        compare("restart", old.restart == new.restart && old.grace == new.grace && old.within == new.within)
        compare("reload", old.reload == new.reload)
        compare("stop", old.stop == new.stop)
        compare("start", old.start == new.start)
        compare("ready", old.ready == new.ready)
        compare("runAs", old.runAs == new.runAs)
        compare("thresholds", old.thresholds == new.thresholds)
        compare("rules", old.rules == new.rules)
        return keys
    }

    /// What is read only when the agent starts.
    private static func waiting(_ first: Configuration, _ new: Configuration) -> [String] {
        [
            ("hostName", first.hostName == new.hostName), ("interval", first.interval == new.interval),
            ("under", first.under == new.under), ("match", first.match == new.match),
            ("listen", first.listen == new.listen),
            ("metricsListen", first.metricsListen == new.metricsListen), ("readOnly", first.readOnly == new.readOnly),
        ].filter { !$0.1 }.map(\.0)
    }
}
