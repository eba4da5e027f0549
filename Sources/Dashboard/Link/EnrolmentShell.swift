import Model
import Synchronization
import Transport
import Trust
import Wire

/// Carries out what one `EnrolmentConnector` decides, at one address.
final class EnrolmentShell: ConnectionDelegate, Sendable {
    enum Outcome: Sendable {
        /// The host has its certificate and said so.
        case enrolled(EnrolmentRequest)
        /// Nobody was reached there; the token is untouched, so another address may be tried.
        case unreachable(String)
        case failed(TrustError)
    }

    private struct Content {
        var connector: EnrolmentConnector
        var connection: Connection?
        /// Who waits for the outcome; gone once told.
        var listener: (@Sendable (Outcome) -> Void)?
    }

    static let connectLimit: Duration = .seconds(10)

    private let sign: @Sendable (EnrolmentRequest) throws(TrustError) -> GrantedCertificate
    private let network: Network
    private let content: Mutex<Content>

    /// `told` hears the outcome, once, on the event loop; `sign` has the fleet's CA key.
    init(
        connector: EnrolmentConnector, network: Network,
        sign: @escaping @Sendable (EnrolmentRequest) throws(TrustError) -> GrantedCertificate,
        told: @escaping @Sendable (Outcome) -> Void
    ) {
        self.sign = sign
        self.network = network
        content = Mutex(Content(connector: connector, listener: told))
    }

    /// Dials; the connector's deadline bounds what follows.
    func start(address: SocketName, token: EnrolmentToken, identity: Identity) {
        let deadline = content.withLock { $0.connector.deadline }
        network.schedule(after: max(.zero, deadline - network.clock.monotonic())) { [weak self] in
            guard let self else { return }
            self.perform { $0.expire(now: self.network.clock.monotonic()) }
        }
        network.connectForEnrolment(
            address: address, identity: identity, spkiHash: token.spkiHash, timeout: Self.connectLimit, delegate: self)
    }

    // From the event loop.

    func connectionOpened(_ connection: Connection) {
        content.withLock { $0.connection = connection }
        let wall = network.clock.wall()
        perform { $0.opened(listenerSPKIHash: connection.peerSPKIHash ?? [], wall: wall) }
    }

    func connection(_ connection: Connection, received message: Message) {
        guard let step = EnrolmentStep(message) else {
            connection.close(after: Failure(code: .state, text: "that message has no place in an enrolment"))
            return
        }
        let now = network.clock.monotonic()
        perform { $0.receive(step, now: now) }
    }

    func connectionBecameWritable(_ connection: Connection) {}

    func connectionClosed(_ connection: Connection?, reason: CloseReason) {
        let wasOpen = content.withLock { content in
            defer { content.connection = nil }
            return content.connection != nil
        }
        switch reason {
        case .untrustedPeer(let error): finish(.failed(error))
        case .unreachable(let text) where !wasOpen: finish(.unreachable(text))
        default:
            if wasOpen { perform { $0.closed() } } else { finish(.unreachable(reason.text)) }
        }
    }

    private func perform(_ move: (inout EnrolmentConnector) -> [EnrolmentConnector.Effect]) {
        let (effects, connection) = content.withLock { (move(&$0.connector), $0.connection) }
        for effect in effects {
            switch effect {
            case .send(let step): connection?.send(step.message)
            case .close: connection?.close()
            case .issue(let request):
                let result = Result { () throws(TrustError) in try sign(request) }
                perform { $0.issued(result) }
            case .finished(.success(let request)): finish(.enrolled(request))
            case .finished(.failure(let error)): finish(.failed(error))
            }
        }
    }

    /// The first outcome counts.
    private func finish(_ outcome: Outcome) {
        let listener = content.withLock { content in
            defer { content.listener = nil }
            return content.listener
        }
        listener?(outcome)
    }
}
