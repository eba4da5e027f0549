internal import Wire

extension SpeakerRole {
    /// The largest message this end takes, header included.
    func messageLimit(_ kind: SessionKind, isEstablished: Bool) -> Int {
        switch kind {
        case .enrolment: MessageType.enrolGrant.maximumByteCount
        case .session: Limits.messageBytes(toward: self, welcomed: isEstablished)
        }
    }

    /// The other end, for texts.
    var other: String {
        switch self {
        case .agent: "dashboard"
        case .dashboard: "agent"
        }
    }
}
