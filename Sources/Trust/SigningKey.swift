internal import Crypto
internal import FoundationEssentials
public import Model
internal import SwiftASN1
internal import X509

/// An ECDSA P-256 private key. Other kinds are not used: Ed25519 handshakes fail in NIOSSL unless both ends are set up
/// for it, and one kind is one thing to check.
public struct SigningKey: Sendable {
    let key: P256.Signing.PrivateKey

    public init() { key = P256.Signing.PrivateKey() }

    /// From PEM, PKCS#8 or SEC 1.
    public init(pem: String) throws(TrustError) {
        do { key = try P256.Signing.PrivateKey(pemRepresentation: pem) } catch { throw .malformedKey }
    }

    /// PKCS#8 in PEM; the only way out of the type, meant for `IdentityStore` and NIOSSL.
    public var pem: String { key.pemRepresentation }

    /// SHA-256 of the subject public key info: what tokens pin.
    public var spkiHash: [UInt8] { Array(SHA256.hash(data: key.publicKey.derRepresentation)) }

    var certificateKey: Certificate.PrivateKey { Certificate.PrivateKey(key) }

    /// What a listener without an identity shows on the enrolment channel. It proves nothing but the key, which the
    /// token pins; nobody reads the name in it.
    public func selfSignedCertificate(now: WallTime, life: Duration = .seconds(86_400)) throws(TrustError) -> [UInt8] {
        let profile = CertificateProfile(
            subject: "looptop enrolment", organisation: nil, uris: [], notBefore: now - CertificateProfile.backDating,
            notAfter: now + life, kind: .leaf(serverAuth: true))
        return try profile.sign(key: certificateKey.publicKey, issuer: nil, issuerKey: certificateKey)
    }

    /// PKCS#10, in DER. The CA sets all names itself, so none are asked for; the signature shows that the key is held.
    public func signingRequest() throws(TrustError) -> [UInt8] {
        do {
            let request = try CertificateSigningRequest(
                version: .v1, subject: DistinguishedName { CommonName("looptop") }, privateKey: certificateKey,
                attributes: CertificateSigningRequest.Attributes(), signatureAlgorithm: .ecdsaWithSHA256)
            var serializer = DER.Serializer()
            try serializer.serialize(request)
            return serializer.serializedBytes
        } catch { throw .cryptography(reason: "the signing request could not be made") }
    }
}

/// The key must not reach a log by way of string interpolation or `dump`.
extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "SigningKey" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
