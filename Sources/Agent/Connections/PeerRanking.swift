import Model

/// The peers of one look: those that matter most, and how many there are.
///
/// Connections are put in order of their peer, so that each peer is a run of them; no more than those to be told are kept.
struct PeerRanking {
    private(set) var peers: [PeerReport] = []
    private(set) var peerCount: UInt32 = 0

    private struct Entry {
        var address: PeerAddress
        var connections: UInt32 = 0
        var unread: UInt64 = 0
        var unsent: UInt64 = 0
        var oldest: MonotonicInstant
        var mark = PeerReport.Mark.none
        /// Its connections, as a part of the order.
        var run: Range<Int>

        func isBefore(_ other: Self) -> Bool {
            if (mark == .none) != (other.mark == .none) { return mark != .none }
            if connections != other.connections { return connections > other.connections }
            if unread + unsent != other.unread + other.unsent { return unread + unsent > other.unread + other.unsent }
            return address < other.address
        }
    }

    /// `worker`: of that one only, by its place in the look.
    init(_ look: ConnectionLook, worker: Int? = nil, limit: Int = ConnectionReport.peerLimit) {
        let connections = look.connections
        let order = connections.indices.filter { worker == nil || Int(connections[$0].worker) == worker }
            .sorted { connections[$0].peer < connections[$1].peer }
        var best: [Entry] = []
        var start = 0
        while start < order.count {
            let address = connections[order[start]].peer
            var end = start
            while end < order.count, connections[order[end]].peer == address { end += 1 }
            let run = start..<end
            start = end
            peerCount &+= 1
            let entry = Self.entry(of: address, run, order, connections, countsRepeated: worker != nil)
            let place = best.firstIndex { entry.isBefore($0) } ?? best.count
            guard place < limit else { continue }
            best.insert(entry, at: place)
            if best.count > limit { best.removeLast() }
        }
        peers = best.map { entry in
            var slots: Set<UInt32> = []
            for index in entry.run { slots.insert(look.workers[Int(connections[order[index]].worker)].slot) }
            return PeerReport(
                address: entry.address.text, connections: entry.connections, unreadBytes: entry.unread,
                unsentBytes: entry.unsent, age: max(.zero, look.at - entry.oldest), slots: slots.sorted(),
                mark: entry.mark)
        }
    }

    /// Of several workers, a socket that they share counts once.
    private static func entry(
        of address: PeerAddress, _ run: Range<Int>, _ order: [Int], _ connections: [SeenConnection],
        countsRepeated: Bool
    ) -> Entry {
        var entry = Entry(address: address, oldest: connections[order[run.lowerBound]].firstSeen, run: run)
        for index in run {
            let connection = connections[order[index]]
            guard countsRepeated || !connection.flags.contains(.isRepeated) else { continue }
            entry.connections &+= 1
            entry.unread &+= UInt64(connection.unread)
            entry.unsent &+= UInt64(connection.unsent)
            entry.oldest = min(entry.oldest, connection.firstSeen)
            // One that does not read outweighs one that floods.
            if connection.mark != .none, entry.mark != .stoppedReading { entry.mark = connection.mark }
        }
        return entry
    }
}
