/// Why a side closes the connection. The raw value is its number on the wire: never reused.
public enum FailureCode: UInt16, Sendable, CaseIterable {
    /// Bytes that are not a message of this protocol.
    case protocolViolation = 1
    /// No protocol version in common.
    case version = 2
    /// A message that may not come in this state of the session.
    case state = 3
    /// Larger or more than allowed.
    case limit = 4
    /// The peer may not use this agent.
    case denied = 5
    /// The peer did not read what it was sent.
    case slowConsumer = 6
    /// The speaker is shutting down.
    case draining = 7
    /// As many sessions as the agent serves at once are open, or as many commands wait to be looked at.
    case busy = 8
    /// Nothing came for 15 s.
    case silent = 9
    /// WELCOME did not come about within 10 s.
    case handshakeTimeout = 10
    /// Another host answers at this address.
    case wrongHost = 11
    /// The speaker failed for a reason of its own.
    case `internal` = 12
    /// The enrolment token is not known, was used, or is past its time.
    case enrolmentToken = 32
    /// The proof of the enrolment secret is wrong.
    case enrolmentProof = 33
    /// The certificate request or the certificate is refused.
    case enrolmentCertificate = 34
}

/// The last message before a side closes on its own account.
public struct Failure: Hashable, Sendable, Error {
    public var code: FailureCode
    /// For people, at most `Limits.textBytes` bytes. Hostile until drawn through `SafeText`.
    public var text: String

    public init(code: FailureCode, text: String) {
        self.code = code
        self.text = text
    }
}

extension Failure {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let number: UInt16 = try reader.number("code", in: bytes)
        guard let code = FailureCode(rawValue: number) else { throw reader.malformed("code") }
        self.code = code
        text = try reader.text("text", limit: Limits.textBytes, in: bytes)
    }

    func write(to writer: inout Writer) {
        writer.number(code.rawValue)
        writer.text(text, limit: Limits.textBytes)
    }
}
