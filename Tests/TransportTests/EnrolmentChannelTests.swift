import Model
import NIOSSL
import Testing
import Transport
import Trust
import Wire

struct EnrolmentChannelTests {
    private struct Waiting {
        let key = SigningKey()
        let recorder = Recorder()
        let network = Network()
        let listener: Listener

        init() throws {
            let recorder = recorder
            listener = try network.listenForEnrolment(
                address: .loopback(0), identityKeyPEM: key.pem,
                selfSignedLeaf: key.selfSignedCertificate(now: NetworkClock.system.wall()), accept: { recorder })
        }
    }

    @Test func bothEndsLearnTheHashOfTheOthersKeyAndNoName() async throws {
        let fleet = try TestFleet()
        let agent = try Waiting()
        defer { agent.network.shutdown() }
        let dashboard = Recorder(onOpen: { $0.send(.enrolDone) })
        agent.network.connectForEnrolment(
            address: .loopback(agent.listener.port), identity: fleet.person, spkiHash: agent.key.spkiHash,
            delegate: dashboard)

        let far = try await dashboard.opened()
        #expect(far.peer == nil)
        #expect(far.peerSPKIHash == agent.key.spkiHash)
        let near = try await agent.recorder.opened()
        #expect(near.peer == nil)
        #expect(near.peerSPKIHash == (try spkiHash(ofCertificate: fleet.person.leaf)))
        #expect(try await agent.recorder.message() == .enrolDone)
    }

    @Test func anotherKeyThanTheTokensIsRefused() async throws {
        let fleet = try TestFleet()
        let agent = try Waiting()
        defer { agent.network.shutdown() }
        let wanted = SigningKey().spkiHash
        let dashboard = Recorder()
        agent.network.connectForEnrolment(
            address: .loopback(agent.listener.port), identity: fleet.person, spkiHash: wanted, delegate: dashboard)
        let end = try await dashboard.closing()
        guard case .untrustedPeer(.pinMismatch(expected: wanted, found: agent.key.spkiHash)) = end.reason else {
            throw Unexpected("\(end)")
        }
        #expect(!end.wasOpen)
    }

    @Test func whoShowsNoKeyIsRefused() async throws {
        let agent = try Waiting()
        defer { agent.network.shutdown() }
        var tls = try TLSConfiguration.client(TestFleet(), protocols: ["looptop-enrol/1"])
        tls.certificateChain = []
        tls.privateKey = nil
        _ = try await RawClient.connect(
            agent.network, to: SocketName.loopback(agent.listener.port).resolved(), tls: tls)
        guard case .untrustedPeer(.noCertificate) = try await agent.recorder.closed() else {
            throw Unexpected("\(agent.recorder.events)")
        }
    }

    @Test func theTwoKindsOfConnectionDoNotMix() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let dashboard = Recorder()
        agent.network.connectForEnrolment(
            address: agent.address, identity: fleet.person, spkiHash: try spkiHash(ofCertificate: fleet.agent.leaf),
            delegate: dashboard)
        // Which end finds out first depends on whose certificate check is done first.
        #expect(try await !agent.recorder.closing().wasOpen)
        guard case .other("the peer does not speak looptop-enrol/1 (ALPN)") = try await dashboard.closed() else {
            throw Unexpected("\(dashboard.events)")
        }
    }
}
