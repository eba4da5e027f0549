/// Something that happened on a host, numbered within one run of its agent.
public struct Event: Hashable, Sendable {
    public enum Body: Hashable, Sendable {
        /// `app` is the name of its group: who follows only the host row knows no groups. The event's time is the one at
        /// which the kernel started the process.
        case workerStarted(WorkerInfo, app: String)
        /// It ran before the agent did; the event's time is the one at which the agent found it.
        case workerFound(WorkerInfo, app: String)
        /// `status` is `nil` where the kernel does not tell a process that is not the parent (before 6.15).
        case workerExited(WorkerPlace, status: ExitStatus?, oomKilled: Bool)
        case commandAccepted(id: CommandID, action: Action, target: CommandTarget, issuer: String)
        case commandEnded(Outcome)
        /// A loop that does not turn, by evidence; and that it turns again, or ended, after how long.
        case hung(WorkerPlace)
        case hungEnded(WorkerPlace, after: Duration)
        /// A process that is not of the group holds a port of it.
        case orphanFound(app: String, groupKey: String, PortOrphan, name: String)
        case orphanGone(app: String, groupKey: String, PortOrphan)
        /// A roll moved on: a worker was replaced, it paused, failed or ended.
        case roll(RollSummary, app: String, groupKey: String)
        /// A rule of the configuration holds for a worker; what was done about it, in words.
        case rule(WorkerPlace, rule: String, deed: String)
        /// The configuration or policy was read again; in words.
        case configuration(String)
        /// The agent began to run. `previous`: how the run before this one ended; `nil` where none is known of.
        case agentStarted(version: String, previous: RunEnd?)
        /// The audit log is not as the agent wrote it; in words.
        case audit(String)
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

/// A worker and where it belongs, for who knows neither groups nor workers.
public struct WorkerPlace: Hashable, Sendable {
    public var worker: WorkerID
    public var app: String
    public var groupKey: String
    public var slot: UInt32

    public init(worker: WorkerID, app: String, groupKey: String, slot: UInt32) {
        self.worker = worker
        self.app = app
        self.groupKey = groupKey
        self.slot = slot
    }
}

/// How a run of the agent ended, as the next one knows it.
public struct RunEnd: Hashable, Sendable {
    /// The raw value is its number on the wire: never reused.
    public enum How: UInt8, Sendable, CaseIterable {
        /// It was told to stop, and did.
        case stopped = 1
        /// It left no word: it was killed, or failed.
        case died = 2
        /// The same, and the machine has started anew since.
        case machineRestarted = 3
    }

    public var how: How
    /// When it stopped; of one that left no word when it was heard of last. On the host's wall clock.
    public var at: WallTime

    public init(_ how: How, at: WallTime) {
        self.how = how
        self.at = at
    }
}
