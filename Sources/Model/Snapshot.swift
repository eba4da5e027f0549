/// Who a host is; fixed for one run of its agent.
public struct HostInfo: Hashable, Sendable {
    public var id: HostID
    public var boot: BootID
    /// What the host calls itself (`--host-name`, else the kernel's node name). Hostile until drawn through `SafeText`.
    public var name: String
    /// Kernel release and machine, as `uname -rm` prints.
    public var kernel: String
    public var cores: UInt32
    /// Clock ticks per second of `WorkerID.startTicks` (`_SC_CLK_TCK`).
    public var ticksPerSecond: UInt32
    public var agentVersion: String
    /// Time between two snapshots as the agent takes them, in ns.
    public var intervalNanoseconds: UInt64

    public init(
        id: HostID, boot: BootID, name: String, kernel: String, cores: UInt32, ticksPerSecond: UInt32,
        agentVersion: String, intervalNanoseconds: UInt64
    ) {
        self.id = id
        self.boot = boot
        self.name = name
        self.kernel = kernel
        self.cores = cores
        self.ticksPerSecond = ticksPerSecond
        self.agentVersion = agentVersion
        self.intervalNanoseconds = intervalNanoseconds
    }
}

/// What the agent may not do, each with the capability that would lift it. Bits are wire numbers: never reused.
public struct Limitations: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `/proc/<pid>/io` of other users' workers: needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
    public static let ioDenied = Limitations(rawValue: 1 << 0)
    /// Sockets and environment of other users' processes, without which some are not found: needs the same two.
    public static let detailsDenied = Limitations(rawValue: 1 << 1)
    /// Signals to other users' workers: needs CAP_KILL.
    public static let signalsDenied = Limitations(rawValue: 1 << 2)
    /// The kernel has no pidfds (before 5.3): no control at all.
    public static let noPidfd = Limitations(rawValue: 1 << 3)
    /// `st_size` of `/proc/<pid>/fd` is not the count (before 6.2): no descriptor counts.
    public static let noDescriptorCount = Limitations(rawValue: 1 << 4)
    /// More workers than the agent may keep descriptors for or than its limit: some are not watched.
    public static let workersOmitted = Limitations(rawValue: 1 << 5)
    /// Processes of other users are not to be seen at all: /proc is mounted with `hidepid`. proc(5).
    public static let processesHidden = Limitations(rawValue: 1 << 6)
    /// A look at all workers costs more than the agent may take of a core, so it looks less often.
    public static let sweepsStretched = Limitations(rawValue: 1 << 7)
}

public struct GroupEntry: Equatable, Sendable {
    public var info: GroupInfo
    public var row: GroupRow

    public init(info: GroupInfo, row: GroupRow) {
        self.info = info
        self.row = row
    }
}

/// A `WorkerInfo` that all snapshots share in which it is the same: a copy is one reference, and equal ones are mostly known
/// by it.
public struct SharedWorkerInfo: Equatable, Sendable {
    @usableFromInline final class Box: Sendable {
        @usableFromInline let info: WorkerInfo

        init(_ info: WorkerInfo) { self.info = info }
    }

    @usableFromInline let box: Box

    public init(_ info: WorkerInfo) { box = Box(info) }

    @inlinable public var info: WorkerInfo { _read { yield box.info } }
    /// Where it lies in memory.
    @inlinable public var object: AnyObject { box }

    public static func == (left: Self, right: Self) -> Bool { left.box === right.box || left.info == right.info }
}

public struct WorkerEntry: Equatable, Sendable {
    public var shared: SharedWorkerInfo
    public var row: WorkerRow
    /// Stretches of its loop since the agent began to watch it.
    public var stretches: LagHistogram

    public init(info: WorkerInfo, row: WorkerRow, stretches: LagHistogram = LagHistogram()) {
        self.init(sharing: SharedWorkerInfo(info), row: row, stretches: stretches)
    }

    public init(sharing info: SharedWorkerInfo, row: WorkerRow, stretches: LagHistogram = LagHistogram()) {
        shared = info
        self.row = row
        self.stretches = stretches
    }

    @inlinable public var info: WorkerInfo {
        _read { yield shared.box.info }
        set { shared = SharedWorkerInfo(newValue) }
    }
}

/// All samples of a host at one monotonic instant, numbered.
public struct Snapshot: Equatable, Sendable {
    /// Counts up by one per sweep of one run of the agent, from 1.
    public var sequence: UInt64
    /// When it was taken, on the agent's clock.
    public var monotonic: MonotonicInstant
    public var wall: WallTime
    public var limitations: Limitations
    public var host: HostRow
    /// Why the host is WARN or CRIT, the worst first; empty where it is OK. Whatever is subscribed to, it comes along.
    public var troubles: [HostTrouble]
    /// Ascending by `info.key`.
    public var groups: [GroupEntry]
    /// Ascending by `info.id`; all of the host's boot.
    public var workers: [WorkerEntry]

    public init(
        sequence: UInt64, monotonic: MonotonicInstant, wall: WallTime, limitations: Limitations = [],
        host: HostRow = HostRow(), troubles: [HostTrouble] = [], groups: [GroupEntry] = [],
        workers: [WorkerEntry] = []
    ) {
        self.sequence = sequence
        self.monotonic = monotonic
        self.wall = wall
        self.limitations = limitations
        self.host = host
        self.troubles = troubles
        self.groups = groups
        self.workers = workers
    }
}

/// What a subscription wants to see; detail costs only while somebody looks.
public enum Interest: Hashable, Sendable {
    /// The host row only.
    case host
    /// The host row and its groups.
    case groups
    /// The host row, its groups and all its workers.
    case workers
    /// The host row, the groups and one worker.
    case worker(WorkerID)
}

extension Snapshot {
    /// This snapshot with only what `interest` names.
    public func narrowed(to interest: Interest) -> Snapshot {
        var narrow = self
        switch interest {
        case .host:
            narrow.groups = []
            narrow.workers = []
        case .groups: narrow.workers = []
        case .workers: break
        case .worker(let id): narrow.workers = workers.filter { $0.info.id == id }
        }
        return narrow
    }
}
