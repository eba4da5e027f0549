public import Model

/// A group as a policy looks at it.
public struct PolicySubject: Hashable, Sendable {
    public var app: String
    public var kind: GroupKind
    /// The systemd unit that keeps it, from its cgroup.
    public var unit: String?
    /// Program file of the master, or of the workers where they have none; `nil` where the agent may not know.
    public var executable: String?
    /// User of the master, or of the workers where they have none.
    public var uid: UInt32?
    /// How many workers it has, or should have where that is more.
    public var workers: UInt32

    public init(info: GroupInfo, executable: String?, uid: UInt32?, workers: UInt32) {
        app = info.app
        kind = info.kind
        unit = if let manager = info.manager, manager.kind == .systemd { manager.name } else { nil }
        self.executable = executable
        self.uid = uid
        self.workers = max(workers, info.expected ?? 0)
    }
}
