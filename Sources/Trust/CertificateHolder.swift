public import Model

/// Whom certificates are issued to, whatever role is in them: the name by which they are revoked.
public enum CertificateHolder: Hashable, Sendable {
    case person(String)
    case agent(HostID)

    /// As `Peer.label` has it: `user/ada`, `agent/<id>`.
    public var label: String {
        switch self {
        case .person(let name): "user/\(name)"
        case .agent(let host): "agent/\(host.hex)"
        }
    }

    /// Of what `label` writes; `nil` for anything else.
    public init?(label: some StringProtocol) {
        if label.hasPrefix("user/"), SegmentGrammar.accepts(label.dropFirst(5)) {
            self = .person(String(label.dropFirst(5)))
        } else if label.hasPrefix("agent/"), let host = HostID(hex: label.dropFirst(6)),
            host.hex == label.dropFirst(6)
        {
            self = .agent(host)
        } else {
            return nil
        }
    }
}
