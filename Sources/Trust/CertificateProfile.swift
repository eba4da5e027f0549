internal import FoundationEssentials
internal import Model
internal import SwiftASN1
internal import X509

/// What a certificate of ours looks like, before it is signed.
struct CertificateProfile {
    enum Kind {
        case authority
        /// Every leaf may call; only agents also listen.
        case leaf(serverAuth: Bool)
    }

    /// Allowed difference between two hosts' clocks at the moment a certificate is made.
    static let backDating = Duration.seconds(600)
    static let authorityDays = 3650
    static let agentDays = 90
    static let personDays = 30

    var subject: String
    /// `nil` for self-signed enrolment certificates, which belong to no fleet.
    var organisation: String?
    var uris: [String]
    var notBefore: WallTime
    var notAfter: WallTime
    var kind: Kind

    /// DER, signed by `issuerKey`; self-signed where there is no issuer.
    func sign(
        key: Certificate.PublicKey, issuer: Certificate?, issuerKey: Certificate.PrivateKey
    ) throws(TrustError) -> [UInt8] {
        do {
            let name = try DistinguishedName {
                if let organisation { OrganizationName(organisation) }
                CommonName(subject)
            }
            let certificate = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key,
                notValidBefore: notBefore.date, notValidAfter: notAfter.date, issuer: issuer?.subject ?? name,
                subject: name, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try extensions(key: key, issuerKey: issuerKey.publicKey), issuerPrivateKey: issuerKey)
            var serializer = DER.Serializer()
            try serializer.serialize(certificate)
            return serializer.serializedBytes
        } catch { throw .cryptography(reason: "the certificate could not be signed") }
    }

    private func extensions(
        key: Certificate.PublicKey, issuerKey: Certificate.PublicKey
    ) throws -> Certificate.Extensions {
        try Certificate.Extensions {
            switch kind {
            case .authority:
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            case .leaf(let serverAuth):
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage(serverAuth ? [.serverAuth, .clientAuth] : [.clientAuth])
            }
            if !uris.isEmpty {
                SubjectAlternativeNames(uris.map { GeneralName.uniformResourceIdentifier($0) })
            }
            SubjectKeyIdentifier(hash: key)
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: issuerKey).keyIdentifier)
        }
    }
}

extension WallTime {
    /// Whole seconds, rounded down: certificates know no fractions.
    var wholeSeconds: Int64 { nanoseconds / 1_000_000_000 - (nanoseconds % 1_000_000_000 < 0 ? 1 : 0) }

    var date: Date { Date(timeIntervalSince1970: Double(wholeSeconds)) }

    /// Clamped to the 292 years around 1970 that nanoseconds can hold: a certificate may claim to end in 9999.
    init(_ date: Date) {
        let seconds = date.timeIntervalSince1970.rounded()
        self.init(nanoseconds: seconds.magnitude < 9.2e9 ? Int64(seconds) * 1_000_000_000 : seconds < 0 ? .min : .max)
    }

    static func + (time: Self, duration: Duration) -> Self {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return Self(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    static func - (time: Self, duration: Duration) -> Self { time + (.zero - duration) }

    static func - (later: Self, earlier: Self) -> Duration {
        let (difference, overflow) = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return .nanoseconds(overflow ? (later < earlier ? .min : .max) : difference)
    }
}

extension Duration {
    static func days(_ count: Int) -> Duration { .seconds(86_400 * count) }
}
