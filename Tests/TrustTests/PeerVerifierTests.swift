import Crypto
import FoundationEssentials
import Model
import Testing
import X509

@testable import Trust

struct PeerVerifierTests {
    let fleet: Fleet

    init() throws { fleet = try Fleet() }

    /// The error for one leaf, `nil` when it passes.
    private func refusal(
        _ leaf: [UInt8], expecting: PeerVerifier.Expectation = .agent(host), at wall: WallTime = later(.seconds(60))
    ) async throws -> TrustError? {
        switch await (try fleet.verifier).verify(chain: [leaf], expecting: expecting, wall: wall) {
        case .success: nil
        case .failure(let error): error
        }
    }

    @Test func knowsAnAgentByItsCertificate() async throws {
        let result = await (try fleet.verifier).verify(
            chain: [try fleet.agentLeaf(), fleet.authority.certificate], expecting: .agent(host),
            wall: later(.seconds(60)))
        guard case .agent(let found, let certificate) = try result.get() else {
            Issue.record("not an agent: \(result)")
            return
        }
        #expect(found == host)
        #expect(certificate.serial.count >= 16 && certificate.issued == start)
    }

    @Test func knowsAPersonAndTheirRole() async throws {
        let result = await (try fleet.verifier).verify(
            chain: [try fleet.person(.admin).leaf], expecting: .person, wall: later(.seconds(60)))
        guard case .person("ada", .admin, _) = try result.get() else {
            Issue.record("not ada: \(result)")
            return
        }
    }

    @Test func takesAnyAgentWhileTheHostIsNotKnown() async throws {
        #expect(try await refusal(fleet.agentLeaf(), expecting: .agent(nil)) == nil)
    }

    @Test func acceptsAClockTenMinutesBehindTheAuthoritys() async throws {
        #expect(try await refusal(fleet.agentLeaf(), at: later(.seconds(-599))) == nil)
        let error = try await refusal(fleet.agentLeaf(), at: later(.seconds(-700)))
        #expect(error == .notYetValid(notBefore: later(.seconds(-600)), now: later(.seconds(-700))))
        #expect(error?.sentence.contains("not valid for another 100 s") == true)
    }

    @Test func refusesAnExpiredCertificate() async throws {
        #expect(try await refusal(fleet.agentLeaf(), at: later(days(90))) == nil)
        let error = try await refusal(fleet.agentLeaf(), at: later(days(93)))
        #expect(error == .expired(notAfter: later(days(90)), now: later(days(93))))
        #expect(error?.sentence.contains("expired 3 d ago (2027-01-30 00:00 UTC)") == true)
    }

    @Test func expiresAPersonAfterThirtyDays() async throws {
        let leaf = try fleet.person().leaf
        #expect(try await refusal(leaf, expecting: .person, at: later(days(30))) == nil)
        #expect(
            try await refusal(leaf, expecting: .person, at: later(days(31)))
                == .expired(notAfter: later(days(30)), now: later(days(31))))
    }

    @Test(arguments: [days(-400), days(-10_000), days(500)])
    func saysThatTheClockIsWrongWhenItIsFarOutside(distance: Duration) async throws {
        let error = try await refusal(fleet.agentLeaf(), at: later(distance))
        guard case .clockWrong? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.sentence.contains("clock is probably wrong") == true)
    }

    @Test func refusesAnEmptyChain() async throws {
        let result = await (try fleet.verifier).verify(chain: [], expecting: .person, wall: start)
        #expect(result == .failure(.noCertificate))
    }

    @Test func refusesBytesThatAreNoCertificate() async throws {
        for bytes in [[], [0x30], [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], Array(repeating: UInt8(0x30), count: 9000)] {
            #expect(try await refusal(bytes) == .malformedCertificate(what: "peer's certificate"))
        }
    }

    @Test func neverTrapsOnADamagedCertificate() async throws {
        let leaf = try fleet.agentLeaf()
        let verifier = try fleet.verifier
        for index in leaf.indices {
            var damaged = leaf
            damaged[index] ^= 0x11
            let result = await verifier.verify(chain: [damaged], expecting: .agent(host), wall: later(.seconds(60)))
            guard case .failure = result else {
                Issue.record("passed with byte \(index) changed")
                continue
            }
        }
    }

    @Test func refusesAnotherFleetByName() async throws {
        let other = try Fleet()
        let error = try await refusal(other.agentLeaf())
        #expect(error == .wrongFleet(expected: fleet.authority.fleet, found: other.authority.fleet))
    }

    @Test func refusesAnUnknownAuthorityThatUsesOurFleetsName() async throws {
        let other = try Fleet()
        #expect(try await refusal(Forged.agent(of: fleet).signed(by: other)) == .unknownAuthority)
    }

    @Test func refusesASelfSignedCertificateOfOurAgentsKey() async throws {
        #expect(try await refusal(fleet.agentKey.selfSignedCertificate(now: start)) == .nameCount(0))
    }

    @Test(arguments: [0, 2])
    func refusesAnyNumberOfURINamesButOne(count: Int) async throws {
        var forged = Forged.agent(of: fleet)
        forged.uris = Array(repeating: forged.uris[0], count: count)
        #expect(try await refusal(forged.signed(by: fleet)) == .nameCount(count))
    }

    @Test func refusesANameThatIsNotOurs() async throws {
        var forged = Forged.agent(of: fleet)
        forged.uris = ["https://example.org/agent"]
        #expect(try await refusal(forged.signed(by: fleet)) == .malformedName)
    }

    @Test func refusesACertificateAuthorityAsPeer() async throws {
        #expect(try await refusal(fleet.authority.certificate) == .authorityAsPeer)
        var forged = Forged.agent(of: fleet)
        forged.constraints = .isCertificateAuthority(maxPathLength: nil)
        #expect(try await refusal(forged.signed(by: fleet)) == .authorityAsPeer)
    }

    @Test func refusesALeafThatIsNotMarkedAsOne() async throws {
        var forged = Forged.agent(of: fleet)
        forged.constraintsCritical = false
        #expect(try await refusal(forged.signed(by: fleet)) == .notMarkedAsLeaf)
        forged.constraints = nil
        #expect(try await refusal(forged.signed(by: fleet)) == .notMarkedAsLeaf)
    }

    @Test func refusesAnAgentThatMayNotListen() async throws {
        var forged = Forged.agent(of: fleet)
        forged.usages = [.clientAuth]
        #expect(try await refusal(forged.signed(by: fleet)) == .wrongKeyUsage(.listening))
        forged.usages = []
        #expect(try await refusal(forged.signed(by: fleet)) == .wrongKeyUsage(.listening))
    }

    @Test func refusesAPersonThatMayListenToo() async throws {
        var forged = Forged.person(of: fleet)
        forged.usages = [.clientAuth, .serverAuth]
        #expect(try await refusal(forged.signed(by: fleet), expecting: .person) == .wrongKeyUsage(.calling))
        forged.usages = [.any]
        #expect(try await refusal(forged.signed(by: fleet), expecting: .person) == .wrongKeyUsage(.calling))
    }

    @Test func refusesALeafWhoseKeyMaySignCertificates() async throws {
        var forged = Forged.agent(of: fleet)
        forged.keyUsage = KeyUsage(digitalSignature: true, keyCertSign: true)
        #expect(try await refusal(forged.signed(by: fleet)) == .wrongKeyUsage(.signing))
        forged.keyUsage = nil
        #expect(try await refusal(forged.signed(by: fleet)) == .wrongKeyUsage(.signing))
    }

    @Test func refusesAnyKeyButP256() async throws {
        for key in [
            Certificate.PrivateKey(P384.Signing.PrivateKey()),
            Certificate.PrivateKey(Curve25519.Signing.PrivateKey()),
        ] {
            var forged = Forged.agent(of: fleet)
            forged.key = key
            #expect(try await refusal(forged.signed(by: fleet)) == .wrongKeyType)
        }
    }

    @Test func refusesALifeLongerThanTheKindMayHave() async throws {
        var forged = Forged.person(of: fleet)
        forged.notAfter = start + days(40)
        #expect(
            try await refusal(forged.signed(by: fleet), expecting: .person) == .lifeTooLong(days: 40, limit: 30))
        var agent = Forged.agent(of: fleet)
        agent.notAfter = start + days(91)
        #expect(try await refusal(agent.signed(by: fleet)) == .lifeTooLong(days: 91, limit: 90))
    }

    @Test func refusesAnotherHostThanTheOneDialled() async throws {
        let wanted = HostID(high: 1, low: 2)
        let error = try await refusal(fleet.agentLeaf(), expecting: .agent(wanted))
        #expect(error == .wrongHost(expected: wanted, found: host))
    }

    @Test func refusesAnAgentAsCallerAndAPersonAsListener() async throws {
        let caller = try await refusal(fleet.agentLeaf(), expecting: .person)
        #expect(caller == .wrongKind(expected: "a person", found: "an agent"))
        let listener = try await refusal(fleet.person().leaf, expecting: .agent(nil))
        #expect(listener == .wrongKind(expected: "an agent", found: "a person"))
    }

    @Test func refusesACriticalExtensionThatNobodyChecks() async throws {
        var forged = Forged.agent(of: fleet)
        forged.unknownCriticalExtension = true
        guard case .chainRefused? = try await refusal(forged.signed(by: fleet)) else {
            Issue.record("passed")
            return
        }
    }

    @Test func refusesEverythingOnceTheAuthorityHasExpired() async throws {
        var forged = Forged.agent(of: fleet)
        forged.notBefore = later(days(3640))
        forged.notAfter = later(days(3700))
        let error = try await refusal(forged.signed(by: fleet), at: later(days(3660)))
        #expect(error == .authorityExpired(notAfter: later(days(3650))))
    }

    @Test func takesOnlyAuthoritiesOfItsOwnFleet() throws {
        let other = try Fleet()
        #expect(throws: TrustError.wrongFleet(expected: fleet.authority.fleet, found: other.authority.fleet)) {
            try PeerVerifier(
                authorities: [fleet.authority.certificate, other.authority.certificate],
                fleet: fleet.authority.fleet)
        }
        #expect(throws: TrustError.unknownAuthority) { try PeerVerifier(authorities: [], fleet: "x") }
        #expect(throws: TrustError.notAnAuthority(reason: "it is not marked as a CA")) {
            try PeerVerifier(authorities: [try fleet.agentLeaf()], fleet: fleet.authority.fleet)
        }
    }
}
