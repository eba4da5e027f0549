import Model
import Testing
import X509

@testable import Trust

/// A second person gets a certificate of the fleet, by text that may travel in the open.
struct PersonGrantTests {
    let temporary: TemporaryDirectory
    let fleet: Fleet
    var store: IdentityStore { temporary.store }

    init() throws {
        temporary = try TemporaryDirectory()
        fleet = try Fleet()
    }

    private func book() -> HostBook {
        HostBook(entries: [.init(address: "web-1:7433", host: host, name: "web-1", enrolled: start)])
    }

    /// As it travels: the request there, the grant back.
    private func granted(_ key: SigningKey, role: Role = .viewer, now: WallTime = start) throws -> PersonGrant {
        let request = Array(try PersonRequest.pem(for: key).utf8)
        let leaf = try fleet.authority.issuePerson(
            csrDER: try PersonRequest.read(request, name: "request.pem"), name: "bob", role: role, now: now)
        let grant = PersonGrant(leaf: leaf, authorities: [fleet.authority.certificate], hosts: book())
        return try PersonGrant(pem: Array(try grant.pem().utf8), name: "grant.pem")
    }

    @Test(arguments: [Role.viewer, .operator, .admin]) func leadsToAnIdentity(_ role: Role) async throws {
        let key = try store.requestedKey()
        #expect(try store.requestedKey().spkiHash == key.spkiHash, "asking again asks for the same key")
        let grant = try granted(key, role: role)
        let identity = try grant.identity(for: key, now: start)
        #expect(identity.name == .person(name: "bob", role: role) && identity.fleet == fleet.authority.fleet)
        #expect(grant.hosts == book())
        let verified = try await fleet.verifier.verify(chain: [grant.leaf], expecting: .person, wall: start)
        guard case .success(.person(name: "bob", role: role, certificate: _)) = verified else {
            Issue.record("\(verified)")
            return
        }
        try store.save(identity)
        #expect(try store.loadIdentity()?.leaf == grant.leaf)
        #expect(try store.loadRequestedKey() == nil, "the next request is for a new key")
        #expect(try store.loadAuthority() == nil, "whoever joins has no CA key")
    }

    @Test func theOldCertificateWorksUntilTheNewOneIsThere() throws {
        let first = try store.requestedKey()
        try store.save(try granted(first).identity(for: first, now: start))
        let second = try store.requestedKey()
        #expect(second.spkiHash != first.spkiHash)
        #expect(try store.loadIdentity()?.leaf == (try #require(try store.loadIdentity())).leaf)
        let renewed = try granted(second, now: later(days(25)))
        try store.save(try renewed.identity(for: second, now: later(days(25))))
        #expect(try store.loadIdentity()?.leaf == renewed.leaf)
    }

    @Test func isOfUseToNobodyElse() throws {
        let grant = try granted(SigningKey())
        #expect(throws: TrustError.keyMismatch) { try grant.identity(for: SigningKey(), now: start) }
    }

    @Test func mustBeAPersonsAndOfNow() throws {
        let agents = PersonGrant(
            leaf: try fleet.agentLeaf(), authorities: [fleet.authority.certificate], hosts: HostBook())
        #expect(throws: TrustError.wrongKind(expected: "a person", found: "an agent")) {
            try agents.identity(for: fleet.agentKey, now: start)
        }
        let key = SigningKey()
        let grant = try granted(key)
        let end = try expiry(ofCertificate: grant.leaf)
        #expect(throws: TrustError.expired(notAfter: end, now: end)) { try grant.identity(for: key, now: end) }
        let strangers = PersonGrant(
            leaf: grant.leaf, authorities: [try Fleet().authority.certificate], hosts: HostBook())
        #expect(throws: TrustError.unknownAuthority) { try strangers.identity(for: key, now: start) }
    }

    @Test func whoIsInAFleetTakesNoOtherCAForIts() throws {
        let key = SigningKey()
        let old = try fleet.person()
        #expect(try granted(key).identity(for: key, after: old, now: start).fleet == old.fleet)
        let other = try Fleet()
        let stranger = try other.authority.issuePerson(
            csrDER: try key.signingRequest(), name: "bob", role: .viewer, now: start)
        let elsewhere = PersonGrant(leaf: stranger, authorities: [other.authority.certificate], hosts: HostBook())
        #expect(throws: TrustError.wrongFleet(expected: old.fleet, found: other.authority.fleet)) {
            try elsewhere.identity(for: key, after: old, now: start)
        }
        // One that calls itself by the same id.
        let forger = SigningKey()
        let profile = CertificateProfile(
            subject: "looptop CA \(old.fleet)", organisation: "looptop fleet \(old.fleet)",
            uris: ["spiffe://\(old.fleet)"], notBefore: start, notAfter: later(days(3650)), kind: .authority)
        let certificate = try profile.sign(
            key: forger.certificateKey.publicKey, issuer: nil, issuerKey: forger.certificateKey)
        let authority = try CertificateAuthority(certificate: certificate, key: forger)
        let forged = PersonGrant(
            leaf: try authority.issuePerson(csrDER: try key.signingRequest(), name: "bob", role: .viewer, now: start),
            authorities: [certificate], hosts: HostBook())
        #expect(try forged.identity(for: key, now: start).fleet == old.fleet, "who is in none yet has to compare")
        #expect(throws: TrustError.unknownAuthority) { try forged.identity(for: key, after: old, now: start) }
    }

    @Test(arguments: [
        "", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE REQUEST-----\n!\n-----END CERTIFICATE REQUEST-----\n",
    ])
    func whatIsNoneIsRefusedByName(_ text: String) throws {
        for read in [
            { () throws in _ = try PersonRequest.read(Array(text.utf8), name: "x.pem") },
            { () throws in _ = try PersonGrant(pem: Array(text.utf8), name: "x.pem") },
        ] {
            let error = #expect(throws: TrustError.self) { try read() }
            guard case .damagedFile("x.pem", _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func aRequestThatWasChangedOnTheWayIsRefused() throws {
        var der = try PersonRequest.read(Array(try PersonRequest.pem(for: SigningKey()).utf8), name: "x")
        der[der.count - 1] ^= 1
        #expect(throws: TrustError.self) {
            try fleet.authority.issuePerson(csrDER: der, name: "bob", role: .viewer, now: start)
        }
        #expect(throws: TrustError.self) {
            let good = try PersonRequest.read(Array(try PersonRequest.pem(for: SigningKey()).utf8), name: "x")
            return try fleet.authority.issuePerson(csrDER: good, name: "Bob Smith", role: .viewer, now: start)
        }
    }
}
