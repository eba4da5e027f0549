public import Model

/// Who a certificate says its holder is: the one URI among its alternative names.
public enum IdentityName: Hashable, Sendable {
    /// `spiffe://<fleet>/agent/<host id>`
    case agent(HostID)
    /// `spiffe://<fleet>/user/<name>/<role>`
    case person(name: String, role: Role)

    /// What certificates of this fleet carry for the name; `nil` for a name that may not be put into one.
    public func uri(fleet: String) -> String? {
        guard SegmentGrammar.accepts(fleet) else { return nil }
        switch self {
        case .agent(let host): return "spiffe://\(fleet)/agent/\(host.hex)"
        case .person(let name, let role):
            guard SegmentGrammar.accepts(name) else { return nil }
            return "spiffe://\(fleet)/user/\(name)/\(role.word)"
        }
    }

    /// Fleet and name of a URI, or `nil` when it is not exactly what `uri(fleet:)` writes: no other scheme, no query,
    /// no escapes, no upper case, nothing after the last segment.
    public static func parse(uri: String) -> (fleet: String, name: IdentityName)? {
        let scheme = "spiffe://"
        guard uri.utf8.count <= 256, uri.hasPrefix(scheme) else { return nil }
        let segments = uri.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count >= 3, segments.allSatisfy({ SegmentGrammar.accepts($0) }) else { return nil }
        let fleet = String(segments[0])
        switch (segments[1], segments.count) {
        case ("agent", 3):
            // The hex reader takes dashes and upper case; a name has one spelling only.
            guard let host = HostID(hex: segments[2]), host.hex == segments[2] else { return nil }
            return (fleet, .agent(host))
        case ("user", 4):
            guard let role = Role(word: String(segments[3])) else { return nil }
            return (fleet, .person(name: String(segments[2]), role: role))
        default:
            return nil
        }
    }

    /// For messages: `agent 1f…`, `user ada (operator)`.
    public var description: String {
        switch self {
        case .agent(let host): "agent \(host.hex)"
        case .person(let name, let role): "user \(name) (\(role.word))"
        }
    }

    /// The kind alone.
    var kind: String {
        switch self {
        case .agent: "an agent"
        case .person: "a person"
        }
    }
}

extension IdentityName: CustomStringConvertible {}
