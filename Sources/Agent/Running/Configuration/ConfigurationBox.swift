import Control
import Discovery
import Synchronization

/// The configuration in force, and what is made of it.
final class ConfigurationBox: Sendable {
    private struct InForce: Sendable {
        var configuration: Configuration
        var overrides: [AppOverride]
        /// By the name on the screens.
        var apps: [String: AppConfiguration]
        var generation: UInt64

        init(_ configuration: Configuration, generation: UInt64) {
            self.configuration = configuration
            overrides = configuration.apps.compactMap(\.appOverride)
            apps = Dictionary(configuration.apps.map { ($0.shownName, $0) }, uniquingKeysWith: { first, _ in first })
            self.generation = generation
        }
    }

    private let path: String?
    /// What the agent was started with: some of it stays in force until it is started again.
    private let first: Configuration
    private let box: Mutex<InForce>

    /// From the file named, or the default one where it exists.
    convenience init(named path: String?) throws(Fatal) {
        self.init(try Configuration.load(named: path), path: path)
    }

    init(_ configuration: Configuration = Configuration(), path: String? = nil) {
        self.path = path
        first = configuration
        box = Mutex(InForce(configuration, generation: 0))
    }

    /// Where it comes from, for messages.
    var file: String { path ?? Configuration.defaultPath }

    var current: Configuration { box.withLock { $0.configuration } }
    /// For discovery.
    var overrides: [AppOverride] { box.withLock { $0.overrides } }
    /// Another one whenever another configuration is in force: discover anew.
    var generation: UInt64 { box.withLock { $0.generation } }

    /// How the app of this name on the screens is to be treated; `nil`: as the playbook has it.
    func strategy(app: String) -> AppStrategy? { box.withLock { $0.apps[app] }?.strategy }

    /// What is told or done about workers of the app: rules first, then thresholds.
    func rules(app: String) -> [ActionRule] { box.withLock { $0.apps[app] }.map { $0.rules + $0.thresholds } ?? [] }

    /// Reads the file again. Throws and keeps what is in force where it cannot be used; else what changed, in words.
    func reload() throws(Fatal) -> [String] {
        let new = try Configuration.load(named: path)
        return box.withLock { inForce in
            let changes = ConfigurationChanges(from: inForce.configuration, to: new, startedWith: first).lines
            if new.apps != inForce.configuration.apps {
                inForce = InForce(new, generation: inForce.generation &+ 1)
            } else {
                inForce.configuration = new
            }
            return changes
        }
    }
}
