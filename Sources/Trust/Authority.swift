internal import FoundationEssentials
internal import Model
internal import X509

/// A CA certificate that we trust, found to be fit for it.
struct Authority {
    let parsed: ParsedCertificate
    let fleet: String

    var certificate: Certificate { parsed.certificate }

    init(der: [UInt8]) throws(TrustError) {
        parsed = try ParsedCertificate(der: der, what: "CA certificate")
        let certificate = parsed.certificate
        guard parsed.isP256 else { throw .notAnAuthority(reason: "its key is not P-256") }
        let constraints: BasicConstraints?
        let usage: KeyUsage?
        do {
            constraints = try certificate.extensions.basicConstraints
            usage = try certificate.extensions.keyUsage
        } catch { throw .malformedCertificate(what: "CA certificate") }
        guard case .isCertificateAuthority? = constraints else {
            throw .notAnAuthority(reason: "it is not marked as a CA")
        }
        guard usage?.keyCertSign == true else {
            throw .notAnAuthority(reason: "its key may not sign certificates")
        }
        let uris = try parsed.uris()
        let prefix = "spiffe://"
        guard uris.count == 1, uris[0].hasPrefix(prefix), SegmentGrammar.accepts(uris[0].dropFirst(prefix.count)) else {
            throw .notAnAuthority(reason: "it does not name a fleet")
        }
        fleet = String(uris[0].dropFirst(prefix.count))
    }

    /// Whether the signature on `other` is of this CA's key.
    func signed(_ other: ParsedCertificate) -> Bool {
        other.certificate.issuer == certificate.subject
            && certificate.publicKey.isValidSignature(other.certificate.signature, for: other.certificate)
    }
}
