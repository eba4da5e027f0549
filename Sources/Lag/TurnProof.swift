public import Model

/// What the connections of a loop prove of its turns: how many there were at least, and how long one has been going on.
///
/// A loop serves a ready connection once a turn. So it turned between two exchanges of one connection; and while data waits
/// on a connection unread, at most one turn can have ended, however busy others are served meanwhile.
public struct TurnProof: Sendable {
    private struct Connection: Sendable {
        /// Exchanges counted from here on.
        var base: UInt64
        var exchanges: UInt64
        var consumed: UInt64
        /// Since which look it waits unread, and the count of turns then.
        var unread: (since: MonotonicInstant, turns: UInt64)?
        var look: UInt64
    }

    /// As `SocketEvidence.turns`.
    public private(set) var turns: UInt64 = 0
    /// As `SocketEvidence.unreadSince`; as of the last `finish`.
    public private(set) var unreadSince: MonotonicInstant?
    private var connections: [UInt64: Connection] = [:]
    private var looks: UInt64 = 0

    public init() {}

    /// One connection of a look. `id` is its own for its whole life; `exchanges` is min(`tcpi_data_segs_in`,
    /// `tcpi_data_segs_out`), `consumed` and `unread` are bytes. Counters that shrink are another connection's.
    public mutating func note(
        connection id: UInt64, exchanges: UInt64, consumed: UInt64, unread: UInt64, at now: MonotonicInstant
    ) {
        let known = connections[id].flatMap { $0.exchanges <= exchanges && $0.consumed <= consumed ? $0 : nil }
        guard var connection = known else {
            connections[id] = Connection(
                base: exchanges, exchanges: exchanges, consumed: consumed,
                unread: unread > 0 ? (now, turns) : nil, look: looks)
            return
        }
        if unread == 0 || consumed > connection.consumed { connection.unread = nil }
        if unread > 0 { connection.unread = connection.unread ?? (now, turns) }
        connection.exchanges = exchanges
        connection.consumed = consumed
        connection.look = looks
        connections[id] = connection
    }

    /// The look is over; connections that it did not note are forgotten.
    public mutating func finish() {
        let look = looks
        looks += 1
        connections = connections.filter { $0.value.look == look }
        let busiest = connections.max { left, right in
            let (first, second) = (left.value.exchanges - left.value.base, right.value.exchanges - right.value.base)
            return (first, left.key) < (second, right.key)
        }
        if let busiest, busiest.value.exchanges - busiest.value.base >= 2 {
            turns &+= busiest.value.exchanges - busiest.value.base - 1
            connections = connections.mapValues { connection in
                var connection = connection
                connection.base = connection.exchanges
                return connection
            }
            // Its last exchange begins the next proof.
            connections[busiest.key]?.base -= 1
        }
        // Two turns went by and it was left: nobody means to read it now.
        unreadSince = connections.values.compactMap { $0.unread }.filter { turns - $0.turns < 2 }.map(\.since).min()
    }
}
