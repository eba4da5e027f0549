/// Something that happened on a host, numbered within one run of its agent.
public struct Event: Hashable, Sendable {
    public enum Body: Hashable, Sendable {
        /// `app` is the name of its group: who follows only the host row knows no groups.
        case workerStarted(WorkerInfo, app: String)
        /// `status` is `nil` where the kernel does not tell a process that is not the parent (before 6.15).
        case workerExited(worker: WorkerID, app: String, groupKey: String, slot: UInt32, status: ExitStatus?)
        case commandAccepted(id: CommandID, action: Action, target: WorkerID, issuer: String)
        case commandEnded(Outcome)
    }

    public var sequence: UInt64
    /// On the agent's clock.
    public var monotonic: MonotonicInstant
    public var wall: WallTime
    public var body: Body

    public init(sequence: UInt64, monotonic: MonotonicInstant, wall: WallTime, body: Body) {
        self.sequence = sequence
        self.monotonic = monotonic
        self.wall = wall
        self.body = body
    }
}
