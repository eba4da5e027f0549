import Model
import Synchronization
import Transport
import Trust
import Wire

@testable import Dashboard

/// The agent's side of one enrolment: `looptop-agent init` without files.
final class EnrollingAgent: ConnectionDelegate, Sendable {
    private struct Content {
        var machine: EnrolmentListener?
        var connection: Connection?
        var granted: EnrolmentGrant?
        var listener: Listener?
    }

    private let network: Network
    private let host: HostID
    private let now: WallTime
    private let key = SigningKey()
    private let content = Mutex(Content())

    init(network: Network, host: HostID, now: WallTime) throws {
        self.network = network
        self.host = host
        self.now = now
    }

    var granted: EnrolmentGrant? { content.withLock { $0.granted } }

    func listen() throws -> EnrolmentToken {
        let listener = try network.listenForEnrolment(
            address: SocketName(host: "127.0.0.1", port: 0), identityKeyPEM: key.pem,
            selfSignedLeaf: try key.selfSignedCertificate(now: now), accept: { self })
        let address = "127.0.0.1:\(listener.port ?? 0)"
        let token = try EnrolmentToken(
            addresses: [address], spkiHash: key.spkiHash,
            notAfter: WallTime(nanoseconds: now.nanoseconds + 900_000_000_000))
        let request = EnrolmentRequest(
            csr: try key.signingRequest(), host: host, hostName: "web-1", addresses: [address])
        let machine = EnrolmentListener(
            token: token, request: request, deadline: Clocks.monotonic() + .seconds(900))
        content.withLock {
            $0.machine = machine
            $0.listener = listener
        }
        return token
    }

    func stop() { content.withLock { $0.listener }?.close() }

    func connectionOpened(_ connection: Connection) {
        content.withLock { $0.connection = connection }
        step { $0.opened(connectorSPKIHash: connection.peerSPKIHash ?? [], now: Clocks.monotonic()) }
    }

    func connection(_ connection: Connection, received message: Message) {
        guard let step = EnrolmentStep(message) else { return connection.close() }
        self.step { $0.receive(step, now: Clocks.monotonic(), wall: Clocks.wall()) }
    }

    func connectionBecameWritable(_ connection: Connection) {}
    func connectionClosed(_ connection: Connection?, reason: CloseReason) { step { $0.closed() } }

    private func step(_ move: (inout EnrolmentListener) -> [EnrolmentListener.Effect]) {
        let (effects, connection) = content.withLock { content -> ([EnrolmentListener.Effect], Connection?) in
            guard var machine = content.machine else { return ([], content.connection) }
            defer { content.machine = machine }
            return (move(&machine), content.connection)
        }
        for effect in effects {
            switch effect {
            case .send(let step): connection?.send(step.message)
            case .close: connection?.close()
            case .markTokenUsed: step { $0.tokenMarked(nil) }
            case .store(let granted):
                content.withLock { $0.granted = granted }
                step { $0.stored(nil) }
            case .attemptFailed, .finished: break
            }
        }
    }
}
