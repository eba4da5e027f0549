import Glibc
import Model
import Synchronization
import Transport
import Trust
import Wire

/// Carries out what one `JoinConnector` decides, at one address.
final class JoinAttempt: ConnectionDelegate, Sendable {
    enum Outcome: Sendable {
        case joined(EnrolmentGrant)
        /// Nobody was reached there, so another address may be tried.
        case unreachable(String)
        case failed(TrustError)
    }

    private struct Content {
        var connector: JoinConnector
        var connection: Connection?
        var outcome: Outcome?
    }

    private static let connectLimit = Duration.seconds(5)

    private let network: Network
    private let keep: @Sendable (EnrolmentGrant) throws(TrustError) -> Void
    private let content: Mutex<Content>
    private let ended: Doorbell

    /// `keep` makes a grant durable.
    init(
        _ connector: JoinConnector, network: Network,
        keep: @escaping @Sendable (EnrolmentGrant) throws(TrustError) -> Void
    ) throws(Fatal) {
        self.network = network
        self.keep = keep
        content = Mutex(Content(connector: connector))
        ended = try Doorbell()
    }

    /// Blocks until it is over; not on the event loop.
    func run(address: String, token: EnrolmentToken, key: SigningKey) throws -> Outcome {
        let name: SocketName
        do throws(TransportError) { name = try SocketName(parsing: address) } catch { return .unreachable(error.text) }
        let leaf = try key.selfSignedCertificate(now: Clocks.wall())
        let deadline = content.withLock { $0.connector.deadline }
        let alarm = network.schedule(after: max(.zero, deadline - Clocks.monotonic())) { [weak self] in
            self?.perform { $0.expire(now: Clocks.monotonic()) }
        }
        defer { alarm.cancel() }
        network.connectForEnrolment(
            address: name, identityKeyPEM: key.pem, selfSignedLeaf: leaf, spkiHash: token.spkiHash,
            timeout: Self.connectLimit, delegate: self)
        var event = pollfd(fd: ended.descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            // Our last words have left when the connection is closed.
            let (outcome, isOpen) = content.withLock { ($0.outcome, $0.connection != nil) }
            if let outcome, !isOpen { return outcome }
            _ = poll(&event, 1, -1)
            ended.answer()
        }
    }

    // From the event loop.

    func connectionOpened(_ connection: Connection) {
        content.withLock { $0.connection = connection }
        perform { $0.opened(listenerSPKIHash: connection.peerSPKIHash ?? [], wall: Clocks.wall()) }
    }

    func connection(_ connection: Connection, received message: Message) {
        guard let step = EnrolmentStep(message) else {
            return connection.close(after: Failure(code: .state, text: "that message has no place in an enrolment"))
        }
        perform { $0.receive(step, now: Clocks.monotonic(), wall: Clocks.wall()) }
    }

    func connectionBecameWritable(_ connection: Connection) {}

    func connectionClosed(_ connection: Connection?, reason: CloseReason) {
        let wasOpen = content.withLock { content in
            defer { content.connection = nil }
            return content.connection != nil
        }
        switch reason {
        case .untrustedPeer(let error): finish(.failed(error))
        default:
            if wasOpen { perform { $0.closed() } } else { finish(.unreachable(reason.text)) }
        }
        ended.ring()
    }

    private func perform(_ move: (inout JoinConnector) -> [JoinConnector.Effect]) {
        let (effects, connection) = content.withLock { (move(&$0.connector), $0.connection) }
        for effect in effects {
            switch effect {
            case .send(let step): connection?.send(step.message)
            case .close: connection?.close()
            case .store(let grant):
                var failure: TrustError?
                do { try keep(grant) } catch { failure = error }
                perform { $0.stored(failure) }
            case .finished(.success(let grant)): finish(.joined(grant))
            case .finished(.failure(let error)): finish(.failed(error))
            }
        }
    }

    /// The first outcome counts.
    private func finish(_ outcome: Outcome) {
        content.withLock { $0.outcome = $0.outcome ?? outcome }
        ended.ring()
    }
}
