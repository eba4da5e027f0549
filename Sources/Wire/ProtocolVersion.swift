/// Which versions of the protocol this build speaks.
public enum ProtocolVersion {
    /// The highest version that both sides speak is used. Versions 1 and 2 were never released.
    public static let supported: ClosedRange<UInt16> = 3...3
    /// TLS application protocol name of a session; mandatory.
    public static let alpn = SessionKind.session.alpn
    /// TLS application protocol name of the enrolment channel; mandatory.
    public static let enrolmentALPN = SessionKind.enrolment.alpn

    /// The version to use with a peer that speaks `offered`; `nil` when there is none in common.
    public static func common(with offered: ClosedRange<UInt16>) -> UInt16? {
        let highest = min(supported.upperBound, offered.upperBound)
        return supported.contains(highest) && offered.contains(highest) ? highest : nil
    }
}

/// What a TLS connection is for; its ALPN says it.
public enum SessionKind: Sendable, CaseIterable {
    case session
    case enrolment

    public var alpn: String {
        switch self {
        case .session: "looptop/1"
        case .enrolment: "looptop-enrol/1"
        }
    }
}
