internal import FoundationEssentials
internal import Model
internal import X509

/// What a peer's certificate must be beyond RFC 5280. Pure: it looks at no clock and no file.
struct LeafRules {
    var fleet: String
    var expectation: PeerVerifier.Expectation
    var wall: WallTime
    /// So long after its end an agent's certificate passes: for who can renew it.
    var grace = Duration.zero

    /// Further outside its validity than this, a certificate is less likely old than the clock wrong.
    static let plausibleDistance = Duration.days(365)
    /// 2026-01-01: before this program existed, so no clock that works says it.
    static let earliestPlausible = WallTime(nanoseconds: 1_767_225_600_000_000_000)
    /// Back-dating and a leap second or two do not count as life.
    private static let slack = Duration.seconds(3600)

    /// The name, or the first rule that is broken.
    func check(_ leaf: ParsedCertificate) throws(TrustError) -> IdentityName {
        guard leaf.isP256 else { throw .wrongKeyType }
        try checkConstraints(leaf.certificate)
        let (found, name) = try leaf.identity()
        guard found == fleet else { throw .wrongFleet(expected: fleet, found: found) }
        let limit = try checkKind(name)
        try checkUsage(leaf.certificate, name: name)
        let isAgent = if case .agent = name { true } else { false }
        try checkTime(leaf, limitDays: limit, grace: isAgent ? grace : .zero)
        if case (.agent(let expected?), .agent(let host)) = (expectation, name), host != expected {
            throw .wrongHost(expected: expected, found: host)
        }
        return name
    }

    private func checkConstraints(_ certificate: Certificate) throws(TrustError) {
        let constraints: BasicConstraints?
        do { constraints = try certificate.extensions.basicConstraints } catch {
            throw .malformedCertificate(what: "basic constraints of the peer's certificate")
        }
        switch constraints {
        case .isCertificateAuthority?: throw .authorityAsPeer
        case nil: throw .notMarkedAsLeaf
        case .notCertificateAuthority?:
            guard certificate.extensions[oid: .X509ExtensionID.basicConstraints]?.critical == true else {
                throw .notMarkedAsLeaf
            }
        }
    }

    /// The longest life of the kind, in days.
    private func checkKind(_ name: IdentityName) throws(TrustError) -> Int {
        switch (expectation, name) {
        case (.person, .person): CertificateProfile.personDays
        case (.agent, .agent): CertificateProfile.agentDays
        case (.person, .agent): throw .wrongKind(expected: "a person", found: name.kind)
        case (.agent, .person): throw .wrongKind(expected: "an agent", found: name.kind)
        }
    }

    private func checkUsage(_ certificate: Certificate, name: IdentityName) throws(TrustError) {
        let extended: ExtendedKeyUsage?
        let usage: KeyUsage?
        do {
            extended = try certificate.extensions.extendedKeyUsage
            usage = try certificate.extensions.keyUsage
        } catch { throw .malformedCertificate(what: "key usage of the peer's certificate") }
        let allowed = extended ?? ExtendedKeyUsage()
        switch name {
        case .agent: guard allowed.contains(.serverAuth) else { throw .wrongKeyUsage(.listening) }
        // A person's certificate that may also listen could pose as a host.
        case .person:
            guard allowed.contains(.clientAuth), allowed.count == 1 else { throw .wrongKeyUsage(.calling) }
        }
        guard usage?.digitalSignature == true, usage?.keyCertSign == false else { throw .wrongKeyUsage(.signing) }
    }

    private func checkTime(_ leaf: ParsedCertificate, limitDays: Int, grace: Duration) throws(TrustError) {
        let (notBefore, notAfter) = (leaf.notBefore, leaf.notAfter)
        if wall < Self.earliestPlausible || notBefore - wall > Self.plausibleDistance
            || wall - notAfter > Self.plausibleDistance
        {
            throw .clockWrong(now: wall, notBefore: notBefore, notAfter: notAfter)
        }
        guard wall >= notBefore else { throw .notYetValid(notBefore: notBefore, now: wall) }
        guard wall <= notAfter + grace else { throw .expired(notAfter: notAfter, now: wall) }
        let life = notAfter - notBefore
        guard life <= .days(limitDays) + CertificateProfile.backDating + Self.slack else {
            throw .lifeTooLong(days: Int(life.components.seconds / 86_400), limit: limitDays)
        }
    }
}
