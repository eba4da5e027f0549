import Model
import NIOCore
import NIOSSL
import Testing
import Transport
import Trust
import Wire

struct RefusalTests {
    @Test func aClientWithoutACertificateIsRefused() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        var tls = try TLSConfiguration.client(fleet)
        tls.certificateChain = []
        tls.privateKey = nil
        let client = try await RawClient.connect(agent.network, to: agent.address.resolved(), tls: tls)

        let end = try await agent.recorder.closing()
        guard case .untrustedPeer(.noCertificate) = end.reason else { throw Unexpected("\(end)") }
        #expect(!end.wasOpen)
        try await client.closed()
        let alert = "\(String(describing: client.error))"
        #expect(alert.contains("CERTIFICATE_REQUIRED"))
    }

    /// In TLS 1.3 the client's handshake is complete before the server has looked at its certificate.
    @Test func aDashboardOfAnotherFleetLearnsThatItsCertificateWasRefused() async throws {
        let fleet = try TestFleet()
        let other = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let dashboard = Recorder(onOpen: { $0.send(.ping(Ping(nonce: 1))) })
        // It trusts the agent's fleet, so that only the agent objects.
        try agent.network.connectTrusting(fleet, as: other.person, to: agent.address, delegate: dashboard)

        let seen = try await agent.recorder.closing()
        guard case .untrustedPeer(.wrongFleet) = seen.reason else { throw Unexpected("\(seen)") }
        #expect(!seen.wasOpen)
        let told = try await dashboard.closing()
        guard case .refusedCertificate(let text) = told.reason else { throw Unexpected("\(told)") }
        #expect(text == "the agent refused our certificate (TLS alert: certificate unknown); its log says why")
        #expect(told.wasOpen)
    }

    @Test func aDashboardRefusesAnAgentOfAnotherFleet() async throws {
        let fleet = try TestFleet()
        let other = try TestFleet()
        let agent = try ListeningAgent(other)
        defer { agent.network.shutdown() }
        let dashboard = Recorder()
        agent.network.connect(tls: agent.address, identity: fleet.person, expecting: nil, delegate: dashboard)

        let end = try await dashboard.closing()
        guard
            case .untrustedPeer(.wrongFleet(expected: fleet.authority.fleet, found: other.authority.fleet)) = end.reason
        else { throw Unexpected("\(end)") }
        #expect(!end.wasOpen)
        let seen = try await agent.recorder.closing()
        guard case .refusedCertificate(let text) = seen.reason else { throw Unexpected("\(seen)") }
        #expect(text.hasPrefix("the dashboard refused our certificate"))
        #expect(!seen.wasOpen)
    }

    @Test func aPersonsCertificateDoesNotMakeAnAgent() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet, identity: fleet.person)
        defer { agent.network.shutdown() }
        let dashboard = Recorder()
        agent.network.connect(tls: agent.address, identity: fleet.person, expecting: nil, delegate: dashboard)
        let reason = try await dashboard.closed()
        guard case .untrustedPeer(.wrongKind) = reason else { throw Unexpected("\(reason)") }
    }

    @Test func anAgentsCertificateDoesNotMakeAPerson() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let dashboard = Recorder()
        agent.network.connect(tls: agent.address, identity: fleet.agent, expecting: nil, delegate: dashboard)
        let reason = try await agent.recorder.closed()
        guard case .untrustedPeer(.wrongKind) = reason else { throw Unexpected("\(reason)") }
        guard case .refusedCertificate = try await dashboard.closed() else { throw Unexpected("\(dashboard.events)") }
    }

    @Test func anotherHostAtTheAddressIsRefused() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let expected = HostID.random()
        let dashboard = Recorder()
        agent.network.connect(tls: agent.address, identity: fleet.person, expecting: expected, delegate: dashboard)
        let reason = try await dashboard.closed()
        guard case .untrustedPeer(.wrongHost(expected: expected, found: fleet.host)) = reason else {
            throw Unexpected("\(reason)")
        }
    }

    @Test func anExpiredCertificateIsRefusedByTheWallClockOfTheNetwork() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let inHundredDays = NetworkClock.system.wall().nanoseconds + 100 * 86_400 * 1_000_000_000
        let later = Network(
            clock: NetworkClock(
                monotonic: NetworkClock.system.monotonic, wall: { WallTime(nanoseconds: inHundredDays) }))
        defer { later.shutdown() }
        let dashboard = Recorder()
        later.connect(tls: agent.address, identity: fleet.person, expecting: nil, delegate: dashboard)
        let reason = try await dashboard.closed()
        guard case .untrustedPeer(.expired) = reason else { throw Unexpected("\(reason)") }
    }

    @Test func tls12IsRefused() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        var tls = try TLSConfiguration.client(fleet)
        tls.minimumTLSVersion = .tlsv12
        tls.maximumTLSVersion = .tlsv12
        let client = try await RawClient.connect(agent.network, to: agent.address.resolved(), tls: tls)
        let end = try await agent.recorder.closing()
        guard case .other("the dashboard does not speak TLS 1.3") = end.reason else { throw Unexpected("\(end)") }
        #expect(!end.wasOpen)
        try await client.closed()
        #expect("\(String(describing: client.error))".contains("PROTOCOL_VERSION"))
    }

    @Test(arguments: [[], ["h2"], ["looptop-enrol/1"]])
    func aClientThatDoesNotNameTheProtocolIsClosed(_ protocols: [String]) async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let client = try await RawClient.connect(
            agent.network, to: agent.address.resolved(), tls: try .client(fleet, protocols: protocols))
        let end = try await agent.recorder.closing()
        guard case .other("the peer does not speak looptop/1 (ALPN)") = end.reason else { throw Unexpected("\(end)") }
        #expect(!end.wasOpen)
        try await client.closed()
    }

    @Test func bytesWithoutTLSAreClosed() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let client = try await RawClient.connect(agent.network, to: agent.address.resolved())
        try await client.send(Message.ping(Ping(nonce: 1)).encoded() + Array(repeating: 7, count: 64))
        let end = try await agent.recorder.closing()
        guard case .other("the dashboard does not speak TLS") = end.reason else { throw Unexpected("\(end)") }
        #expect(!end.wasOpen)
        try await client.closed()
    }

    @Test func aDashboardSaysWhenTheOtherEndDoesNotSpeakTLS() async throws {
        let fleet = try TestFleet()
        let network = Network()
        defer { network.shutdown() }
        let server = try await PlainServer.start(network)
        let dashboard = Recorder()
        network.connect(tls: server, identity: fleet.person, expecting: nil, delegate: dashboard)
        let reason = try await dashboard.closed()
        guard case .other("the agent does not speak TLS") = reason else { throw Unexpected("\(reason)") }
    }
}
