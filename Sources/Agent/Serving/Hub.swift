import Logging
import Model
import Serving
import Synchronization
import Transport
import Trust
import Wire

/// All sessions of the agent, and the newest snapshot they are served from.
///
/// Everything happens on the network's one event loop, which keeps the order of messages; the mutexes only hand values
/// over to it. The sampler's mailbox holds one snapshot (the newest wins) and `maximumEvents` events (the oldest go).
final class Hub: Sendable {
    static let maximumEvents = 1024

    struct Settings: Sendable {
        var host: HostInfo
        var runID: Identifier128
        var readOnly: Bool
        /// The role of a peer, as the policy in force has it.
        var role: @Sendable (Peer) -> Role
        /// Why the policy in force does not let a peer look at all; `nil` where it does.
        var policyObjection: @Sendable (Peer) -> String? = { _ in nil }
        /// `nil` where nothing is served over the network.
        var membership: Membership?
        var log: Logger
        var history: History.Settings
        /// Told at which workers somebody looks, one by one, whenever that changes. On the event loop.
        var watch: @Sendable (Set<WorkerID>) -> Void = { _ in }
        /// Told what happened to the deny-list, or to our certificate. From any thread.
        var tell: @Sendable (String) -> Void = { _ in }

        /// Why a peer may not look at all; `nil` where it may.
        func objection(_ peer: Peer) -> String? {
            membership?.denyList?.revocation(of: peer)?.sentence ?? policyObjection(peer)
        }

        /// With peers that came with a certificate of the fleet.
        func denyListExchange(_ peer: Peer) -> DenyListExchange? {
            guard let membership, peer.certificate != nil else { return nil }
            return DenyListExchange(own: membership.denyList?.travelling)
        }
    }

    /// A command on its way to the desk.
    private struct Submission: Sendable {
        let command: Command
        let peer: Peer
        let received: MonotonicInstant
        let sink: CommandDesk.Sink
    }

    /// A question on its way to the desk.
    private struct Question: Sendable {
        let query: Query
        let peer: Peer
        let sink: @Sendable (Answer) -> Void
    }

    static let maximumSubmissions = 256
    /// As many as all sessions may have under way together.
    static let maximumQuestions = maximumSessions * Session.maximumQuestions
    /// Each costs a connection, and a snapshot for every subscription of it.
    static let maximumSessions = 64

    private struct Inbox: Sendable {
        var snapshot: Snapshot?
        var events: [Event] = []
        var scheduled = false
    }

    private struct Sessions: Sendable {
        var newest: Snapshot?
        var shells: [ObjectIdentifier: SessionShell] = [:]
        /// Workers that each session looks at.
        var watched: [ObjectIdentifier: Set<WorkerID>] = [:]
        /// Bytes sent to peers that are gone.
        var sentToLeft: UInt64 = 0

        var allWatched: Set<WorkerID> { watched.values.reduce(into: []) { $0.formUnion($1) } }
    }

    let settings: Settings
    let network: Network
    let desk: CommandDesk
    private let logs: LogService
    private let inbox = Mutex(Inbox())
    private let sessions = Mutex(Sessions())
    private let turnedAway = Mutex(TurnedAway())
    private let history = Mutex(EventHistory())
    private let past: Mutex<History>
    private let droppedEvents = Atomic<UInt64>(0)
    private let submissions: AsyncStream<Submission>
    private let submit: AsyncStream<Submission>.Continuation
    private let questions: AsyncStream<Question>
    private let ask: AsyncStream<Question>.Continuation

    init(settings: Settings, network: Network, desk: CommandDesk) {
        self.settings = settings
        self.network = network
        self.desk = desk
        past = Mutex(History(settings.history))
        logs = LogService(boot: settings.host.boot) { delay, work in _ = network.schedule(after: delay, work) }
        (submissions, submit) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumSubmissions))
        (questions, ask) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumQuestions))
    }

    /// Takes commands to the desk, one after the other, until cancelled.
    func serveSubmissions() -> Task<Void, Never> {
        Task {
            for await next in submissions {
                await desk.submit(
                    next.command, from: next.peer, role: settings.role(next.peer), received: next.received,
                    sink: next.sink)
            }
        }
    }

    /// From the event loop.
    /// - Parameter received: when it came in.
    /// - Returns: whether there was room. Without it there is no answer: only the desk knows whether the command was carried
    ///   out before.
    func submit(
        _ command: Command, from peer: Peer, received: MonotonicInstant, sink: @escaping CommandDesk.Sink
    ) -> Bool {
        let submission = Submission(command: command, peer: peer, received: received, sink: sink)
        if case .enqueued = submit.yield(submission) { return true } else { return false }
    }

    /// Takes questions to the desk, likewise; apart from commands, which must not wait for them.
    func serveQuestions() -> Task<Void, Never> {
        Task {
            for await next in questions {
                let role = settings.role(next.peer)
                if case .log(let request) = next.query.body {
                    await answer(request, next, role: role)
                } else {
                    let body = await desk.answer(next.query.body, for: next.peer, role: role)
                    next.sink(Answer(id: next.query.id, body: body))
                }
            }
        }
    }

    /// The desk knows who may read and whose logs they are; reading takes its time elsewhere.
    private func answer(_ request: LogRequest, _ question: Question, role: Role) async {
        switch await desk.admit(request, from: question.peer, role: role) {
        case .answer(let body): question.sink(Answer(id: question.query.id, body: body))
        case .order(let order):
            logs.read(request, order) { question.sink(Answer(id: question.query.id, body: $0)) }
        }
    }

    /// From the event loop. Exactly one answer comes.
    func ask(_ query: Query, from peer: Peer, sink: @escaping @Sendable (Answer) -> Void) {
        if let answer = answer(query.body) { return sink(Answer(id: query.id, body: answer)) }
        guard case .enqueued = ask.yield(Question(query: query, peer: peer, sink: sink)) else {
            return sink(Answer(id: query.id, body: .unknown("too many questions")))
        }
    }

    /// Of what is kept here; `nil` is a question for the desk.
    private func answer(_ question: Query.Body) -> Answer.Body? {
        switch question {
        case .events(let sequence): .events(history.withLock { $0.after(sequence) })
        case .pastPieces(let tier): .pastPieces(tier, past.withLock { $0.pieces(of: tier) })
        case .past(let piece, let offset):
            past.withLock { $0.part(of: piece, from: offset) }.map { .past($0) }
                ?? .unknown("that piece of the past is not kept any more")
        case .offers, .lives, .connections, .log: nil
        }
    }

    /// From the sampler's thread: hands over a sweep.
    func publish(_ snapshot: Snapshot) {
        var snapshot = snapshot
        snapshot.host[.agentSentBytes] = sentBytes
        post { $0.snapshot = snapshot }
    }

    /// Bytes of messages to all peers, those that left too.
    private var sentBytes: UInt64 {
        sessions.withLock { $0.shells.values.reduce($0.sentToLeft) { $0 &+ $1.sentBytes } }
    }

    /// From any thread: hands over something that happened. Events are numbered by whoever makes them.
    func publish(_ event: Event) {
        history.withLock { $0.append(event) }
        post { inbox in
            if inbox.events.count >= Self.maximumEvents {
                inbox.events.removeFirst()
                droppedEvents.add(1, ordering: .relaxed)
            }
            inbox.events.append(event)
        }
    }

    private func post(_ change: (inout sending Inbox) -> Void) {
        let first = inbox.withLock { inbox in
            change(&inbox)
            defer { inbox.scheduled = true }
            return !inbox.scheduled
        }
        if first { network.perform { self.deliver() } }
    }

    /// On the event loop: events before the snapshot that followed them.
    private func deliver() {
        let (snapshot, events) = inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return (inbox.snapshot, inbox.events)
        }
        if let snapshot { past.withLock { $0.take(snapshot) } }
        let dropped = droppedEvents.exchange(0, ordering: .relaxed)
        if dropped > 0 { settings.log.warning("\(dropped) events were dropped: more came than could be sent") }
        let shells = sessions.withLock { sessions in
            if let snapshot { sessions.newest = snapshot }
            return Array(sessions.shells.values)
        }
        for shell in shells {
            for event in events { shell.feed(.event(event)) }
            if let snapshot { shell.feed(.snapshot(snapshot)) }
        }
    }

    /// For each accepted connection.
    func accept() -> any ConnectionDelegate { SessionShell(hub: self) }

    var shells: [SessionShell] { sessions.withLock { Array($0.shells.values) } }
    var newest: Snapshot? { sessions.withLock { $0.newest } }
    var count: Int { sessions.withLock { $0.shells.count } }

    /// False when there are as many as there may be.
    func add(_ shell: SessionShell) -> Bool {
        sessions.withLock { sessions in
            guard sessions.shells.count < Self.maximumSessions else { return false }
            sessions.shells[ObjectIdentifier(shell)] = shell
            return true
        }
    }
    func remove(_ shell: SessionShell) {
        watch([], by: shell)
        let sent = shell.sentBytes
        sessions.withLock {
            if $0.shells.removeValue(forKey: ObjectIdentifier(shell)) != nil { $0.sentToLeft &+= sent }
        }
    }

    /// On the event loop: which workers a session looks at by now.
    func watch(_ workers: Set<WorkerID>, by shell: SessionShell) {
        let changed = sessions.withLock { sessions -> Set<WorkerID>? in
            let before = sessions.allWatched
            sessions.watched[ObjectIdentifier(shell)] = workers.isEmpty ? nil : workers
            let after = sessions.allWatched
            return before == after ? nil : after
        }
        if let changed { settings.watch(changed) }
    }

    /// Whoever fails before a session begins is named nowhere else; they themselves learn less than the log says.
    func noteTurnedAway(_ source: String, reason: CloseReason) {
        let line = turnedAway.withLock { $0.line(source: source, reason: reason.text, now: Clocks.monotonic()) }
        if let line { settings.log.warning("\(line)") }
    }

    /// A peer with a good certificate that the policy or the deny-list keeps out, or who sent what it may not.
    func note(refused peer: Peer, _ objection: String) {
        let line = turnedAway.withLock { $0.line(source: peer.label, reason: objection, now: Clocks.monotonic()) }
        if let line { settings.log.warning("\(line)") }
    }

    /// Tells every peer that the agent goes away, and closes.
    func drain(reason: String) {
        network.perform {
            for shell in self.shells { shell.feed(.drain(reason: reason)) }
        }
    }
}
