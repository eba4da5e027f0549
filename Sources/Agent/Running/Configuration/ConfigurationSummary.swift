import Control
import Model
import Transport

/// A configuration as it was understood, for `check-config`.
struct ConfigurationSummary {
    let lines: [String]

    init(_ configuration: Configuration) {
        let settings: [(String, String?)] = [
            ("host name", configuration.hostName), ("interval", configuration.interval.map { "\($0) s" }),
            ("only below pid", configuration.under.map { "\($0)" }),
            ("only workers that match", configuration.match.map { "/\($0)/" }),
            ("listens on", configuration.listen?.joined(separator: ", ")),
            ("metrics on", configuration.metricsListen?.description),
            ("read-only", configuration.readOnly.map { $0 ? "yes" : "no" }),
        ]
        var lines = settings.compactMap { name, value in value.map { "\(name): \($0)" } }
        for app in configuration.apps {
            lines.append("app \(app.name)")
            lines += Self.lines(of: app).map { "  " + $0 }
        }
        self.lines = lines
    }

    private static func lines(of app: AppConfiguration) -> [String] {
        var lines: [String] = []
        lines.append("is: " + (app.match?.text ?? "what is found under this name"))
        if app.hide { lines.append("hidden") }
        if let name = app.rename { lines.append("shown as: \(name)") }
        if let size = app.expected { lines.append("expected: \(size) \(size == 1 ? "worker" : "workers")") }
        let restart =
            way(app.restart) + (app.grace.map { ["grace \(Quantity.text($0))"] } ?? [])
            + (app.within.map { ["a new one within \(Quantity.text($0))"] } ?? [])
        let ways = [
            ("restart", restart), ("reload", way(app.reload)), ("stop", words(app.stop)), ("start", words(app.start)),
            ("ready", words(app.ready)), ("commands run as user", app.runAs.map { ["\($0)"] } ?? []),
        ]
        for (name, parts) in ways where !parts.isEmpty { lines.append("\(name): \(parts.joined(separator: ", "))") }
        for rule in app.rules {
            let cooldown = Quantity.text(rule.cooldown)
            let often = "then not for \(cooldown), at most \(rule.mostPerHour) an hour"
            lines.append("when \(rule.text): \(rule.deed.rawValue), \(often)")
        }
        for rule in app.thresholds { lines.append("when \(rule.text): tell") }
        return lines
    }

    private static func way(_ way: AppConfiguration.Way) -> [String] {
        (way.signal.map { [SignalNumber.name($0)] } ?? []) + words(way.command)
    }

    /// An argument with a blank is quoted, so that its ends can be seen.
    private static func words(_ command: [String]?) -> [String] {
        guard let command else { return [] }
        return [command.map { $0.isEmpty || $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")]
    }
}
