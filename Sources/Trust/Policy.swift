public import Model

/// What the owner of a host allows over the network: a file on that host, the last word over every certificate.
///
/// ```json5
/// {
///   apps: {
///     web: { restart: "operator" },  // from this role up
///     "*": { restart: "admin" },     // every app that is not named
///   },
/// }
/// ```
///
/// The exact name wins even when it allows less; without a rule nothing but reading is allowed. A key that is not known
/// is refused: a misspelt rule must not be a rule that is missing.
public struct Policy: Hashable, Sendable {
    /// The weakest role that may do each action. An action that is not in it is not allowed.
    typealias Rule = [Action: Role]

    private let apps: [String: Rule]
    private static let anyApp = "*"

    /// No rule: nothing but reading over the network.
    public static let readOnly = Policy(apps: [:])

    init(apps: [String: Rule]) { self.apps = apps }

    /// From the file's bytes; `file` is for the messages.
    public init(json5: [UInt8], file: String) throws(TrustError) {
        apps = try PolicyFile.read(json5, file: file)
    }

    /// From a file that only root or the own user can change; `nil` when there is none.
    public static func load(path: String) throws(TrustError) -> Policy? {
        guard let bytes = try PolicyFile.contents(of: path) else { return nil }
        return try Policy(json5: bytes, file: path)
    }

    /// Why `peer` may not do `action` to `app`, or `nil` when it may. `role` is what the session found for the peer: its
    /// certificate's, or `role(forLocalUID:ownUID:)`.
    public func decide(_ action: Action, app: String, peer: Peer, role: Role) -> Refusal? {
        switch peer {
        case .local:
            // The agent's own user can signal its workers anyway, and root everything.
            return role >= .admin ? nil : .role(app: app, needed: .admin, has: role)
        case .agent:
            return .policy(app: app)  // an agent has no rights at another one
        case .person(_, let certified, _):
            guard let needed = (apps[app] ?? apps[Self.anyApp])?[action] else { return .policy(app: app) }
            let role = min(role, certified)
            return role >= needed ? nil : .role(app: app, needed: needed, has: role)
        }
    }

    /// Whether there is anything at all that `peer` could be allowed, so that a screen can say "read-only" at once.
    public func allowsSomething(peer: Peer, role: Role) -> Bool {
        switch peer {
        case .local: role >= .admin
        case .agent: false
        case .person(_, let certified, _):
            apps.values.contains { $0.values.contains { min(role, certified) >= $0 } }
        }
    }

    /// The role of a process on the unix socket: the agent's own user and root are admins, all others are refused.
    public static func role(forLocalUID uid: UInt32, ownUID: UInt32) -> Role? {
        uid == 0 || uid == ownUID ? .admin : nil
    }
}
