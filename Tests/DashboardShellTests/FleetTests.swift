import Model
import Synchronization
import Testing
import Transport
import Trust
import Wire

@testable import Dashboard

/// `looptop enroll` and what follows from it, over real TLS on the loopback.
@Suite(.timeLimit(.minutes(1))) struct FleetTests {
    /// The real time: certificates are checked against it.
    private let now = Clocks.wall()
    private let authority: CertificateAuthority
    private let identity: Identity

    init() throws {
        authority = try CertificateAuthority.create(now: now)
        identity = try authority.identity(forPerson: "ada", role: .admin, key: SigningKey(), now: now)
    }

    private func agentIdentity(_ host: HostID) throws -> Identity {
        let key = SigningKey()
        let leaf = try authority.issueAgent(csrDER: try key.signingRequest(), host: host, now: now)
        return try Identity(leaf: leaf, authorities: [authority.certificate], privateKeyPEM: key.pem)
    }

    /// The first answer that is a WELCOME or a loss.
    private func answer(from address: SocketName, expecting host: HostID?, network: Network) async throws -> LinkEvent?
    {
        let (stream, continuation) = AsyncStream.makeStream(of: LinkEvent.self)
        let nowhere = IdentityStore(directory: "/nonexistent")
        let shell = LinkShell(
            endpoint: .tls(address, host: host),
            membership: try Membership(identity, denyList: nil, store: nowhere), run: LinkHarness.run, network: network
        ) { continuation.yield($0) }
        shell.dial()
        for await event in stream {
            switch event {
            case .connected, .lost: return event
            default: continue
            }
        }
        return nil
    }

    @Test func talksToTheEnrolledHost() async throws {
        let network = Network()
        defer { network.shutdown() }
        let agent = try FakeAgent(network: network)
        defer { agent.stop() }
        let address = try agent.listen(as: try agentIdentity(SampleFleet.web.id))
        guard
            case .connected(let info, let role)? = try await answer(
                from: address, expecting: SampleFleet.web.id, network: network)
        else {
            Issue.record("not connected")
            return
        }
        #expect(info.id == SampleFleet.web.id)
        #expect(role == .admin)
    }

    @Test func refusesAnotherHostOfTheSameFleetAtTheAddress() async throws {
        let network = Network()
        defer { network.shutdown() }
        let agent = try FakeAgent(network: network)
        defer { agent.stop() }
        let address = try agent.listen(as: try agentIdentity(SampleFleet.web.id))
        guard
            case .lost(.untrusted, let retryAt)? = try await answer(
                from: address, expecting: HostID(high: 9, low: 9), network: network)
        else {
            Issue.record("not refused")
            return
        }
        #expect(retryAt == nil)
        #expect(agent.received.isEmpty, "not even HELLO")
    }

    @Test func refusesAHostThatSaysItIsAnother() async throws {
        let network = Network()
        defer { network.shutdown() }
        let agent = try FakeAgent(network: network)
        defer { agent.stop() }
        // The certificate names another host than WELCOME does.
        let address = try agent.listen(as: try agentIdentity(HostID(high: 9, low: 9)))
        guard case .lost(.untrusted, _)? = try await answer(from: address, expecting: nil, network: network) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func enrolsAHostByItsToken() async throws {
        let network = Network()
        defer { network.shutdown() }
        let agent = try EnrollingAgent(network: network, host: SampleFleet.web.id, now: now)
        let token = try agent.listen()
        defer { agent.stop() }
        let outcome = await enrol(token, network: network)
        guard case .enrolled(let request) = outcome else {
            Issue.record("not enrolled: \(outcome)")
            return
        }
        #expect(request.host == SampleFleet.web.id)
        #expect(request.hostName == "web-1")
        let granted = try #require(agent.granted)
        #expect(granted.host == SampleFleet.web.id)
        #expect(granted.fleet == authority.fleet)
    }

    @Test func anotherKeyThanTheTokensIsNotTalkedTo() async throws {
        let network = Network()
        defer { network.shutdown() }
        let agent = try EnrollingAgent(network: network, host: SampleFleet.web.id, now: now)
        let token = try agent.listen()
        defer { agent.stop() }
        let wrong = try EnrolmentToken(
            addresses: token.addresses, spkiHash: SigningKey().spkiHash, notAfter: token.notAfter)
        guard case .failed(.pinMismatch) = await enrol(wrong, network: network) else {
            Issue.record("it was talked to")
            return
        }
        #expect(agent.granted == nil)
    }

    @Test func nobodyAtTheAddressLeavesTheTokenForTheNextOne() async throws {
        let network = Network()
        defer { network.shutdown() }
        let agent = try EnrollingAgent(network: network, host: SampleFleet.web.id, now: now)
        let token = try agent.listen()
        agent.stop()
        guard case .unreachable = await enrol(token, network: network) else {
            Issue.record("somebody answered")
            return
        }
    }

    private func enrol(_ token: EnrolmentToken, network: Network) async -> EnrolmentShell.Outcome {
        do {
            let address = try SocketName(parsing: token.addresses.first ?? "")
            let connector = try EnrolmentConnector(
                token: token, identity: identity, deadline: Clocks.monotonic() + .seconds(30))
            return await withCheckedContinuation { continuation in
                let shell = EnrolmentShell(
                    connector: connector, network: network,
                    sign: { [authority, now] request throws(TrustError) in
                        let leaf = try authority.issueAgent(csrDER: request.csr, host: request.host, now: now)
                        return GrantedCertificate(leaf: leaf, authority: authority.certificate)
                    },
                    told: { continuation.resume(returning: $0) })
                shell.start(address: address, token: token, identity: identity)
            }
        } catch {
            return .unreachable("\(error)")
        }
    }
}
