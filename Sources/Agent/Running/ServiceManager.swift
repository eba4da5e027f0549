import Glibc

/// What systemd wants to be told, in one datagram each. sd_notify(3).
///
/// The watchdog is fed from the sampling loop: fed from a timer it would prove nothing.
struct ServiceManager: Sendable {
    private let address: String?

    /// `NOTIFY_SOCKET` names a path, or with `@` an abstract socket; without it every call does nothing.
    init(environment: [String: String]) { address = environment["NOTIFY_SOCKET"] }

    func ready(status: String) { send("READY=1\nSTATUS=\(status)") }
    func progress(status: String) { send("WATCHDOG=1\nSTATUS=\(status)") }
    func stopping() { send("STOPPING=1") }

    /// Older systemd ignores the second field, newer ones need it. systemd.service(5), Type=notify-reload.
    func reloading(at instant: UInt64) { send("RELOADING=1\nMONOTONIC_USEC=\(instant / 1000)") }

    private func send(_ text: String) {
        guard let address, let first = address.utf8.first else { return }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        var path = Array(address.utf8)
        if first == UInt8(ascii: "@") { path[0] = 0 }
        guard path.count < MemoryLayout.size(ofValue: name.sun_path) else { return }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let socket = Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        let bytes = Array(text.utf8)
        // A manager that does not listen is its own business: the agent's work goes on, also while its queue is full.
        _ = withUnsafePointer(to: name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(socket, bytes, bytes.count, CInt(MSG_NOSIGNAL | MSG_DONTWAIT), $0, length)
            }
        }
    }
}
