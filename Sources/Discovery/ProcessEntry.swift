/// What discovery needs to know of one process.
public struct ProcessEntry: Equatable, Sendable {
    /// A socket it could accept TCP connections on.
    public struct Listener: Hashable, Sendable {
        public var port: UInt16
        /// Two processes with the same one share the socket; with different ones on one port, each has its own.
        public var inode: UInt64
        /// As text, `0.0.0.0`, `127.0.0.1`, `::`.
        public var address: String

        public init(port: UInt16, inode: UInt64 = 0, address: String = "") {
            self.port = port
            self.inode = inode
            self.address = address
        }
    }

    public var pid: Int32
    public var parentPID: Int32
    /// Clock ticks after boot at which it started.
    public var startTicks: UInt64
    public var uid: UInt32
    /// Kernel name, up to 15 bytes.
    public var name: String
    /// Arguments as they are, secrets included: they never leave discovery but as an app's name. Empty for a zombie.
    public var arguments: [String]
    /// The program file; `nil` when the agent may not know (another user's process without CAP_SYS_PTRACE and
    /// CAP_DAC_READ_SEARCH).
    public var executable: String?
    /// Where it works, `/proc/<pid>/cwd`; `nil` when the agent may not know. Only names come from it.
    public var workingDirectory: String?
    /// It holds the descriptor, its own or inherited.
    public var listening: [Listener]
    /// Inode of its network namespace: the same port in two of them is not the same port. `nil` when unknown.
    public var networkNamespace: UInt64?
    /// Whether it has an event loop: it was seen waiting in epoll, or holds an epoll descriptor. A busy loop is not
    /// waiting at the moment it is looked at, so the caller keeps what it once saw.
    public var waitsInEpoll: Bool
    public var isKernelThread: Bool
    public var isZombie: Bool
    /// Of `EnvironmentKeys.allowed` what it was started with; empty where that may not be read.
    public var environment: [String: String]
    /// Its path in the v2 hierarchy, else in the one of systemd, else in one that names a container.
    public var cgroup: String?

    public init(
        pid: Int32, parentPID: Int32, startTicks: UInt64, uid: UInt32, name: String, arguments: [String],
        executable: String? = nil, workingDirectory: String? = nil, listening: [Listener] = [],
        networkNamespace: UInt64? = nil, waitsInEpoll: Bool = false, isKernelThread: Bool = false,
        isZombie: Bool = false, environment: [String: String] = [:], cgroup: String? = nil
    ) {
        self.pid = pid
        self.parentPID = parentPID
        self.startTicks = startTicks
        self.uid = uid
        self.name = name
        self.arguments = arguments
        self.executable = executable
        self.workingDirectory = workingDirectory
        self.listening = listening
        self.networkNamespace = networkNamespace
        self.waitsInEpoll = waitsInEpoll
        self.isKernelThread = isKernelThread
        self.isZombie = isZombie
        self.environment = environment
        self.cgroup = cgroup
    }

    /// TCP ports it could accept connections on, ascending.
    public var listeningPorts: [UInt16] { listening.isEmpty ? [] : Set(listening.map(\.port)).sorted() }

    /// The command line as one text: what `Scope.match` looks at.
    public var joinedArguments: String { arguments.joined(separator: " ") }
}
