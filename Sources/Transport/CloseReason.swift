public import Trust
public import Wire

/// Why a connection ended, or never came to be.
public enum CloseReason: Sendable {
    /// The peer closed it, died or was cut off.
    case peerClosed
    /// Closed by `Connection.close`.
    case local
    /// No connection could be made: "connection refused", "no such host", "timed out after 5 s" ...
    case unreachable(String)
    /// The peer did not accept our certificate, or ssh our login. In TLS 1.3 a dashboard learns it only after its own
    /// handshake completed.
    case refusedCertificate(String)
    /// We did not accept the peer's certificate.
    case untrustedPeer(TrustError)
    /// The peer sent what no peer of this protocol sends.
    case protocolViolation(WireError)
    /// Not a byte for the silence limit (15 s).
    case silent
    /// The peer did not read what it asked for.
    case slowConsumer
    /// TLS was not done within the handshake limit (10 s).
    case handshakeTimeout
    case other(String)

    /// For people.
    public var text: String {
        switch self {
        case .peerClosed: "closed by the peer"
        case .local: "closed"
        case .unreachable(let text), .refusedCertificate(let text), .other(let text): text
        case .untrustedPeer(let error): "untrusted peer: \(error.sentence)"
        case .protocolViolation(let error): "protocol violation: \(error)"
        case .silent: "no byte from the peer for too long"
        case .slowConsumer: "the peer reads too slowly"
        case .handshakeTimeout: "the TLS handshake took too long"
        }
    }
}
