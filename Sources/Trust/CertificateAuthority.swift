internal import Crypto
internal import FoundationEssentials
public import Model
internal import SwiftASN1
internal import X509

/// A fleet's CA with its key: made once by `looptop init`, kept where the operator is, never on an agent.
public struct CertificateAuthority: Sendable {
    /// DER.
    public let certificate: [UInt8]
    public let key: SigningKey
    /// 32 hex digits: 16 random bytes made with the CA.
    public let fleet: String

    /// A new fleet, or another CA of `fleet`: new key, valid for ten years.
    public static func create(
        fleet: String = Identifier128.random().hex, now: WallTime
    ) throws(TrustError) -> CertificateAuthority {
        let key = SigningKey()
        let profile = CertificateProfile(
            subject: "looptop CA \(fleet)", organisation: "looptop fleet \(fleet)", uris: ["spiffe://\(fleet)"],
            notBefore: now - CertificateProfile.backDating, notAfter: now + .days(CertificateProfile.authorityDays),
            kind: .authority)
        let der = try profile.sign(key: key.certificateKey.publicKey, issuer: nil, issuerKey: key.certificateKey)
        return try CertificateAuthority(certificate: der, key: key)
    }

    /// From the stored parts; refuses a certificate that is no CA of ours or belongs to another key.
    public init(certificate: [UInt8], key: SigningKey) throws(TrustError) {
        let authority = try Authority(der: certificate)
        guard authority.parsed.spkiHash == key.spkiHash else { throw .keyMismatch }
        self.certificate = certificate
        self.key = key
        fleet = authority.fleet
    }

    /// A certificate of 90 days for an agent. Of the request only the key counts; the name is set here.
    public func issueAgent(csrDER: [UInt8], host: HostID, now: WallTime) throws(TrustError) -> [UInt8] {
        try issue(.agent(host), csrDER: csrDER, days: CertificateProfile.agentDays, serverAuth: true, now: now)
    }

    /// A certificate of 30 days for a person. To renew is to call it again with the same request or a new one.
    public func issuePerson(
        csrDER: [UInt8], name: String, role: Role, now: WallTime
    ) throws(TrustError) -> [UInt8] {
        try issue(
            .person(name: name, role: role), csrDER: csrDER, days: CertificateProfile.personDays, serverAuth: false,
            now: now)
    }

    /// The same, for a key at hand: `looptop init` and its `--renew`.
    public func identity(
        forPerson name: String, role: Role, key: SigningKey, now: WallTime
    ) throws(TrustError) -> Identity {
        let leaf = try issuePerson(csrDER: try key.signingRequest(), name: name, role: role, now: now)
        return try Identity(leaf: leaf, authorities: [certificate], privateKeyPEM: key.pem)
    }

    private func issue(
        _ name: IdentityName, csrDER: [UInt8], days: Int, serverAuth: Bool, now: WallTime
    ) throws(TrustError) -> [UInt8] {
        guard let uri = name.uri(fleet: fleet) else { throw .unusableName(name) }
        let authority = try Authority(der: certificate)
        guard now < authority.parsed.notAfter else { throw .authorityExpired(notAfter: authority.parsed.notAfter) }
        let profile = CertificateProfile(
            subject: name.description, organisation: "looptop fleet \(fleet)", uris: [uri],
            notBefore: now - CertificateProfile.backDating,
            notAfter: min(now + .days(days), authority.parsed.notAfter), kind: .leaf(serverAuth: serverAuth))
        return try profile.sign(
            key: try Self.key(inRequest: csrDER), issuer: authority.certificate, issuerKey: key.certificateKey)
    }

    /// The public key of a PKCS#10 request whose sender has shown to hold the private one.
    private static func key(inRequest der: [UInt8]) throws(TrustError) -> Certificate.PublicKey {
        guard der.count <= ParsedCertificate.largest else { throw .malformedRequest(reason: "it is too large") }
        let request: CertificateSigningRequest
        do { request = try CertificateSigningRequest(derEncoded: der) } catch {
            throw .malformedRequest(reason: "it is not PKCS#10 in DER")
        }
        guard P256.Signing.PublicKey(request.publicKey) != nil else { throw .wrongKeyType }
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw .malformedRequest(reason: "its signature is not of its key")
        }
        return request.publicKey
    }
}
