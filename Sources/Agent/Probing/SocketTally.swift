/// Adds up what connections did, so that the sums only grow, whichever connections are looked at.
///
/// A connection adds what it did beyond its best reading so far. One that is new adds nothing for its past; one that is
/// dropped, closed or replaced takes nothing away.
struct SocketTally: Equatable {
    /// What one look at a connection gave.
    struct Reading: Equatable {
        /// Taken out of the receive queue: `received` less what is queued.
        var consumed: UInt64
        /// Put into the send queue: `acknowledged` and what is queued. (`tcpi_bytes_sent` would count what is sent again,
        /// and nothing while the peer's window is shut.)
        var sent: UInt64
        var unread: UInt64

        /// `received`, `acknowledged`: `tcpi_bytes_received`, `tcpi_bytes_acked`. The kernel reads the queue first, so that
        /// data may come in between: `consumed` can be too large by what came, once, and `unread` too small.
        init(received: UInt64, acknowledged: UInt64, receiveQueue: UInt64, sendQueue: UInt64) {
            consumed = received - min(received, receiveQueue)
            sent = acknowledged.addingReportingOverflow(sendQueue).partialValue
            unread = receiveQueue
        }
    }

    /// A connection that is followed.
    struct Connection: Equatable {
        private(set) var best: Reading

        init(first: Reading) { best = first }

        /// Whether this would show that bytes were taken.
        func isConsumption(_ reading: Reading) -> Bool { reading.consumed > best.consumed }

        fileprivate mutating func advance(to reading: Reading) -> (consumed: UInt64, sent: UInt64) {
            let consumed = reading.consumed - min(best.consumed, reading.consumed)
            let sent = reading.sent - min(best.sent, reading.sent)
            best.consumed += consumed
            best.sent += sent
            best.unread = reading.unread
            return (consumed, sent)
        }
    }

    private(set) var consumed: UInt64 = 0
    private(set) var sent: UInt64 = 0

    mutating func note(_ reading: Reading, of connection: inout Connection) {
        let growth = connection.advance(to: reading)
        consumed &+= growth.consumed
        sent &+= growth.sent
    }

    /// The loop accepted or closed a connection: it turned, though nobody saw which bytes it moved.
    mutating func noteTurn() {
        consumed &+= 1
        sent &+= 1
    }
}
