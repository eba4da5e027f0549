public import Model

/// Dashboard to agent: I hold the token with this id.
public struct EnrolOffer: Hashable, Sendable {
    public static let tokenIDBytes = 8
    public static let nonceBytes = 32
    public static let hashBytes = 32

    public let tokenID: [UInt8]
    /// Random, made for this connection.
    public let nonce: [UInt8]
    /// SHA-256 of the speaker's public key (SPKI, DER), which its TLS certificate also holds.
    public let spkiHash: [UInt8]

    /// Each field has a fixed length: shorter ones are filled with zeros, longer ones cut.
    public init(tokenID: [UInt8], nonce: [UInt8], spkiHash: [UInt8]) {
        self.tokenID = tokenID.fitted(to: Self.tokenIDBytes)
        self.nonce = nonce.fitted(to: Self.nonceBytes)
        self.spkiHash = spkiHash.fitted(to: Self.hashBytes)
    }
}

/// Both ways: my nonce, and the proof that I know the token's secret.
public struct EnrolProof: Hashable, Sendable {
    public static let hmacBytes = 32

    public let nonce: [UInt8]
    /// All zero in the agent's first proof, which only brings its nonce.
    public let hmac: [UInt8]

    /// Each field has a fixed length: shorter ones are filled with zeros, longer ones cut.
    public init(nonce: [UInt8], hmac: [UInt8] = []) {
        self.nonce = nonce.fitted(to: EnrolOffer.nonceBytes)
        self.hmac = hmac.fitted(to: Self.hmacBytes)
    }
}

/// Agent to dashboard: please certify this key.
public struct EnrolRequest: Hashable, Sendable {
    /// PKCS#10, DER; the names in it are ignored.
    public var csr: [UInt8]
    public var hostID: HostID
    public var hostName: String
    /// Where the agent listens, `host:port`.
    public var addresses: [String]

    public init(csr: [UInt8], hostID: HostID, hostName: String, addresses: [String]) {
        self.csr = csr
        self.hostID = hostID
        self.hostName = hostName
        self.addresses = addresses
    }
}

/// Dashboard to agent: your certificate, the one that signed it, and whom the fleet keeps out.
public struct EnrolGrant: Hashable, Sendable {
    /// X.509, DER.
    public var leaf: [UInt8]
    public var ca: [UInt8]
    /// The text of the newest deny-list; empty where there is none.
    public var denyList: [UInt8]

    public init(leaf: [UInt8], ca: [UInt8], denyList: [UInt8] = []) {
        self.leaf = leaf
        self.ca = ca
        self.denyList = denyList
    }
}

extension [UInt8] {
    fileprivate func fitted(to count: Int) -> [UInt8] {
        Array(prefix(count)) + Array(repeating: 0, count: Swift.max(0, count - self.count))
    }
}

extension EnrolOffer {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            tokenID: try reader.raw(Self.tokenIDBytes, "token id", in: bytes),
            nonce: try reader.raw(Self.nonceBytes, "nonce", in: bytes),
            spkiHash: try reader.raw(Self.hashBytes, "key hash", in: bytes))
    }

    func write(to writer: inout Writer) { writer.raw(tokenID + nonce + spkiHash) }
}

extension EnrolProof {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            nonce: try reader.raw(EnrolOffer.nonceBytes, "nonce", in: bytes),
            hmac: try reader.raw(Self.hmacBytes, "hmac", in: bytes))
    }

    func write(to writer: inout Writer) { writer.raw(nonce + hmac) }
}

extension EnrolRequest {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        csr = try reader.blob("request", limit: Limits.certificateBytes, in: bytes)
        hostID = try reader.identifier("host id", in: bytes)
        hostName = try reader.text("host name", limit: Limits.hostTextBytes, in: bytes)
        addresses = []
        for _ in 0..<(try reader.count("addresses", limit: Limits.addresses, minimum: 1, in: bytes)) {
            addresses.append(try reader.text("address", limit: Limits.hostTextBytes, in: bytes))
        }
    }

    func write(to writer: inout Writer) {
        writer.blob(csr, limit: Limits.certificateBytes)
        writer.identifier(hostID)
        writer.text(hostName, limit: Limits.hostTextBytes)
        writer.count(min(addresses.count, Limits.addresses))
        for address in addresses.prefix(Limits.addresses) { writer.text(address, limit: Limits.hostTextBytes) }
    }
}

extension EnrolGrant {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        leaf = try reader.blob("leaf", limit: Limits.certificateBytes, in: bytes)
        ca = try reader.blob("authority", limit: Limits.certificateBytes, in: bytes)
        denyList = try reader.blob("deny-list", limit: Limits.denyListBytes, in: bytes)
    }

    func write(to writer: inout Writer) {
        writer.blob(leaf, limit: Limits.certificateBytes)
        writer.blob(ca, limit: Limits.certificateBytes)
        writer.blob(denyList, limit: Limits.denyListBytes)
    }
}
