/// How a group was recognised. The raw value is its number on the wire: never reused.
public enum GroupKind: UInt8, Sendable, CaseIterable {
    /// A process alone in its group.
    case single = 0
    /// Like children of one parent, kind of master unknown.
    case prefork = 1
    case nodeCluster = 2
    case gunicorn = 3
    case nginx = 4

    /// As a person reads it.
    public var word: String {
        switch self {
        case .single: "single"
        case .prefork: "prefork"
        case .nodeCluster: "node cluster"
        case .gunicorn: "gunicorn"
        case .nginx: "nginx"
        }
    }
}

/// Workers under one master or of one name; shown as *app*.
public struct GroupInfo: Hashable, Sendable {
    /// Stable while the group exists, unique on its host.
    public var key: String
    /// What a person calls it. Hostile until drawn through `SafeText`.
    public var app: String
    public var kind: GroupKind
    /// The process that starts the workers, where there is one.
    public var masterPID: Int32?
    /// TCP ports the group listens on, ascending.
    public var ports: [UInt16]
    /// What is known to start a worker again when it ends.
    public var respawn: Respawn

    public init(key: String, app: String, kind: GroupKind, masterPID: Int32?, ports: [UInt16], respawn: Respawn) {
        self.key = key
        self.app = app
        self.kind = kind
        self.masterPID = masterPID
        self.ports = ports
        self.respawn = respawn
    }
}

/// Who brings a worker back, as far as is known. The raw value is its number on the wire: never reused.
public enum Respawn: UInt8, Sendable, CaseIterable {
    /// Nothing is known to start it again.
    case nothingKnown = 0
    /// A master whose kind always replaces its workers (gunicorn, nginx).
    case master = 1
    /// A parent that may replace it; only seen when tried (node:cluster, unknown prefork).
    case parentMay = 2
}
