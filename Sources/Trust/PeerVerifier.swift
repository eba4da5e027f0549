internal import FoundationEssentials
public import Model
@_spi(FixedExpiryValidationTime) internal import X509

/// Decides from the certificates that a TLS peer showed who it is. TLS itself proves only that it holds the key.
public struct PeerVerifier: Sendable {
    /// Who should be at the other end.
    public enum Expectation: Hashable, Sendable {
        /// An agent asks: whoever calls must be a person.
        case person
        /// A dashboard asks; `nil` while it does not yet know the host.
        case agent(HostID?)
    }

    private let authorities: [[UInt8]]
    private let fleet: String
    private let grace: Duration

    /// Refuses authorities that are no CA of `fleet`. `grace`: so long after its end an agent's certificate passes, with
    /// `PeerCertificate.expired`; for who can renew it.
    public init(authorities: [[UInt8]], fleet: String, grace: Duration = .zero) throws(TrustError) {
        guard !authorities.isEmpty else { throw .unknownAuthority }
        for der in authorities {
            let authority = try Authority(der: der)
            guard authority.fleet == fleet else { throw .wrongFleet(expected: fleet, found: authority.fleet) }
        }
        self.authorities = authorities
        self.fleet = fleet
        self.grace = grace
    }

    /// The peer, or the first thing wrong with it. `chain` is DER, leaf first; what follows the leaf is not used, as
    /// our CAs have no intermediates. The own rules run before the signature is checked, because "another fleet's
    /// certificate" helps more than "unknown authority"; nothing is believed before all of them have passed.
    public func verify(
        chain: [[UInt8]], expecting expectation: Expectation, wall: WallTime
    ) async -> Result<Peer, TrustError> {
        do throws(TrustError) {
            guard let der = chain.first else { throw .noCertificate }
            let leaf = try ParsedCertificate(der: der, what: "peer's certificate")
            let rules = LeafRules(fleet: fleet, expectation: expectation, wall: wall, grace: grace)
            let name = try rules.check(leaf)
            let trusted = try authorities.map { der throws(TrustError) in try Authority(der: der) }
            let mark = leaf.mark(at: wall, signer: try await validate(leaf, trusted: trusted, wall: wall))
            switch name {
            case .agent(let host): return .success(.agent(host: host, certificate: mark))
            case .person(let name, let role): return .success(.person(name: name, role: role, certificate: mark))
            }
        } catch { return .failure(error) }
    }

    /// The CA that signed it.
    private func validate(
        _ leaf: ParsedCertificate, trusted: [Authority], wall: WallTime
    ) async throws(TrustError) -> Authority {
        let signers = trusted.filter { $0.signed(leaf) }
        guard !signers.isEmpty else { throw .unknownAuthority }
        guard let signer = signers.first(where: { wall < $0.parsed.notAfter }) else {
            throw .authorityExpired(notAfter: signers[0].parsed.notAfter)
        }
        var verifier = Verifier(rootCertificates: CertificateStore([signer.certificate])) {
            RFC5280Policy(fixedExpiryValidationTime: min(wall, leaf.notAfter).date)
        }
        switch await verifier.validate(leaf: leaf.certificate, intermediates: CertificateStore()) {
        case .validCertificate: return signer
        // The reason quotes the certificate, which is the peer's text: it stays out.
        case .couldNotValidate: throw .chainRefused(reason: "RFC 5280 path validation failed")
        }
    }
}
