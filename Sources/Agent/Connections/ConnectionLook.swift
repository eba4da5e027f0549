import Model

/// One connection as one look found it.
struct SeenConnection: Hashable, Sendable {
    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        /// The peer closed it, and the worker did not.
        static let closeWait = Self(rawValue: 1 << 0)
        /// Its local port is one that somebody listens on: the peer came to us.
        static let isAccepted = Self(rawValue: 1 << 1)
        /// Another worker of the group holds the same socket, and was told of before.
        static let isRepeated = Self(rawValue: 1 << 2)
        /// The two counters are known.
        static let hasCounters = Self(rawValue: 1 << 3)
    }

    var peer: PeerAddress
    /// Bytes in order so far, read or not; bytes the peer has so far.
    var received: UInt64 = 0
    var acknowledged: UInt64 = 0
    /// Of the first look that found it; set by `GroupConnections`.
    var firstSeen = MonotonicInstant(nanoseconds: 0)
    /// Tells one socket from another, as long as both live.
    var inode: UInt32
    /// Bytes the worker has not read, and bytes the peer has not taken.
    var unread: UInt32 = 0
    var unsent: UInt32 = 0
    var localPort: UInt16 = 0
    /// Which of the look's workers holds it.
    var worker: UInt16
    var flags: Flags = []
    /// Set by `GroupConnections`.
    var mark = PeerReport.Mark.none
}

/// One listening socket as one look found it.
struct SeenListener: Hashable, Sendable {
    var inode: UInt32
    /// With its port, as people write it.
    var address: String
    /// Connections that wait for accept(2), and how many may.
    var queue: UInt32
    var limit: UInt32
    /// Which of the look's workers hold it, ascending; none where only the master does, which accepts for all of them.
    var workers: [UInt16] = []
}

/// What one look found of one group.
struct ConnectionLook: Sendable {
    struct Worker: Hashable, Sendable {
        enum Standing: Hashable, Sendable {
            case known
            /// Its sockets may not be looked at.
            case hidden
            /// It ended since it was named.
            case gone
        }

        var id: WorkerID
        var slot: UInt32
        /// All of its connections, those beyond the bound of `connections` too.
        var established: UInt32 = 0
        var closeWait: UInt32 = 0
        var standing = Standing.known
    }

    /// More are counted, and nothing else is told of them.
    static let maximumConnections = 65_536

    var key: String
    var at: MonotonicInstant
    var workers: [Worker] = []
    /// Of all workers; a socket that several of them hold is there several times.
    private(set) var connections: [SeenConnection] = []
    var listeners: [SeenListener] = []
    /// Each socket once.
    private(set) var established: UInt32 = 0
    private(set) var closeWait: UInt32 = 0
    /// False where what there is to listen on may not be looked at.
    var areListenersKnown = true

    init(key: String, at: MonotonicInstant, workers: [Worker] = []) {
        self.key = key
        self.at = at
        self.workers = workers
    }

    /// Whether all workers could be looked at: a sum over some of them is no sum.
    var isKnown: Bool { workers.allSatisfy { $0.standing != .hidden } }

    /// `isKept`: false where it is only to be counted.
    mutating func add(_ connection: SeenConnection, isKept: Bool = true) {
        guard workers.indices.contains(Int(connection.worker)) else { return }
        if connection.flags.contains(.closeWait) {
            workers[Int(connection.worker)].closeWait &+= 1
            if !connection.flags.contains(.isRepeated) { closeWait &+= 1 }
        } else {
            workers[Int(connection.worker)].established &+= 1
            if !connection.flags.contains(.isRepeated) { established &+= 1 }
        }
        if isKept, connections.count < Self.maximumConnections { connections.append(connection) }
    }

    /// Once all listeners of the namespace are known.
    mutating func noteAccepted(on ports: Set<UInt16>, from first: Int) {
        for index in connections.indices.dropFirst(first) where ports.contains(connections[index].localPort) {
            connections[index].flags.insert(.isAccepted)
        }
    }

    /// For who takes the look in: fills in what earlier looks tell.
    mutating func update(_ body: (inout SeenConnection) -> Void) {
        for index in connections.indices { body(&connections[index]) }
    }
}
