import Model
import Serving
import Synchronization
import Transport
import Wire

/// Performs the effects of one `Session` on its connection. Called on the network's event loop only.
final class SessionShell: ConnectionDelegate {
    private let hub: Hub
    private let session = Mutex<Session?>(nil)
    private let connection = Mutex<Connection?>(nil)
    private let source = Mutex("")
    private let receipt = Mutex(ReceiptTime(now: Clocks.monotonic()))

    init(hub: Hub) { self.hub = hub }

    func connectionBegan(from source: String) { self.source.withLock { $0 = source } }

    func connectionOpened(_ connection: Connection) {
        let settings = hub.settings
        guard let peer = connection.peer else { return connection.close() }  // only enrolment has none
        guard hub.add(self) else {
            return connection.close(
                after: Failure(code: .busy, text: "\(Hub.maximumSessions) sessions are open already"))
        }
        let objection = settings.objection(peer)
        if let objection { hub.note(refused: peer, objection) }
        session.withLock {
            $0 = Session(
                host: settings.host, runID: settings.runID, role: settings.role(peer),
                readOnly: settings.readOnly, objection: objection, denyLists: settings.denyListExchange(peer))
        }
        self.connection.withLock { $0 = connection }
        feed(.opened)
        tick()
        _ = hub.network.schedule(after: Session.greetingTime) { [weak self] in self?.feed(.greetingOverdue) }
    }

    /// Bytes of messages to this peer.
    var sentBytes: UInt64 { connection.withLock { $0?.traffic.sent } ?? 0 }

    func connection(_ connection: Connection, received message: Message) { feed(.message(message)) }
    func connectionBecameWritable(_ connection: Connection) { feed(.writable) }

    func connectionClosed(_ connection: Connection?, reason: CloseReason) {
        feed(.closed)
        hub.remove(self)
        if connection == nil { hub.noteTurnedAway(source.withLock { $0 }, reason: reason) }
        self.connection.withLock { $0 = nil }
    }

    /// Once a second until the connection is gone.
    private func tick() {
        receipt.withLock { $0.tick(now: Clocks.monotonic()) }
        hub.network.schedule(after: Session.tickPause) { [weak self] in
            guard let self, connection.withLock({ $0 }) != nil else { return }
            feed(.tick)
            tick()
        }
    }

    /// The policy changed, or the deny-list.
    func check() {
        guard let peer = connection.withLock({ $0?.peer }), let objection = hub.settings.objection(peer) else { return }
        hub.note(refused: peer, objection)
        feed(.denied(reason: objection))
    }

    func feed(_ input: Session.Input) {
        guard let connection = connection.withLock({ $0 }) else { return }
        let now = Clocks.now()
        var watched: Set<WorkerID>?
        let effects = session.withLock { session -> [Session.Effect] in
            let effects = session?.handle(input, writable: connection.isWritable, at: now) ?? []
            // Only these change what is subscribed.
            switch input {
            case .message, .closed, .drain, .denied, .greetingOverdue, .crowded: watched = session?.watched
            default: break
            }
            return effects
        }
        if let watched { hub.watch(watched, by: self) }
        for effect in effects { perform(effect, on: connection) }
    }

    private func perform(_ effect: Session.Effect, on connection: Connection) {
        switch effect {
        case .send(let message):
            connection.send(message)
            if case .welcome = message { hub.askForRenewal(from: [self]) }
        case .establish: connection.established()
        case .close(let failure): connection.close(after: failure)
        case .wantSnapshot:
            if let newest = hub.newest { feed(.snapshot(newest)) }
        case .submit(let command):
            guard let peer = connection.peer else { return }
            let hub = hub
            let received = receipt.withLock { $0.earliest(now: Clocks.monotonic()) }
            let hasRoom = hub.submit(command, from: peer, received: received) { [self] reply in
                hub.network.perform { self.feed(.reply(reply)) }
            }
            if !hasRoom { feed(.crowded) }
        case .judge(let list):
            guard let peer = connection.peer else { return }
            hub.judge(list, from: peer, at: self)
        case .renew(let leaf):
            guard let peer = connection.peer else { return }
            hub.renew(with: leaf, from: peer)
        case .ask(let query):
            guard let peer = connection.peer else { return }
            let hub = hub
            hub.ask(query, from: peer) { [self] answer in
                hub.network.perform { self.feed(.answer(answer)) }
            }
        }
    }
}
