import Model
import Synchronization
import Transport
import Trust
import Wire

/// Carries out what one `Invitation` decides, for all who come to its listener.
final class InvitationShell: Sendable {
    /// What the person who waits is told. On the event loop.
    enum News: Sendable {
        /// `address` is where the host says that it will serve.
        case joined(EnrolmentRequest, address: String)
        case attemptFailed(TrustError)
        case finished(Invitation.Ending)
    }

    private struct State {
        /// `nil` before `begin`.
        var invitation: Invitation?
        var connections: [Int: Connection] = [:]
        var nextNumber = 0
        /// Ids of hosts that were given a certificate: a copy of one must not get another.
        var issued: Set<HostID> = []
        var alarm: ScheduledWork?
    }

    private let membership: Membership
    private let store: IdentityStore
    private let network: Network
    private let pattern: Glob
    private let tell: @Sendable (News) -> Void
    private let state = Mutex(State())

    /// `pattern`: the names of hosts that may come. `tell` is called on the event loop, `finished` last.
    init(
        membership: Membership, store: IdentityStore, pattern: Glob, network: Network,
        tell: @escaping @Sendable (News) -> Void
    ) {
        self.membership = membership
        self.store = store
        self.pattern = pattern
        self.network = network
        self.tell = tell
    }

    /// Once. Who came before is turned away.
    func begin(_ invitation: Invitation) {
        state.withLock { $0.invitation = invitation }
        arm()
    }

    /// One who comes.
    func visitor() -> any ConnectionDelegate { InvitationVisitor(self) }

    // On the event loop.

    fileprivate func opened(_ connection: Connection) -> Int? {
        guard state.withLock({ $0.invitation != nil }) else {
            connection.close()
            return nil
        }
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            state.connections[state.nextNumber] = connection
            return state.nextNumber
        }
        perform { $0.opened(number, connectorSPKIHash: connection.peerSPKIHash ?? [], now: Clocks.monotonic()) }
        return number
    }

    fileprivate func received(_ message: Message, from number: Int) {
        guard let step = EnrolmentStep(message) else {
            let failure = Failure(code: .state, text: "that message has no place in an enrolment")
            state.withLock { $0.connections[number] }?.close(after: failure)
            return
        }
        perform { $0.receive(step, from: number, now: Clocks.monotonic()) }
    }

    fileprivate func closed(_ number: Int) {
        state.withLock { $0.connections[number] = nil }
        perform { $0.closed(number) }
    }

    private func perform(_ move: (inout Invitation) -> [Invitation.Effect]) {
        let effects: [Invitation.Effect] = state.withLock { state in
            guard var invitation = state.invitation else { return [] }
            defer { state.invitation = invitation }
            return move(&invitation)
        }
        for effect in effects {
            switch effect {
            case .send(let step, let number): state.withLock { $0.connections[number] }?.send(step.message)
            case .close(let number): state.withLock { $0.connections[number] }?.close()
            case .issue(let request, let number):
                let result = issue(request)
                perform { $0.issued(result, to: number) }
            case .joined(let request, let number):
                let peer = state.withLock { $0.connections[number] }?.description ?? ""
                tell(.joined(request, address: Self.address(of: request, seenAt: peer)))
            case .attemptFailed(let error): tell(.attemptFailed(error))
            case .finished(let ending): tell(.finished(ending))
            }
        }
        arm()
    }

    private func issue(_ request: EnrolmentRequest) -> Result<GrantedCertificate, TrustError> {
        Result { () throws(TrustError) in
            guard pattern.matches(request.hostName) else { throw .notInvited }
            let isKnown = try store.loadHosts()[request.host] != nil
            guard !isKnown, state.withLock({ $0.issued.insert(request.host).inserted }) else {
                throw .hostKnown(request.host)
            }
            return try membership.grant(csrDER: request.csr, host: request.host, now: Clocks.wall())
        }
    }

    /// Of the addresses that the host gave the one it came from, else the first.
    static func address(of request: EnrolmentRequest, seenAt peer: String) -> String {
        let names = request.addresses.compactMap { text -> SocketName? in
            do { return try SocketName(parsing: text) } catch { return nil }  // as good as not given
        }
        let host: String?
        do { host = try SocketName(parsing: peer).host } catch { host = nil }
        return (names.first { $0.host == host } ?? names.first)?.description ?? peer
    }

    private func arm() {
        state.withLock { state in
            state.alarm?.cancel()
            guard let deadline = state.invitation?.deadline else { return }
            state.alarm = network.schedule(after: max(.zero, deadline - Clocks.monotonic())) { [weak self] in
                self?.perform { $0.expire(now: Clocks.monotonic()) }
            }
        }
    }
}

private final class InvitationVisitor: ConnectionDelegate {
    private let shell: InvitationShell
    private let number = Mutex<Int?>(nil)

    init(_ shell: InvitationShell) { self.shell = shell }

    func connectionOpened(_ connection: Connection) {
        let given = shell.opened(connection)
        number.withLock { $0 = given }
    }

    func connection(_ connection: Connection, received message: Message) {
        if let number = number.withLock({ $0 }) { shell.received(message, from: number) }
    }

    func connectionBecameWritable(_ connection: Connection) {}

    func connectionClosed(_ connection: Connection?, reason: CloseReason) {
        if let number = number.withLock({ $0 }) { shell.closed(number) }
    }
}
