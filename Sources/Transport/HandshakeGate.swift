internal import Model
internal import NIOCore

/// Who may be in a TLS handshake: strangers cost a bounded share of the machine, however many knock, and who finishes what it
/// begins gets in beside those who do not.
///
/// Counts only connections whose handshake is under way; an authenticated one never gives way to a stranger.
struct HandshakeGate {
    static let total = 64
    static let perSource = 8
    /// From so many on a source may have one; and so many are for all idlers together.
    static let half = total / 2
    /// How long a handshake may take before it gives way to somebody new when all places are taken.
    static let patience = Duration.seconds(2)
    /// Who left a handshake unfinished is an idler for at least so long, and at most for twice as long.
    static let memory = Duration.seconds(300)
    /// How many idlers are known in each `memory`. Beyond that the older ones are forgotten.
    static let idlerLimit = 4096

    /// One place.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
        fileprivate let source: Source
    }

    /// What becomes of somebody who knocks.
    enum Answer: Equatable {
        case turnedAway
        /// `leave` must follow exactly once for the ticket.
        case admitted(Ticket)
        /// Likewise, and the handshake of the other is to be ended, whose `leave` was already done.
        case admittedFor(Ticket, instead: Ticket)
    }

    private struct Place {
        let ticket: Ticket
        let since: MonotonicInstant
        let isIdler: Bool
    }

    /// Oldest first.
    private var places: [Place] = []
    private var idlers: Set<Source> = []
    private var earlierIdlers: Set<Source> = []
    private var idlersSince = MonotonicInstant(nanoseconds: 0)
    private var nextNumber: UInt64 = 0

    var count: Int { places.count }

    mutating func enter(_ source: Source, now: MonotonicInstant) -> Answer {
        forget(now: now)
        let isIdler = idlers.contains(source) || earlierIdlers.contains(source)
        let own = places.count { $0.ticket.source == source }
        guard own < (count < Self.half ? Self.perSource : 1) else { return .turnedAway }
        if isIdler, places.count(where: \.isIdler) >= Self.half { return .turnedAway }
        let ticket = Ticket(number: nextNumber, source: source)
        let place = Place(ticket: ticket, since: now, isIdler: isIdler)
        nextNumber += 1
        if count < Self.total {
            places.append(place)
            return .admitted(ticket)
        }
        guard !isIdler, let oldest = places.first, now - oldest.since >= Self.patience else { return .turnedAway }
        leave(oldest.ticket, finished: false)
        places.append(place)
        return .admittedFor(ticket, instead: oldest.ticket)
    }

    /// Does nothing for a ticket whose place was given to another.
    mutating func leave(_ ticket: Ticket, finished: Bool) {
        guard let index = places.firstIndex(where: { $0.ticket == ticket }) else { return }
        places.remove(at: index)
        if finished {
            idlers.remove(ticket.source)
            earlierIdlers.remove(ticket.source)
        } else {
            if idlers.count >= Self.idlerLimit { forgetEarlier() }
            idlers.insert(ticket.source)
        }
    }

    private mutating func forget(now: MonotonicInstant) {
        guard now - idlersSince >= Self.memory else { return }
        forgetEarlier()
        idlersSince = now
    }

    private mutating func forgetEarlier() {
        earlierIdlers = idlers
        idlers = []
    }

    /// What counts as one stranger.
    struct Source: Hashable, Sendable {
        private let prefix: UInt64

        init(_ address: SocketAddress?) {
            guard let address, address.protocol != .unix else {
                prefix = 0
                return
            }
            // sockaddr_in: 4 bytes after family and port. sockaddr_in6: 16 bytes after the flow label too. ip(7), ipv6(7)
            let bytes = address.withSockAddr { pointer, size in
                Array(UnsafeRawBufferPointer(start: pointer, count: size))
            }
            let isIPv6 = address.protocol == .inet6
            let field = bytes.dropFirst(isIPv6 ? 8 : 4).prefix(isIPv6 ? 16 : 4)
            // ::ffff:a.b.c.d is an IPv4 peer of a socket that listens on both.
            let isMapped = isIPv6 && field.prefix(12).elementsEqual(Array(repeating: 0, count: 10) + [255, 255])
            let significant = isMapped ? field.suffix(4) : field.prefix(8)
            prefix = significant.reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
