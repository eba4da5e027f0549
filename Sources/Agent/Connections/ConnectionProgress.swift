import Model

/// Whether what waits in a connection moves, over several looks. Kept only for connections in which something waits.
///
/// Nothing was acknowledged from one look to the next although something was to be: the peer does not read. That is a fact
/// of the whole time between them, however long it is.
///
/// A peer floods when the worker never catches up: much is unread at three looks, something at all of those between them,
/// and more keeps coming. When nothing more comes it is the worker that stands still. What is much has to be less than 64
/// KiB, which is all that the window of a new connection lets in; and what is unread goes up and down by half a window,
/// because a closed window is opened again only then. tcp(7), `tcp_rmem`.
struct ConnectionProgress: Sendable {
    static let patience = Duration.seconds(5)
    static let fullBytes: UInt32 = 32 * 1024
    /// Below, the worker has caught up.
    static let emptyBytes: UInt32 = 4 * 1024
    /// That find it full.
    static let looksToFlood = 3

    /// Since when nothing was acknowledged.
    private var stillSince: MonotonicInstant
    private var acknowledged: UInt64
    private var unsent: UInt32
    /// When it was found full, since when the worker never caught up, and how many looks found it full.
    private var fullSince: MonotonicInstant?
    private var fullLooks = 0
    private var received: UInt64
    /// When it was last seen to have received something.
    private var grewAt: MonotonicInstant?

    static func isWorthAWatch(_ connection: SeenConnection) -> Bool {
        connection.unsent > 0 || connection.unread > emptyBytes
    }

    init(_ connection: SeenConnection, at now: MonotonicInstant) {
        stillSince = now
        acknowledged = connection.acknowledged
        unsent = connection.unsent
        received = connection.received
        noteFill(connection, at: now)
    }

    mutating func note(_ connection: SeenConnection, at now: MonotonicInstant) {
        let isCounted = connection.flags.contains(.hasCounters)
        let hasMoved = isCounted ? connection.acknowledged != acknowledged : connection.unsent < unsent
        if hasMoved || unsent == 0 || connection.unsent == 0 { stillSince = now }
        if connection.received != received { grewAt = now }
        acknowledged = connection.acknowledged
        unsent = connection.unsent
        received = connection.received
        noteFill(connection, at: now)
    }

    private mutating func noteFill(_ connection: SeenConnection, at now: MonotonicInstant) {
        if connection.unread <= Self.emptyBytes {
            fullSince = nil
            fullLooks = 0
            grewAt = nil
        } else if connection.unread > Self.fullBytes {
            fullSince = fullSince ?? now
            fullLooks += 1
        }
    }

    func mark(at now: MonotonicInstant) -> PeerReport.Mark {
        if unsent > 0, now - stillSince >= Self.patience { return .stoppedReading }
        guard let fullSince, let grewAt, fullLooks >= Self.looksToFlood, now - fullSince >= Self.patience,
            now - grewAt <= Self.patience
        else { return .none }
        return .floods
    }
}
