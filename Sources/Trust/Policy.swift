public import Model

/// What the owner of a host allows over the network: a file on that host, the last word over every certificate.
///
/// ```json5
/// {
///   defaults: { read: "viewer", logs: "operator" },  // who may look at all, and at what workers log
///   apps: {
///     web: {
///       match: { unit: "web.service" },           // beside the name, which the worker chooses
///       restart: "operator", roll: "operator",    // from this role up
///       signal: { operator: ["HUP", "USR1"] },
///       logs: "viewer",
///       limits: { restartsPerMinute: 6, maxUnavailable: "25%" },
///     },
///     "*": { restart: "admin" },                  // every app that is not named
///   },
/// }
/// ```
///
/// The exact name wins even when it allows less, and even when its `match` does not hold; without a rule nothing but
/// reading is allowed, and that to everybody where `defaults` does not say otherwise. A key that is not known is refused: a misspelt rule must not be a rule that is missing.
public struct Policy: Hashable, Sendable {
    let apps: [String: PolicyRule]
    /// The weakest role that may look at the host.
    public let read: Role
    let readPlace: PolicyPlace
    /// Who may read logs of an app without a rule about them.
    let logs: LogRight
    let logsPlace: PolicyPlace
    static let anyApp = "*"

    /// No rule: nothing but reading over the network.
    public static let readOnly = Policy(apps: [:])

    init(apps: [String: PolicyRule]) {
        self.apps = apps
        read = .viewer
        readPlace = PolicyPlace()
        logs = .usual
        logsPlace = PolicyPlace()
    }

    /// From the file's bytes; `file` is for the messages.
    public init(json5: [UInt8], file: String) throws(TrustError) {
        let rules = try PolicyFile.read(json5, file: file)
        apps = rules.apps
        read = rules.read
        readPlace = rules.readPlace
        logs = rules.logs
        logsPlace = rules.logsPlace
    }

    /// From a file that only root or the own user can change; `nil` when there is none.
    public static func load(path: String) throws(TrustError) -> Policy? {
        guard let bytes = try OwnersFile.contents(of: path, limit: PolicyFile.largest) else { return nil }
        return try Policy(json5: bytes, file: path)
    }

    /// Apps with a rule of their own, and whether there is one for all others.
    public var summary: (apps: [String], others: Bool) {
        (apps.keys.filter { $0 != Self.anyApp }.sorted(), apps[Self.anyApp] != nil)
    }

    /// Of the app itself, or of every app that is not named.
    func rule(named app: String) -> PolicyRule? { apps[app] ?? apps[Self.anyApp] }

    private func rule(for subject: PolicySubject) -> PolicyRule? {
        guard let rule = rule(named: subject.app), rule.match.holds(for: subject) else { return nil }
        return rule
    }

    /// Why `peer` may not even look at the host, or `nil` when it may. Who comes over the unix socket was let in already.
    public func objection(toReadingBy peer: Peer, role: Role) -> String? {
        guard case .person(_, let certified, _) = peer, min(role, certified) < read else { return nil }
        return "this host lets nobody below role \(read.word) look at it; you are \(min(role, certified).word)"
    }

    /// Why `peer` may not do that to the group, or `nil` when it may. `role` is what the session found for the peer:
    /// its certificate's, or `role(forLocalUID:ownUID:)`. How often is asked separately: `restartsPerMinute`.
    public func decide(_ command: Command, on subject: PolicySubject, peer: Peer, role: Role) -> Refusal? {
        let app = subject.app
        switch peer {
        case .local:
            // The agent's own user can signal its workers anyway, and root everything.
            return role >= .admin ? nil : .role(app: app, needed: .admin, has: role)
        case .agent:
            return .policy(app: app)  // an agent has no rights at another one
        case .rule: return nil  // the host's owner wrote it, beside this policy
        case .person(_, let certified, _):
            let role = min(role, certified)
            guard let rule = rule(for: subject), let needed = rule.needed(for: command.action) else {
                return .policy(app: app)
            }
            if role < needed { return .role(app: app, needed: needed, has: role) }
            return Self.signalRefusal(command, rule: rule, app: app, role: role)
                ?? Self.unavailableRefusal(command, rule: rule, subject: subject)
        }
    }

    private static func signalRefusal(_ command: Command, rule: PolicyRule, app: String, role: Role) -> Refusal? {
        guard command.action == .signal else { return nil }
        let number = command.parameters.signal
        guard let number, let needed = rule.signals[number] else {
            let allowed = rule.signals.keys.sorted().compactMap { SignalNumber.word($0) }.joined(separator: ", ")
            let asked = number.map { SignalNumber.word($0) ?? "\($0)" } ?? "none"
            return .limit(app: app, rule: "signal: \(allowed); not \(asked)")
        }
        return role >= needed ? nil : .role(app: app, needed: needed, has: role)
    }

    private static func unavailableRefusal(
        _ command: Command, rule: PolicyRule, subject: PolicySubject
    ) -> Refusal? {
        guard command.action == .roll, let bound = rule.maxUnavailable else { return nil }
        let asked = command.parameters.roll.maxUnavailable
        guard asked > bound.limit(of: subject.workers) else { return nil }
        return .limit(app: subject.app, rule: "maxUnavailable: \(bound.text) of \(subject.workers); not \(asked)")
    }

    /// How many restarts, rolls and the like the rule lets begin in a minute; `nil` where nothing limits them.
    public func restartsPerMinute(_ subject: PolicySubject, peer: Peer) -> UInt32? {
        guard case .person = peer else { return nil }
        return rule(for: subject)?.restartsPerMinute
    }

    /// Whether there is anything at all that `peer` could be allowed, so that a screen can say "read-only" at once.
    public func allowsSomething(peer: Peer, role: Role) -> Bool {
        switch peer {
        case .local: role >= .admin
        case .agent, .rule: false
        case .person(_, let certified, _):
            apps.values.contains { rule in
                Action.allCases.contains { rule.needed(for: $0).map { min(role, certified) >= $0 } ?? false }
            }
        }
    }

    /// The role of a process on the unix socket: the agent's own user and root are admins, all others are refused.
    public static func role(forLocalUID uid: UInt32, ownUID: UInt32) -> Role? {
        uid == 0 || uid == ownUID ? .admin : nil
    }
}
