/// Why a listener could not be opened or an address not be read.
public enum TransportError: Error, Equatable, Sendable {
    /// Another process has the port, or answers on the unix socket.
    case addressInUse(String)
    /// EACCES or EPERM: a port below 1024, a directory of another user.
    case permissionDenied(String)
    /// Neither an address nor a name that resolves, or a port that is none; or an address this machine does not have.
    case notAnAddress(String)
    /// What is served without TLS and without a password is served to this machine only.
    case notLoopback(String)
    /// A unix socket path holds at most 107 bytes. unix(7).
    case pathTooLong(path: String, bytes: Int)
    /// The directory of a unix socket can be entered or replaced by others; `remedy` is a shell line.
    case unsafeDirectory(path: String, reason: String, remedy: String)
    /// Something that is not a socket lies where the unix socket should be; it is left alone.
    case notASocket(path: String)
    /// The key or certificate cannot be used for TLS.
    case unusableIdentity(String)
    /// Anything else the kernel said.
    case io(what: String, errno: CInt)

    /// For people.
    public var text: String {
        switch self {
        case .addressInUse(let what): "\(what): already in use by another process"
        case .permissionDenied(let what): "\(what): permission denied"
        case .notAnAddress(let what):
            "\"\(what)\" is not an address of this machine (write host:port, [ipv6]:port or :port)"
        case .notLoopback(let what):
            "\(what): metrics are served without TLS, and so to this machine only; give 127.0.0.1:PORT or [::1]:PORT"
        case .pathTooLong(let path, let bytes):
            "\(path): \(bytes) bytes, but a unix socket path holds at most \(UnixSocketPath.maximumBytes)"
        case .unsafeDirectory(let path, let reason, let remedy): "\(path): \(reason); to mend it: \(remedy)"
        case .notASocket(let path): "\(path): exists and is not a socket; remove it or choose another path"
        case .unusableIdentity(let reason): "identity cannot be used for TLS: \(reason)"
        case .io(let what, let number): "\(what): \(errorText(number))"
        }
    }
}
