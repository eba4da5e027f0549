import Glibc
import Model
import Synchronization
import Transport
import Trust
import Wire

/// Serves enrolment connections, one at a time, until the token is spent or its time is over.
final class Enrolment: Sendable {
    private struct State {
        var machine: EnrolmentListener?
        var connection: Connection?
        var alarm: ScheduledWork?
    }

    private let candidate: EnrolmentCandidate
    private let network = Network()
    private let state = Mutex(State())
    private let result = Mutex<Result<EnrolmentGrant, TrustError>?>(nil)
    private let finished: Doorbell
    private let listener = Mutex<Listener?>(nil)
    /// What `run` will listen on; port 0 is replaced by the kernel's choice.
    private let address = Mutex("")

    /// Listens, prints the token on stdout, and says on stderr what to do with it.
    init(_ candidate: EnrolmentCandidate, listen: String) throws {
        self.candidate = candidate
        finished = try Doorbell()
        do {
            var name = try SocketName(parsing: listen)
            let key = candidate.key
            let leaf = try key.selfSignedCertificate(now: Clocks.wall())
            let box = EnrolmentBox()
            let listener = try network.listenForEnrolment(
                address: name, identityKeyPEM: key.pem, selfSignedLeaf: leaf, accept: { box.delegate() })
            name.port = listener.port ?? name.port
            let addresses = ReachableAddresses.of(name)
            address.withLock { $0 = name.description }
            let now = Clocks.now()
            let life = InitCommand.tokenLife
            let token = try EnrolmentToken(
                addresses: addresses, spkiHash: key.spkiHash,
                notAfter: WallTime(nanoseconds: now.wall.nanoseconds + life.nanoseconds))
            let request = try candidate.request(addresses: addresses)
            state.withLock {
                $0.machine = EnrolmentListener(token: token, request: request, deadline: now.monotonic + life)
            }
            self.listener.withLock { $0 = listener }
            box.enrolment = self
            print(token.text)
            fflush(nil)
            AgentProgram.say(
                "waiting on \(addresses.joined(separator: ", ")) for 15 minutes; "
                    + "where your fleet's CA is, run: looptop enroll TOKEN")
        } catch let error as TransportError {
            throw Fatal(ExitCode(error), error.text)
        }
    }

    /// Until enrolled; throws when the token is spent or too old, or a signal came.
    func wait() throws -> EnrolmentGrant {
        let signals = try Signals()
        arm()
        var events = [
            pollfd(fd: finished.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals.descriptor.raw, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&events, 2, -1) < 0, errno == EINTR {}
        listener.withLock { $0?.close() }
        // The last words are being sent on the event loop; give them time to leave.
        _ = signals.next(within: 200)
        network.shutdown()
        switch result.withLock({ $0 }) {
        case .success(let granted): return granted
        case .failure(let error): throw error
        case nil: throw Fatal(.unavailable, "stopped before this host was enrolled; the token works no more")
        }
    }

    // On the event loop.

    func opened(_ connection: Connection) {
        let isFree = state.withLock { state in
            guard state.connection == nil else { return false }
            state.connection = connection
            return true
        }
        guard isFree else { return connection.close() }
        step { $0.opened(connectorSPKIHash: connection.peerSPKIHash ?? [], now: Clocks.monotonic()) }
    }

    func received(_ message: Message, on connection: Connection) {
        guard state.withLock({ $0.connection === connection }) else { return }
        guard let step = EnrolmentStep(message) else { return connection.close() }
        self.step { $0.receive(step, now: Clocks.monotonic(), wall: Clocks.wall()) }
    }

    func closed(_ connection: Connection?) {
        let isOurs = state.withLock { state in
            guard let connection, state.connection === connection else { return false }
            state.connection = nil
            return true
        }
        if isOurs { step { $0.closed() } }
    }

    private func step(_ change: (inout EnrolmentListener) -> [EnrolmentListener.Effect]) {
        var queue: [EnrolmentListener.Effect] = state.withLock { state in
            guard var machine = state.machine else { return [] }
            defer { state.machine = machine }
            return change(&machine)
        }
        while !queue.isEmpty { queue += perform(queue.removeFirst()) }
        arm()
    }

    private func perform(_ effect: EnrolmentListener.Effect) -> [EnrolmentListener.Effect] {
        switch effect {
        case .send(let step): state.withLock { $0.connection }?.send(step.message)
        case .close: state.withLock { $0.connection }?.close()
        case .markTokenUsed(let id):
            return answer { () throws(TrustError) in
                try candidate.markTokenUsed(id)
            } to: {
                $0.tokenMarked($1)
            }
        case .store(let granted):
            return answer { () throws(TrustError) in
                try candidate.keep(granted, listen: address.withLock { $0 })
            } to: {
                $0.stored($1)
            }
        case .attemptFailed(let error):
            AgentProgram.say("an attempt to enrol failed: \(error.sentence); the token still works")
        case .finished(let outcome):
            result.withLock { $0 = outcome }
            finished.ring()
        }
        return []
    }

    private func answer(
        _ work: () throws(TrustError) -> Void,
        to tell: (inout EnrolmentListener, TrustError?) -> [EnrolmentListener.Effect]
    ) -> [EnrolmentListener.Effect] {
        var failure: TrustError?
        do { try work() } catch { failure = error }
        return state.withLock { state in
            guard var machine = state.machine else { return [] }
            defer { state.machine = machine }
            return tell(&machine, failure)
        }
    }

    private func arm() {
        let deadline = state.withLock { $0.machine?.deadline }
        state.withLock { $0.alarm?.cancel() }
        guard let deadline else { return }
        let alarm = network.schedule(after: max(.zero, deadline - Clocks.monotonic())) { [weak self] in
            self?.step { $0.expire(now: Clocks.monotonic()) }
        }
        state.withLock { $0.alarm = alarm }
    }
}

/// Connections may come before `Enrolment` is whole.
private final class EnrolmentBox: Sendable {
    private let box = Mutex<Enrolment?>(nil)
    var enrolment: Enrolment? {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }

    func delegate() -> any ConnectionDelegate { EnrolmentDelegate(box: self) }
}

private final class EnrolmentDelegate: ConnectionDelegate {
    private let box: EnrolmentBox
    init(box: EnrolmentBox) { self.box = box }

    func connectionOpened(_ connection: Connection) {
        guard let enrolment = box.enrolment else { return connection.close() }
        enrolment.opened(connection)
    }

    func connection(_ connection: Connection, received message: Message) {
        box.enrolment?.received(message, on: connection)
    }
    func connectionBecameWritable(_ connection: Connection) {}
    func connectionClosed(_ connection: Connection?, reason: CloseReason) { box.enrolment?.closed(connection) }
}
