/// Whom an agent or a dashboard talks to, as the transport authenticated it.
public enum Peer: Hashable, Sendable {
    /// Over a unix socket. Source: `SO_PEERCRED`, unix(7).
    case local(uid: UInt32, pid: Int32)
    /// Over TLS: the name in the certificate's one URI SAN.
    case person(name: String, role: Role, certificate: PeerCertificate)
    /// Over TLS: an agent, by the host id in its certificate's one URI SAN.
    case agent(host: HostID, certificate: PeerCertificate)
    /// Nobody: a rule that acts, of the host's own configuration. Never comes from a transport.
    case rule(app: String)

    /// `nil` of those who came without one.
    public var certificate: PeerCertificate? {
        switch self {
        case .person(_, _, let certificate), .agent(_, let certificate): certificate
        case .local, .rule: nil
        }
    }

    /// For audit lines and screens: `uid/1000`, `user/ada`, `agent/<id>`, `rule/web`.
    public var label: String {
        switch self {
        case .local(let uid, _): "uid/\(uid)"
        case .person(let name, _, _): "user/\(name)"
        case .agent(let host, _): "agent/\(host.hex)"
        case .rule(let app): "rule/\(app)"
        }
    }
}

/// What tells a certificate from others of the same name.
public struct PeerCertificate: Hashable, Sendable {
    /// Lower-case hex.
    public var serial: String
    /// By the clock of whoever held the CA.
    public var issued: WallTime
    /// When it expired, of one that is let in to be renewed and for nothing else.
    public var expired: WallTime?
    /// SHA-256 of the key of the CA that signed it.
    public var issuer: [UInt8]

    public init(serial: String, issued: WallTime, expired: WallTime? = nil, issuer: [UInt8] = []) {
        self.serial = serial
        self.issued = issued
        self.expired = expired
        self.issuer = issuer
    }
}
