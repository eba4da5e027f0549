import Glibc
import Model
import Synchronization
import Transport
import Trust
import Wire

@testable import Dashboard

/// The agent's side of a connection, reduced to a script: WELCOME for HELLO, two snapshots for a subscription, PONG for
/// PING, a verdict for a command.
final class FakeAgent: ConnectionDelegate, Sendable {
    let path: String
    private let network: Network
    private let directory: String
    private let listener = Mutex<Listener?>(nil)
    private let seen = Mutex<[Message]>([])
    private let verdict: Verdict

    init(verdict: Verdict = .targetChanged, network: Network) throws {
        self.network = network
        self.verdict = verdict
        var template = Array("/tmp/looptop-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw ShellError.failedCall("mkdtemp", errno: errno) }
        directory = String(cString: made)
        path = directory + "/agent.sock"
    }

    /// Blocks until it listens; not on the event loop.
    func listen() throws {
        let listener = try network.listen(unix: path, allow: { _ in true }, accept: { self })
        self.listener.withLock { $0 = listener }
    }

    /// Over TLS, on a port of the loopback that the kernel chooses.
    func listen(as identity: Identity) throws -> SocketName {
        let listener = try network.listen(
            tls: SocketName(host: "127.0.0.1", port: 0), identity: { identity }, accept: { self })
        let port = listener.port
        self.listener.withLock { $0 = listener }
        return SocketName(host: "127.0.0.1", port: UInt16(port ?? 0))
    }

    func stop() {
        listener.withLock { $0?.close() }
        unlink(path)
        rmdir(directory)
    }

    var received: [Message] { seen.withLock { $0 } }

    func connectionOpened(_ connection: Connection) {}

    func connection(_ connection: Connection, received message: Message) {
        seen.withLock { $0.append(message) }
        switch message {
        case .hello:
            connection.established()
            connection.send(
                .welcome(
                    Welcome(
                        version: ProtocolVersion.supported.upperBound, host: SampleFleet.web, role: .admin,
                        readOnly: false, runID: LinkHarness.agentRun, wall: SampleFleet.wall,
                        monotonic: SampleFleet.start)))
        case .subscribe(let subscription):
            let first = SampleFleet.snapshot(1).narrowed(to: subscription.interest)
            let second = SampleFleet.snapshot(2).narrowed(to: subscription.interest)
            connection.send(.keyframe(subscription: subscription.id, first))
            connection.send(.delta(Delta(subscription: subscription.id, from: first, to: second)))
        case .ping(let ping):
            connection.send(.pong(Pong(nonce: ping.nonce, wall: SampleFleet.wall, monotonic: SampleFleet.start)))
        case .command(let command):
            connection.send(.accepted(command.id))
            connection.send(
                .outcome(
                    Outcome(
                        id: command.id, action: command.action, target: command.target, issuer: "uid/0",
                        verdict: verdict)))
        default: break
        }
    }

    func connectionBecameWritable(_ connection: Connection) {}
    func connectionClosed(_ connection: Connection?, reason: CloseReason) {}
}
