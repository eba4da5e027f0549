internal import Glibc
internal import NIOCore

/// What every TCP connection of ours has set.
enum SocketOptions {
    /// Keepalive finds a peer that vanished while nothing is sent (10 s, then 3 probes 3 s apart); it does not cover
    /// data that is not acknowledged, which TCP_USER_TIMEOUT bounds to 15 s. tcp(7).
    static func apply(to channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.socketOption(.so_keepalive), value: 1)
        for (name, value) in tcp {
            try options.setOption(
                .tcpOption(NIOBSDSocket.Option(rawValue: name)), value: ChannelOptions.Types.SocketOption.Value(value))
        }
    }

    private static let tcp: [(CInt, CInt)] = [
        (TCP_NODELAY, 1),
        (TCP_USER_TIMEOUT, 15_000),  // ms
        (TCP_KEEPIDLE, 10), (TCP_KEEPINTVL, 3), (TCP_KEEPCNT, 3),
    ]
}

extension SocketAddress {
    /// `10.0.0.7:7433`, `[fe80::1]:7433`.
    var plainText: String {
        guard let ip = ipAddress, let port else { return "unknown address" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}
