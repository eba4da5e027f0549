/// Connections of a worker or of all workers of a group at one instant. Source: sock_diag(7) in their network namespace.
public struct ConnectionReport: Hashable, Sendable {
    public var monotonic: MonotonicInstant
    public var established: UInt32
    /// The peer closed and the worker did not: a leak of the worker.
    public var closeWait: UInt32
    public var listeners: [ListenerReport]
    /// At most `peerLimit`, by what matters: those that stopped reading or flood first, then by connections.
    public var peers: [PeerReport]
    /// Different peer addresses there were, listed or not.
    public var peerCount: UInt32
    public var stickiness: Stickiness

    public static let peerLimit = 20

    public init(
        monotonic: MonotonicInstant, established: UInt32 = 0, closeWait: UInt32 = 0, listeners: [ListenerReport] = [],
        peers: [PeerReport] = [], peerCount: UInt32 = 0, stickiness: Stickiness = .unknown
    ) {
        self.monotonic = monotonic
        self.established = established
        self.closeWait = closeWait
        self.listeners = listeners
        self.peers = peers
        self.peerCount = peerCount
        self.stickiness = stickiness
    }
}

public struct ListenerReport: Hashable, Sendable {
    /// `127.0.0.1:8000`, `[::]:80`, `unix:/run/x.sock`.
    public var address: String
    /// Connections that wait for accept(2), and how many may. Source: `idiag_rqueue`, `idiag_wqueue` of a listener.
    public var queue: UInt32
    public var limit: UInt32

    public init(address: String, queue: UInt32, limit: UInt32) {
        self.address = address
        self.queue = queue
        self.limit = limit
    }
}

/// Connections of one peer address.
public struct PeerReport: Hashable, Sendable {
    /// What is remarkable about it; the raw value is its number on the wire: never reused.
    public enum Mark: UInt8, Sendable, CaseIterable {
        case none = 0
        /// Bytes for it are unsent for 5 s or more: it does not read.
        case stoppedReading = 1
        /// It sends faster than the worker reads, for 5 s or more.
        case floods = 2
    }

    /// An address without port; `unix` for local ones.
    public var address: String
    public var connections: UInt32
    /// Bytes the worker has not read yet, and bytes the peer has not taken yet.
    public var unreadBytes: UInt64
    public var unsentBytes: UInt64
    /// Since the agent first saw its oldest connection.
    public var age: Duration
    /// Slots of the workers that serve it, ascending.
    public var slots: [UInt32]
    public var mark: Mark

    public init(
        address: String, connections: UInt32, unreadBytes: UInt64, unsentBytes: UInt64, age: Duration, slots: [UInt32],
        mark: Mark = .none
    ) {
        self.address = address
        self.connections = connections
        self.unreadBytes = unreadBytes
        self.unsentBytes = unsentBytes
        self.age = age
        self.slots = slots
        self.mark = mark
    }
}

/// Whether peers come back to the same worker.
public enum Stickiness: Hashable, Sendable {
    /// Too little was seen.
    case unknown
    /// One address has most connections: perhaps a proxy, and then nothing can be told of who is behind it.
    case proxy(address: String)
    /// Of the peers that were seen more than once, how many touched one worker only, in thousandths.
    case share(permille: UInt32, peers: UInt32)
}
