internal import Model

/// Within an answer.
extension ConnectionReport {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            monotonic: try reader.instant("monotonic", in: bytes),
            established: try reader.number("established", in: bytes),
            closeWait: try reader.number("close wait", in: bytes),
            listeners: try reader.parts("listeners", limit: Limits.listeners, in: bytes),
            peers: try reader.parts("peers", limit: ConnectionReport.peerLimit, in: bytes),
            peerCount: try reader.number("peer count", in: bytes),
            stickiness: try Stickiness(from: &reader, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.instant(monotonic)
        writer.number(established)
        writer.number(closeWait)
        writer.parts(listeners, limit: Limits.listeners)
        writer.parts(peers, limit: ConnectionReport.peerLimit, keeping: Limits.addressBytes + 16)
        writer.number(peerCount)
        stickiness.write(to: &writer)
    }
}

extension ListenerReport: WirePart {
    /// Address, queue, limit.
    static var minimumByteCount: Int { 3 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            address: try reader.text("address", limit: Limits.addressBytes, in: bytes),
            queue: try reader.number("queue", in: bytes), limit: try reader.number("queue limit", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.text(address, limit: Limits.addressBytes)
        writer.number(queue)
        writer.number(limit)
    }
}

extension PeerReport: WirePart {
    /// Address, connections, unread, unsent, age, slots, mark.
    static var minimumByteCount: Int { 7 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            address: try reader.text("address", limit: Limits.addressBytes, in: bytes),
            connections: try reader.number("connections", in: bytes),
            unreadBytes: try reader.varint("unread", in: bytes), unsentBytes: try reader.varint("unsent", in: bytes),
            age: try reader.duration("age", in: bytes),
            slots: try reader.numbers("slots", limit: Limits.peerSlots, in: bytes),
            mark: try reader.choice("mark", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.text(address, limit: Limits.addressBytes)
        writer.number(connections)
        writer.varint(unreadBytes)
        writer.varint(unsentBytes)
        writer.duration(age)
        writer.numbers(slots, limit: Limits.peerSlots)
        writer.choice(mark)
    }
}

extension Stickiness {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("stickiness", in: bytes) {
        case 0: self = .unknown
        case 1: self = .proxy(address: try reader.text("address", limit: Limits.addressBytes, in: bytes))
        case 2:
            self = .share(
                permille: try reader.number("share", in: bytes), peers: try reader.number("share", in: bytes))
        default: throw reader.malformed("stickiness")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .unknown: writer.byte(0)
        case .proxy(let address):
            writer.byte(1)
            writer.text(address, limit: Limits.addressBytes)
        case .share(let permille, let peers):
            writer.byte(2)
            writer.number(permille)
            writer.number(peers)
        }
    }
}
