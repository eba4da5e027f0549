internal import Model

/// What one process is by itself, before anybody looks at its place in the tree.
struct Tag: Equatable {
    enum Role: Equatable {
        case master
        case worker
        /// Master, worker or alone: the tree decides.
        case either
        /// Serves without workers.
        case alone
        /// Belongs to such a server, and serves nobody itself.
        case helper
        /// Keeps processes of any kind.
        case keeper(Manager.Kind)
    }

    var kind: GroupKind
    var role: Role
    /// Which row of the table: `gunicorn: title`.
    var rule: String
    /// What the app is called there.
    var name: String?
    /// A number it publishes, from 1.
    var slot: UInt32?
    /// What stays the same as long as it is the same thing, for the key.
    var identity: [String] = []
    /// What tells groups of one master apart: a pool of php-fpm.
    var part: String?
    /// Home of a keeper, or where it listens.
    var address: String?
}
