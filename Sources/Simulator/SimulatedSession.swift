import Model
import Serving
import Synchronization
import Transport
import Wire

/// Performs the effects of one `Session` on its connection, late where its host is slow. On the event loop only.
final class SimulatedSession: ConnectionDelegate {
    private struct Content: Sendable {
        var session: Session?
        var connection: Connection?
    }

    private let agent: SimulatedAgent
    private let content = Mutex(Content())

    init(_ agent: SimulatedAgent) { self.agent = agent }

    func connectionOpened(_ connection: Connection) {
        let role = connection.peer.role
        let denyLists = connection.peer?.certificate.map { _ in DenyListExchange(own: nil) }
        content.withLock { content in
            content.connection = connection
            content.session = Session(
                host: agent.info, runID: agent.runID, role: role, readOnly: false, denyLists: denyLists)
        }
        agent.add(self)
        feed(.opened)
        tick()
    }

    func connection(_ connection: Connection, received message: Message) {
        later { $0.feed(.message(message)) }
    }

    func connectionBecameWritable(_ connection: Connection) { feed(.writable) }

    func connectionClosed(_ connection: Connection?, reason: CloseReason) {
        feed(.closed)
        agent.remove(self)
        content.withLock { $0.connection = nil }
    }

    private func tick() {
        agent.network.schedule(after: Session.tickPause) { [weak self] in
            guard let self, content.withLock({ $0.connection }) != nil else { return }
            feed(.tick)
            tick()
        }
    }

    /// All of one host are equally late, so they stay in order.
    private func later(_ work: @escaping @Sendable (SimulatedSession) -> Void) {
        if agent.delay == .zero { return work(self) }
        agent.network.schedule(after: agent.delay) { work(self) }
    }

    func feed(_ input: Session.Input) {
        guard let connection = content.withLock({ $0.connection }) else { return }
        let now = Moment(monotonic: agent.network.clock.monotonic(), wall: agent.network.clock.wall())
        let effects = content.withLock { content in
            content.session?.handle(input, writable: connection.isWritable, at: now) ?? []
        }
        for effect in effects { perform(effect, on: connection) }
    }

    private func perform(_ effect: Session.Effect, on connection: Connection) {
        switch effect {
        case .send(let message): later { _ in connection.send(message) }
        case .establish: connection.established()
        case .close(let failure): later { _ in connection.close(after: failure) }
        case .wantSnapshot: feed(.snapshot(agent.newest))
        case .submit(let command):
            guard let peer = connection.peer else { return }
            for reply in agent.submit(command, from: peer, role: peer.role, by: self) { feed(.reply(reply)) }
        case .ask(let query): feed(.answer(agent.answer(query)))
        case .judge, .renew: break  // a simulated host refuses nobody, and its certificate lasts
        }
    }
}

extension Peer {
    /// A simulated host's policy: what the certificate says, and everything over its unix socket.
    fileprivate var role: Role { if case .person(_, let role, _) = self { role } else { .admin } }
}

extension Peer? {
    fileprivate var role: Role { self?.role ?? .viewer }
}

/// An agent of the time before this protocol: `Session` speaks no other, so what it said is written here.
final class OldSession: ConnectionDelegate {
    static let versions: ClosedRange<UInt16> = 1...2

    private let host: HostID

    init(_ host: HostID) { self.host = host }

    func connectionOpened(_ connection: Connection) {
        connection.send(
            .hello(
                Hello(
                    versions: Self.versions, role: .agent, host: host, runID: host, wall: WallTime(nanoseconds: 0),
                    monotonic: MonotonicInstant(nanoseconds: 0))))
    }

    func connection(_ connection: Connection, received message: Message) {
        let text = "agent speaks protocol \(Self.versions.lowerBound) to \(Self.versions.upperBound)"
        connection.close(after: Failure(code: .version, text: text))
    }

    func connectionBecameWritable(_ connection: Connection) {}
    func connectionClosed(_ connection: Connection?, reason: CloseReason) {}
}
