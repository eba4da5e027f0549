internal import NIOCore

/// Who may be in a TLS handshake: strangers cost a bounded share of the machine, however many knock.
///
/// Counts only connections whose handshake is under way; an authenticated one never gives way to a stranger.
struct HandshakeGate {
    var total = 64
    /// An IPv4 address or an IPv6 /64. All of loopback's 127.0.0.1 is one source.
    var perSource = 8
    private var waiting: [Source: Int] = [:]
    private(set) var count = 0

    /// Counts one more in, unless there are too many; `leave` must follow exactly once when this was true.
    mutating func enter(_ source: Source) -> Bool {
        guard count < total, waiting[source, default: 0] < perSource else { return false }
        waiting[source, default: 0] += 1
        count += 1
        return true
    }

    mutating func leave(_ source: Source) {
        guard let here = waiting[source] else { return }
        waiting[source] = here > 1 ? here - 1 : nil
        count -= 1
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
