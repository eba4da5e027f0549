/// What discovery needs to know of one process.
public struct ProcessEntry: Equatable, Sendable {
    public var pid: Int32
    public var parentPID: Int32
    /// Clock ticks after boot at which it started.
    public var startTicks: UInt64
    public var uid: UInt32
    /// Kernel name, up to 15 bytes.
    public var name: String
    /// Arguments as they are, secrets included: they never leave discovery but as an app's name. Empty for a zombie.
    public var arguments: [String]
    /// The program file; `nil` when the agent may not know (another user's process without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH).
    public var executable: String?
    /// TCP ports it could accept connections on: it holds the descriptor, its own or inherited.
    public var listeningPorts: [UInt16]
    /// Whether it has an event loop: it was seen waiting in epoll, or holds an epoll descriptor. A busy loop is not waiting
    /// at the moment it is looked at, so the caller keeps what it once saw.
    public var waitsInEpoll: Bool
    public var isKernelThread: Bool
    /// Whether `NODE_UNIQUE_ID` is in its environment; `false` also when that may not be read.
    public var nodeUniqueID: Bool

    public init(
        pid: Int32, parentPID: Int32, startTicks: UInt64, uid: UInt32, name: String, arguments: [String],
        executable: String? = nil, listeningPorts: [UInt16] = [], waitsInEpoll: Bool = false,
        isKernelThread: Bool = false, nodeUniqueID: Bool = false
    ) {
        self.pid = pid
        self.parentPID = parentPID
        self.startTicks = startTicks
        self.uid = uid
        self.name = name
        self.arguments = arguments
        self.executable = executable
        self.listeningPorts = listeningPorts
        self.waitsInEpoll = waitsInEpoll
        self.isKernelThread = isKernelThread
        self.nodeUniqueID = nodeUniqueID
    }

    /// The command line as one text: what `Scope.match` looks at.
    public var joinedArguments: String { arguments.joined(separator: " ") }
}

/// All processes of a machine at one time, by number and by parent.
public struct ProcessTable: Sendable {
    /// Ascending by pid; kernel threads left out.
    public let entries: [ProcessEntry]
    private let indices: [Int32: Int]
    private let childIndices: [Int32: [Int]]

    public init(_ all: [ProcessEntry]) {
        entries = all.filter { !$0.isKernelThread }.sorted { ($0.pid, $0.startTicks) < ($1.pid, $1.startTicks) }
        var indices: [Int32: Int] = [:]
        var children: [Int32: [Int]] = [:]
        for (index, entry) in entries.enumerated() {
            indices[entry.pid] = index
            children[entry.parentPID, default: []].append(index)
        }
        self.indices = indices
        childIndices = children
    }

    public subscript(pid: Int32) -> ProcessEntry? { indices[pid].map { entries[$0] } }

    /// Ascending by pid.
    public func children(of pid: Int32) -> [ProcessEntry] { (childIndices[pid] ?? []).map { entries[$0] } }

    func parent(of entry: ProcessEntry) -> ProcessEntry? {
        entry.parentPID == entry.pid ? nil : self[entry.parentPID]
    }

    /// How many known ancestors a process has. A table read while processes come and go may hold a circle: it is cut.
    func depth(of entry: ProcessEntry) -> Int {
        var depth = 0
        var current = entry
        while depth < entries.count, let next = parent(of: current) {
            depth += 1
            current = next
        }
        return depth
    }

    /// Whether a process is `pid` or below it.
    func isWithin(_ entry: ProcessEntry, pid: Int32) -> Bool {
        var current = entry
        for _ in 0...entries.count {
            if current.pid == pid { return true }
            guard let next = parent(of: current) else { return current.parentPID == pid }
            current = next
        }
        return false
    }
}
