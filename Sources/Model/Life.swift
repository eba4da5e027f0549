/// One worker's life in its slot, kept after its end: why did it restart?
public struct Life: Hashable, Sendable {
    public var worker: WorkerID
    public var started: WallTime
    /// `nil` while it lives.
    public var ended: WallTime?
    /// `nil` where nobody told, or while it lives.
    public var status: ExitStatus?
    /// The kernel killed something of its cgroup for memory in its last seconds. Source: `memory.events`, `oom_kill`.
    public var oomKilled: Bool
    /// What ended it through looptop and who asked for that (`roll by user/ada`), and the command.
    public var endedBy: String?
    public var command: CommandID?
    /// In its last interval.
    public var lastCPUPermille: UInt64?
    public var lastResidentBytes: UInt64?
    public var lastLagMicroseconds: UInt64?

    public init(
        worker: WorkerID, started: WallTime, ended: WallTime? = nil, status: ExitStatus? = nil, oomKilled: Bool = false,
        endedBy: String? = nil, command: CommandID? = nil, lastCPUPermille: UInt64? = nil,
        lastResidentBytes: UInt64? = nil, lastLagMicroseconds: UInt64? = nil
    ) {
        self.worker = worker
        self.started = started
        self.ended = ended
        self.status = status
        self.oomKilled = oomKilled
        self.endedBy = endedBy
        self.command = command
        self.lastCPUPermille = lastCPUPermille
        self.lastResidentBytes = lastResidentBytes
        self.lastLagMicroseconds = lastLagMicroseconds
    }
}

/// What an agent learned of an app by its own restarts: how often a worker came back, and how fast.
public struct Experience: Hashable, Sendable {
    public var replaced: UInt32
    public var notReplaced: UInt32
    /// The slowest replacement of the last ten.
    public var slowest: Duration?

    public init(replaced: UInt32 = 0, notReplaced: UInt32 = 0, slowest: Duration? = nil) {
        self.replaced = replaced
        self.notReplaced = notReplaced
        self.slowest = slowest
    }
}
