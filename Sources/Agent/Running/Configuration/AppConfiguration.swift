import Control
import Discovery

/// What the configuration says of one app.
struct AppConfiguration: Hashable, Sendable {
    /// The key below `apps`: what discovery calls the app by itself or, with a `match`, what it is to be called.
    var name: String
    var match: ProcessMatch?
    var hide = false
    var rename: String?
    var expected: UInt32?
    var restart = Way()
    var grace: Duration?
    /// How long a replacement may take.
    var within: Duration?
    var reload = Way()
    var stop: [String]?
    var start: [String]?
    var ready: [String]?
    var runAs: UInt32?
    var thresholds: [ActionRule] = []
    var rules: [ActionRule] = []

    /// By a signal or by a command; neither: as the playbook has it.
    struct Way: Hashable, Sendable {
        var signal: UInt8?
        var command: [String]?
    }

    init(name: String) { self.name = name }

    /// What it is called on the screens.
    var shownName: String { rename ?? name }

    /// For discovery; `nil` where it says nothing to it.
    var appOverride: AppOverride? {
        guard match != nil || hide || rename != nil || expected != nil else { return nil }
        return AppOverride(name: name, match: match?.predicate(), hide: hide, rename: rename, expected: expected)
    }

    /// For control; `nil` where it leaves everything to the playbook.
    var strategy: AppStrategy? {
        let strategy = AppStrategy(
            restartSignal: restart.signal, reloadSignal: reload.signal, restartCommand: restart.command,
            reloadCommand: reload.command, stopCommand: stop, startCommand: start, readyCommand: ready, runAs: runAs,
            grace: grace, replacementLimit: within)
        return strategy == AppStrategy() ? nil : strategy
    }
}
