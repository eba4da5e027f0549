internal import Crypto
internal import FoundationEssentials
public import Model

/// What the agent asks to have signed, and what the dashboard stores about it.
public struct EnrolmentRequest: Hashable, Sendable {
    /// PKCS#10 in DER.
    public var csr: [UInt8]
    public var host: HostID
    /// As the host calls itself; hostile until drawn through `SafeText`.
    public var hostName: String
    /// Where the agent will listen once enrolled, `host:port`.
    public var addresses: [String]

    public init(csr: [UInt8], host: HostID, hostName: String, addresses: [String]) {
        self.csr = csr
        self.host = host
        self.hostName = hostName
        self.addresses = addresses
    }

    /// Host names are at most 253 bytes, and addresses as many as a token holds.
    private static let longestText = 255
    private static let mostAddresses = 8

    var isUsable: Bool {
        hostName.utf8.count <= Self.longestText && addresses.count <= Self.mostAddresses
            && addresses.allSatisfy { $0.utf8.count <= Self.longestText }
    }
}

/// A message of the enrolment channel, as `Wire` carries it.
public enum EnrolmentStep: Hashable, Sendable {
    /// Connector: I am here for this token. The hash names the key of its certificate.
    case offer(tokenID: [UInt8], nonce: [UInt8], spkiHash: [UInt8])
    /// A nonce with the proof over both; the listener's first one has 32 zeros for a proof.
    case proof(nonce: [UInt8], code: [UInt8])
    case request(EnrolmentRequest)
    case grant(GrantedCertificate)
    case done
    /// On the wire a `Failure` with code `enrolment` and the raw value as text.
    case refusal(EnrolmentRefusal)
}

/// The proofs of both sides: HMAC-SHA-256 with the token's secret over everything that names this one channel.
struct EnrolmentProof {
    enum Side: String {
        case connector = "looptop-enrol-connector"
        case listener = "looptop-enrol-listener"
    }

    static let byteCount = 32
    static let noProof = [UInt8](repeating: 0, count: byteCount)

    var token: EnrolmentToken
    var connectorNonce: [UInt8]
    var listenerNonce: [UInt8]
    var connectorSPKI: [UInt8]
    var listenerSPKI: [UInt8]

    /// Labels have different lengths, all that follows has a fixed one, so two inputs never join to the same bytes.
    private func content(_ side: Side) -> [UInt8] {
        Array(side.rawValue.utf8) + token.tokenID + connectorNonce + listenerNonce + connectorSPKI + listenerSPKI
    }

    func code(_ side: Side) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: content(side), using: SymmetricKey(data: token.secret)))
    }

    /// In constant time.
    func accepts(_ code: [UInt8], from side: Side) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: content(side), using: SymmetricKey(data: token.secret))
    }
}
