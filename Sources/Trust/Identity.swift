/// A leaf certificate with its key and the CAs that its holder trusts: all that a TLS connection needs.
public struct Identity: Sendable {
    /// DER.
    public let leaf: [UInt8]
    /// DER of each CA that counts, the one that issues first; two while a fleet changes its CA.
    public let authorities: [[UInt8]]
    /// DER of the one that signed `leaf`.
    public let issuer: [UInt8]
    /// PKCS#8; never log it.
    public let privateKeyPEM: String
    public let name: IdentityName
    /// 32 hex digits.
    public let fleet: String

    /// Refuses parts that do not belong together: a leaf of another key, not signed by any of the authorities, or with
    /// a name that is not ours. Expiry is not looked at: an expired identity must load to be renewed.
    public init(leaf: [UInt8], authorities: [[UInt8]], privateKeyPEM: String) throws(TrustError) {
        let key = try SigningKey(pem: privateKeyPEM)
        let certificate = try ParsedCertificate(der: leaf, what: "own certificate")
        guard certificate.spkiHash == key.spkiHash else { throw .keyMismatch }
        let (fleet, name) = try certificate.identity()
        let trusted = try authorities.map { der throws(TrustError) in try Authority(der: der) }
        guard let place = trusted.firstIndex(where: { $0.fleet == fleet && $0.signed(certificate) }) else {
            throw .unknownAuthority
        }
        self.leaf = leaf
        self.authorities = authorities
        issuer = authorities[place]
        // Written anew: of a damaged file the private part alone was looked at, and TLS reads the public one, too.
        self.privateKeyPEM = key.pem
        self.name = name
        self.fleet = fleet
    }

    /// Signed by the CA that issues now.
    public var isOfIssuer: Bool { issuer == authorities.first }

    /// The same holder, who trusts others from now on.
    func trusting(_ authorities: [[UInt8]]) throws(TrustError) -> Identity {
        try Identity(leaf: leaf, authorities: authorities, privateKeyPEM: privateKeyPEM)
    }
}

/// The key must not reach a log by way of string interpolation or `dump`.
extension Identity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Identity(\(name), fleet \(fleet))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "fleet": fleet]) }
}
