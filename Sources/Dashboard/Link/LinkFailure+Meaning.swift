import Transport
import Trust
import Wire

extension LinkFailure {
    /// Whether trying again cannot help until somebody changes certificates, versions or limits.
    var needsAPerson: Bool {
        switch self {
        case .authentication, .untrusted, .version, .noDescriptor: true
        case .unreachable, .closed, .silent, .protocolError: false
        }
    }

    /// Why the agent ended the connection, from its failure message; `theirs` is what its HELLO said, if there was one.
    init(_ failure: Failure, theirs: ClosedRange<UInt16>?) {
        switch failure.code {
        case .denied: self = .authentication(reason: failure.text)
        case .wrongHost: self = .untrusted(reason: failure.text)
        case .version:
            if let theirs {
                self = .version(theirs: theirs, ours: ProtocolVersion.supported)
            } else {
                self = .protocolError(reason: failure.text)
            }
        default: self = .closed(reason: failure.text)
        }
    }

    /// Why the transport ended, in the fleet's words.
    init(_ reason: CloseReason) {
        switch reason {
        case .unreachable(let text): self = .unreachable(reason: text)
        case .refusedCertificate(let text): self = .authentication(reason: text)
        case .untrustedPeer(let error): self = .untrusted(reason: error.sentence)
        case .protocolViolation(let error): self = .protocolError(reason: "\(error)")
        case .silent: self = .silent
        case .peerClosed, .local: self = .closed(reason: "")  // the fleet's word for it says it all
        case .slowConsumer, .handshakeTimeout, .other: self = .closed(reason: reason.text)
        }
    }
}
