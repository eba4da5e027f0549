import Model
import Synchronization
import Transport
import Trust
import Wire

/// Carries out what one `Link` decides: dials, sends, sets its timer, and posts what it says to the main thread.
///
/// Everything happens on the network's event loop; the mutex is there because the compiler cannot know that.
final class LinkShell: ConnectionDelegate, Sendable {
    private struct Content {
        var link: Link
        var connection: Connection?
        var timer: ScheduledWork?
        /// What is still to be carried out. Carrying out one effect may cause the next event before the rest is done.
        var effects: [Link.Effect] = []
        var isWorking = false
        /// Whoever opens a dashboard waits for all its hosts: the first try of each waits for no turn.
        var hasDialled = false
    }

    /// Why a host was not even dialled.
    static let noCertificate = "no certificate here yet: run `looptop init`"

    private let endpoint: Endpoint
    private let membership: Membership?
    private let network: Network
    private let limit: Duration
    private let turns: DialTurns
    private let refusal: LinkFailure?
    private let post: @Sendable (LinkEvent) -> Void
    private let content: Mutex<Content>

    /// A newer deny-list was taken: for all links.
    private let spread: @Sendable (DenyList) -> Void
    /// `membership` is `nil` where nobody ran `looptop init`: enough for a unix socket and ssh. `refusal`: why it is never
    /// dialled.
    init(
        endpoint: Endpoint, membership: Membership?, run: Identifier128, network: Network,
        connectLimit: Duration = Link.connectLimit, turns: DialTurns = DialTurns(),
        refusal: LinkFailure? = nil,
        spread: @escaping @Sendable (DenyList) -> Void = { _ in },
        post: @escaping @Sendable (LinkEvent) -> Void
    ) {
        self.endpoint = endpoint
        self.membership = membership
        self.spread = spread
        self.network = network
        limit = connectLimit
        self.turns = turns
        self.refusal = refusal
        self.post = post
        let expected: HostID? = if case .tls(_, let host) = endpoint { host } else { nil }
        let link = Link(
            expecting: expected, run: run, seed: Identifier128.random().low, denyList: membership?.denyList)
        content = Mutex(Content(link: link))
    }

    // From any thread.

    func dial() { network.perform { self.process(.dial) } }
    func want(_ interest: Interest) { network.perform { self.process(.interest(interest)) } }
    func look(at worker: WorkerID?) { network.perform { self.process(.look(worker)) } }
    func issue(_ command: Command) { network.perform { self.process(.command(command)) } }
    func ask(_ question: Query.Body) { network.perform { self.process(.ask(question)) } }
    func refuse(whoIsOn list: DenyList) { network.perform { self.process(.denyList(list)) } }

    // From the event loop.

    func connectionOpened(_ connection: Connection) {
        content.withLock { $0.connection = connection }
        process(.opened(connection.peer))
    }

    func connection(_ connection: Connection, received message: Message) { process(.received(message)) }

    func connectionBecameWritable(_ connection: Connection) {}  // what we send is small and must not wait

    func connectionClosed(_ connection: Connection?, reason: CloseReason) {
        content.withLock { $0.connection = nil }
        process(.closed(LinkFailure(reason)))
    }

    private func process(_ event: Link.Event) {
        let now = network.clock.monotonic()
        let wall = network.clock.wall()
        let isNested = content.withLock { content in
            content.effects += content.link.handle(event, now: now, wall: wall)
            defer { content.isWorking = true }
            return content.isWorking
        }
        guard !isNested else { return }  // whoever is working takes these up in order
        while let effect = nextEffect() { perform(effect) }
    }

    private func nextEffect() -> Link.Effect? {
        content.withLock { content in
            guard content.effects.isEmpty else { return content.effects.removeFirst() }
            content.isWorking = false
            return nil
        }
    }

    private func perform(_ effect: Link.Effect) {
        switch effect {
        case .dial: connectInTurn()
        case .send(let message): connection?.send(message)
        case .establish: connection?.established()
        case .close(let failure): connection?.close(after: failure)
        case .arm(let instant): arm(instant)
        case .judge(let list): judge(list)
        case .issue(let request, let host): issue(request, to: host)
        case .emit(let event):
            post(event)
            if case .measured = event { tellTraffic() }
        }
    }

    private func judge(_ offered: DenyListText) {
        guard let membership else { return }
        do throws(TrustError) {
            guard try membership.accept(offered), let list = membership.denyList else { return }
            spread(list)
        } catch {
            process(.denyListRefused(reason: error.sentence))
        }
    }

    /// Reads the CA key, where it is here, and so waits for a disk: not on the event loop.
    private func issue(_ request: [UInt8], to host: HostID) {
        guard let membership else { return }
        Task { [self] in
            do throws(TrustError) {
                let now = network.clock.wall()
                guard let leaf = try membership.issue(csrDER: request, host: host, now: now) else { return }
                network.perform { self.process(.issued(leaf)) }
            } catch {
                // The agent goes on with what it has, and its host is WARN in time.
                return
            }
        }
    }

    private func tellTraffic() {
        guard let (received, sent) = connection?.traffic else { return }
        post(.traffic(LinkTraffic(received: received, sent: sent, at: network.clock.monotonic())))
    }

    private var connection: Connection? { content.withLock { $0.connection } }

    private func connectInTurn() {
        if let refusal { return process(.closed(refusal)) }
        let isFirst = content.withLock { content in
            defer { content.hasDialled = true }
            return !content.hasDialled
        }
        let now = network.clock.monotonic()
        let turn = isFirst ? now : turns.next(now: now)
        if turn <= now { return connect() }
        network.schedule(after: turn - now) { [weak self] in self?.connect() }
    }

    private func connect() {
        switch endpoint {
        case .unix(let path): network.connect(unix: path, timeout: limit, delegate: self)
        case .ssh(let alias): SSHCall.begin(to: alias, network: network, limit: limit, delegate: self)
        case .tls(let address, let host):
            guard let membership else {
                process(.closed(.authentication(reason: Self.noCertificate)))
                return
            }
            network.connect(
                tls: address, identity: membership.identity, expecting: host,
                grace: membership.holdsAuthority ? Membership.grace : .zero, timeout: limit, delegate: self)
        }
    }

    private func arm(_ instant: MonotonicInstant) {
        let delay = max(.zero, instant - network.clock.monotonic())
        let timer = network.schedule(after: delay) { [weak self] in self?.process(.timer) }
        let old = content.withLock { content in
            defer { content.timer = timer }
            return content.timer
        }
        old?.cancel()
    }
}
