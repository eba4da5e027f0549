import Model
import NIOCore
import Testing
import Transport
import Wire

/// What somebody on the path can read.
struct EavesdropperTests {
    private static let secret = "payroll-worker"

    private static func keyframe() -> Message {
        let info = WorkerInfo(
            id: WorkerID(boot: .random(), pid: 4711, startTicks: 99), parentPID: 1, groupKey: "web", slot: 1, uid: 1000,
            name: secret, arguments: ["/usr/bin/node", secret], started: WallTime(nanoseconds: 1))
        let group = GroupEntry(
            info: GroupInfo(key: "web", app: "web", kind: .single),
            row: GroupRow())
        let snapshot = Snapshot(
            sequence: 1, monotonic: MonotonicInstant(nanoseconds: 5), wall: WallTime(nanoseconds: 6), groups: [group],
            workers: [WorkerEntry(info: info, row: WorkerRow())])
        return .keyframe(subscription: 1, snapshot)
    }

    private func received(_ dashboard: Recorder) async throws -> Bool {
        guard case .keyframe(1, let snapshot) = try await dashboard.message() else { return false }
        return snapshot.workers.first?.info.name == Self.secret
    }

    @Test func aWorkersNameIsNotInTheBytesOfATCPConnection() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet, recorder: Recorder(onOpen: { $0.send(Self.keyframe()) }))
        defer { agent.network.shutdown() }
        let relay = try await Relay.start(
            agent.network, at: SocketName.loopback(0).resolved(), to: agent.address.resolved())
        let dashboard = Recorder()
        agent.network.connect(
            tls: .loopback(relay.port), identity: fleet.person, expecting: fleet.host, delegate: dashboard)

        #expect(try await received(dashboard))
        #expect(relay.bytes.count > 2000, "a TLS handshake with two certificates passed the relay")
        #expect(!relay.saw(Self.secret))
        #expect(!relay.saw(fleet.host.hex), "certificates are encrypted too")
        #expect(relay.saw("looptop/1"), "the protocol name is not: a relay that records nothing would prove nothing")
    }

    /// The same check on the unix socket, where there is no TLS: it can fail.
    @Test func theSameCheckFindsTheNameOnAUnixSocket() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path, recorder: Recorder(onOpen: { $0.send(Self.keyframe()) }))
        defer { agent.network.shutdown() }
        let relay = try await Relay.start(
            agent.network, at: SocketAddress(unixDomainSocketPath: directory.file("relay.sock")),
            to: SocketAddress(unixDomainSocketPath: path))
        let dashboard = Recorder(onOpen: { $0.established() })
        agent.network.connect(unix: directory.file("relay.sock"), delegate: dashboard)

        #expect(try await received(dashboard))
        #expect(relay.saw(Self.secret))
    }
}
