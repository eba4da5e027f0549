import Glibc
import Model
import Synchronization
import Testing
import Transport
import Trust
import Wire

struct ConnectionTests {
    @Test func bothEndsOfATLSConnectionKnowEachOtherAndTalk() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(
            fleet,
            recorder: Recorder(onMessage: { connection, message in
                if case .ping(let ping) = message {
                    connection.send(
                        .pong(Pong(nonce: ping.nonce, wall: WallTime(nanoseconds: 1), monotonic: .init(nanoseconds: 2)))
                    )
                }
            }))
        defer { agent.network.shutdown() }
        let dashboard = Recorder(onOpen: { $0.send(.ping(Ping(nonce: 77))) })
        agent.network.connect(
            tls: agent.address, identity: fleet.person, expecting: fleet.host, delegate: dashboard)

        let far = try await dashboard.opened()
        guard case .agent(let host, let certificate)? = far.peer else {
            throw Unexpected("\(String(describing: far.peer))")
        }
        #expect(host == fleet.host)
        #expect(!certificate.serial.isEmpty)
        #expect(far.description == agent.address.description)
        #expect(far.peerSPKIHash == nil)
        let near = try await agent.recorder.opened()
        guard case .person("ada", .operator, _)? = near.peer else {
            throw Unexpected("\(String(describing: near.peer))")
        }
        guard case .began(let source)? = agent.recorder.events.first else { throw Unexpected("no began first") }
        #expect(source == near.description)
        #expect(try await agent.recorder.message() == .ping(Ping(nonce: 77)))
        #expect(
            try await dashboard.message()
                == .pong(Pong(nonce: 77, wall: WallTime(nanoseconds: 1), monotonic: .init(nanoseconds: 2))))
        // Of the messages alone, without what TLS adds.
        let bytes = try #require(dashboard.messages.first).encoded().count
        #expect(far.traffic == (UInt64(bytes), UInt64(Message.ping(Ping(nonce: 77)).encoded().count)))
    }

    @Test func bothEndsOfAUnixSocketKnowEachOthersUser() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        let dashboard = Recorder(onOpen: { $0.send(.ping(Ping(nonce: 5))) })
        agent.network.connect(unix: path, delegate: dashboard)

        let me = Peer.local(uid: getuid(), pid: getpid())
        #expect(try await dashboard.opened().peer == me)
        #expect(try await agent.recorder.opened().peer == me)
        #expect(try await agent.recorder.opened().description == "unix:\(path)")
        #expect(try await agent.recorder.message() == .ping(Ping(nonce: 5)))
    }

    @Test func closeAfterAFailureDeliversItAndTellsBothEndsOnce() async throws {
        let fleet = try TestFleet()
        let failure = Failure(code: .draining, text: "back in a minute")
        let agent = try ListeningAgent(fleet, recorder: Recorder(onOpen: { $0.close(after: failure) }))
        defer { agent.network.shutdown() }
        let dashboard = Recorder()
        agent.network.connect(tls: agent.address, identity: fleet.person, expecting: nil, delegate: dashboard)

        #expect(try await dashboard.message() == .failure(failure))
        guard case .peerClosed = try await dashboard.closed() else { throw Unexpected("\(dashboard.events)") }
        guard case .local = try await agent.recorder.closed() else { throw Unexpected("\(agent.recorder.events)") }
        #expect(dashboard.closings == 1)
        #expect(agent.recorder.closings == 1)
    }

    @Test func messagesOfManyThreadsAllArriveWhole() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let dashboard = Recorder()
        agent.network.connect(tls: agent.address, identity: fleet.person, expecting: nil, delegate: dashboard)
        let connection = try await dashboard.opened()

        await withTaskGroup(of: Void.self) { group in
            for sender in UInt64(0)..<4 {
                group.addTask {
                    for count in UInt64(0)..<50 { connection.send(.ping(Ping(nonce: sender << 32 | count))) }
                }
            }
        }
        let nonces = try await agent.recorder.wait("200 messages") { events in
            let nonces = events.compactMap { event -> UInt64? in
                if case .received(.ping(let ping)) = event { ping.nonce } else { nil }
            }
            return nonces.count == 200 ? nonces : nil
        }
        for sender in UInt64(0)..<4 {
            #expect(nonces.filter { $0 >> 32 == sender } == (0..<50).map { sender << 32 | $0 }, "order of one thread")
        }
    }

    @Test func aSilentPeerIsClosed() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path, deadlines: Deadlines(silence: .milliseconds(100)))
        defer { agent.network.shutdown() }
        let patient = Network()
        defer { patient.shutdown() }
        let dashboard = Recorder()
        patient.connect(unix: path, delegate: dashboard)

        guard case .silent = try await agent.recorder.closed() else { throw Unexpected("\(agent.recorder.events)") }
        guard case .peerClosed = try await dashboard.closed() else { throw Unexpected("\(dashboard.events)") }
    }

    /// A session keeps its connection, and a connection its session: that must end with the connection.
    @Test func aClosedConnectionLetsGoOfItsDelegate() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        let after = Recorder()
        agent.network.connect(unix: path, delegate: Keeper { after.connectionBegan(from: "freed") })
        try await agent.recorder.opened().close()
        try await after.wait("the delegate's end") { $0.isEmpty ? nil : () }
    }

    @Test func scheduledWorkRunsUnlessCancelled() async throws {
        let network = Network()
        defer { network.shutdown() }
        let recorder = Recorder()
        network.schedule(after: .milliseconds(1)) { recorder.connectionBegan(from: "cancelled") }.cancel()
        network.schedule(after: .milliseconds(2)) { recorder.connectionBegan(from: "ran") }
        let sources = try await recorder.wait("the work") { events in
            events.isEmpty ? nil : events.compactMap { if case .began(let source) = $0 { source } else { nil } }
        }
        #expect(sources == ["ran"])
    }
}

/// A delegate that keeps its connection for good.
private final class Keeper: ConnectionDelegate {
    private let kept = Mutex<Connection?>(nil)
    private let freed: @Sendable () -> Void

    init(freed: @escaping @Sendable () -> Void) { self.freed = freed }

    deinit { freed() }

    func connectionOpened(_ connection: Connection) { kept.withLock { $0 = connection } }
    func connection(_ connection: Connection, received message: Message) {}
    func connectionBecameWritable(_ connection: Connection) {}
    func connectionClosed(_ connection: Connection?, reason: CloseReason) {}
}

/// Something else happened than the test expects.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
