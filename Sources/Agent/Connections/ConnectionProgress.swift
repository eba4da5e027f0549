import Model

/// Whether what waits in a connection moves, over several looks. Kept only for connections in which something waits.
///
/// Nothing was acknowledged from one look to the next although something was to be: the peer does not read. That is a fact
/// of the whole time between them, however long it is. A receive buffer that is full at three looks, while more came in
/// between, is a peer that sends faster than the worker reads; when nothing more comes it is the worker that stands still.
struct ConnectionProgress: Sendable {
    static let patience = Duration.seconds(5)
    static let fullBytes: UInt32 = 64 * 1024
    /// Of which the first and the last are `patience` apart.
    static let looksToFlood = 3

    /// Since when nothing was acknowledged.
    private var stillSince: MonotonicInstant
    private var acknowledged: UInt64
    private var unsent: UInt32
    /// Since when it was full at every look, and how many those were.
    private var fullSince: MonotonicInstant?
    private var fullLooks = 0
    private var received: UInt64
    /// When it was last seen to have received something.
    private var grewAt: MonotonicInstant?

    static func isWorthAWatch(_ connection: SeenConnection) -> Bool {
        connection.unsent > 0 || connection.unread > fullBytes
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
        guard connection.unread > Self.fullBytes else {
            fullSince = nil
            fullLooks = 0
            grewAt = nil
            return
        }
        fullSince = fullSince ?? now
        fullLooks += 1
    }

    func mark(at now: MonotonicInstant) -> PeerReport.Mark {
        if unsent > 0, now - stillSince >= Self.patience { return .stoppedReading }
        guard let fullSince, let grewAt, fullLooks >= Self.looksToFlood, now - fullSince >= Self.patience,
            now - grewAt <= Self.patience
        else { return .none }
        return .floods
    }
}
