internal import Crypto
internal import FoundationEssentials
public import Model
internal import SwiftASN1
internal import X509

/// SHA-256 of a certificate's subject public key info, 32 bytes: what an enrolment token pins.
public func spkiHash(ofCertificate der: [UInt8]) throws(TrustError) -> [UInt8] {
    try ParsedCertificate(der: der, what: "certificate").spkiHash
}

/// When a certificate stops being valid, for renewal and for `status` screens.
public func expiry(ofCertificate der: [UInt8]) throws(TrustError) -> WallTime {
    try ParsedCertificate(der: der, what: "certificate").notAfter
}

/// From when on a certificate is valid; ours from ten minutes before they are made.
public func start(ofCertificate der: [UInt8]) throws(TrustError) -> WallTime {
    try ParsedCertificate(der: der, what: "certificate").notBefore
}

/// A certificate with its fields in our types. Reading it says nothing about whether to trust it.
struct ParsedCertificate {
    /// Ours are about 600 bytes; anything much larger is not ours.
    static let largest = 8 * 1024

    let certificate: Certificate

    init(der: [UInt8], what: String) throws(TrustError) {
        guard der.count <= Self.largest else { throw .malformedCertificate(what: what) }
        do { certificate = try Certificate(derEncoded: der) } catch { throw .malformedCertificate(what: what) }
    }

    var spkiHash: [UInt8] { Array(SHA256.hash(data: spki)) }

    /// The DER of the whole `SubjectPublicKeyInfo`.
    private var spki: [UInt8] {
        var serializer = DER.Serializer()
        // Serialising a key that was just parsed cannot fail; an empty hash input matches no pin if it ever does.
        do { try serializer.serialize(certificate.publicKey) } catch { return [] }
        return serializer.serializedBytes
    }

    var isP256: Bool { P256.Signing.PublicKey(certificate.publicKey) != nil }

    var notBefore: WallTime { WallTime(certificate.notValidBefore) }

    var notAfter: WallTime { WallTime(certificate.notValidAfter) }

    /// Lower-case hex.
    var serial: String { certificate.serialNumber.bytes.hex }

    func mark(at wall: WallTime, signer: Authority) -> PeerCertificate {
        PeerCertificate(
            serial: serial, issued: notBefore + CertificateProfile.backDating,
            expired: wall > notAfter ? notAfter : nil, issuer: signer.parsed.spkiHash)
    }

    /// The URIs among the alternative names.
    func uris() throws(TrustError) -> [String] {
        let names: SubjectAlternativeNames?
        do { names = try certificate.extensions.subjectAlternativeNames } catch {
            throw .malformedCertificate(what: "list of names in the certificate")
        }
        return (names ?? SubjectAlternativeNames()).compactMap { name in
            if case .uniformResourceIdentifier(let uri) = name { uri } else { nil }
        }
    }

    /// Fleet and name from the one URI there must be.
    func identity() throws(TrustError) -> (fleet: String, name: IdentityName) {
        let uris = try uris()
        guard uris.count == 1 else { throw .nameCount(uris.count) }
        guard let (fleet, name) = IdentityName.parse(uri: uris[0]) else { throw .malformedName }
        return (fleet, name)
    }
}

extension Sequence<UInt8> {
    /// Lower-case hex digits.
    var hex: String {
        var text = ""
        for byte in self {
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
        return text
    }
}
