import Model
import Trust
import Wire

/// The dashboard's side of one connection, as a value: it is told what happened and when, and answers what to do.
/// Sockets, timers and clocks are the `LinkShell`'s.
///
/// States and moves:
/// - *idle*: nothing was asked yet. `dial` → connecting.
/// - *connecting*: the transport is dialling. `opened` → greeting; `closed` → waiting.
/// - *greeting*: HELLO is out. WELCOME → ready, and only that proves a connection; anything wrong → closing; `closed` or
///   10 s without WELCOME → waiting. An agent whose certificate has expired stays here: its request for a new one is
///   answered → closing.
/// - *ready*: subscribed. `closed` → waiting; 15 s of silence or a broken protocol → closing.
/// - *closing*: we gave up and said so; the transport has yet to report `closed` → waiting. There is never a second
///   connection beside one that is still going down.
/// - *waiting*: until the next try. `timer` or `dial` → connecting.
struct Link: Sendable {
    /// For name resolution and TCP together; TLS has as long again.
    static let connectLimit: Duration = .seconds(10)

    enum State: Hashable, Sendable {
        case idle
        case connecting
        case greeting(until: MonotonicInstant)
        case ready(since: MonotonicInstant)
        case closing(retryAt: MonotonicInstant)
        case waiting(until: MonotonicInstant)
    }

    private(set) var state = State.idle
    private(set) var feed = Feed(interest: .host)
    private(set) var look = Look()
    private(set) var requests = Requests()

    /// Whom the fleet keeps out.
    var denyList: DenyList?
    /// The host that must answer here, from the host book; `nil` for a unix socket, where the path says it, and for ssh.
    private let expected: HostID?
    private let run: Identifier128
    private var backoff: Backoff
    private var attempt = 0
    /// The next try is one of those that are not shown, so that AUTH does not flicker to "connecting".
    private var isQuiet = false
    var effects: [Effect] = []
    private var armed: MonotonicInstant?

    // Of the connection in force.
    var peer: Peer?
    private var theirVersions: ClosedRange<UInt16>?
    private var interval = Self.shortestInterval
    private var liveness = Liveness(now: MonotonicInstant(nanoseconds: 0))
    private var drainReason: String?

    init(expecting expected: HostID?, run: Identifier128, seed: UInt64, denyList: DenyList? = nil) {
        self.expected = expected
        self.denyList = denyList
        self.run = run
        backoff = Backoff(seed: seed)
    }

    var isReady: Bool { if case .ready = state { true } else { false } }

    mutating func handle(_ event: Event, now: MonotonicInstant, wall: WallTime) -> [Effect] {
        effects.removeAll(keepingCapacity: true)
        switch event {
        case .dial: dial(now: now)
        case .opened(let peer): opened(peer, now: now, wall: wall)
        case .received(let message): received(message, now: now, wall: wall)
        case .closed(let failure): closed(failure, now: now)
        case .timer: timerFired(now: now, wall: wall)
        case .interest(let interest): change(to: interest)
        case .look(let worker): change(lookingAt: worker)
        case .command(let command): effects += requests.issue(command, isReady: isReady, now: now)
        case .ask(let question): effects += requests.ask(question, isReady: isReady, now: now)
        case .denyList(let list): change(to: list, now: now)
        case .issued(let leaf): issued(leaf, now: now)
        case .denyListRefused(let reason): if isReady { breakOff(reason, code: .protocolViolation, now: now) }
        }
        armForNextDeadline()
        defer { effects = [] }
        return effects
    }
}

// MARK: - Dialling and losing

extension Link {
    private mutating func dial(now: MonotonicInstant) {
        switch state {
        case .idle, .waiting:
            isQuiet = false
            beginDialling()
        case .closing:
            isQuiet = false
            state = .closing(retryAt: now)
        case .connecting, .greeting, .ready: break  // under way already
        }
    }

    private mutating func beginDialling() {
        state = .connecting
        attempt += 1
        if !isQuiet { effects.append(.emit(.connecting(attempt: attempt))) }
        effects.append(.dial)
    }

    private mutating func closed(_ failure: LinkFailure, now: MonotonicInstant) {
        switch state {
        case .closing(let retryAt): state = .waiting(until: retryAt)
        case .connecting, .greeting: state = .waiting(until: lose(failure, now: now))
        case .ready:
            let announced = drainReason.map { LinkFailure.closed(reason: $0) }
            state = .waiting(until: lose(announced ?? failure, now: now))
        case .idle, .waiting: break  // not ours any more
        }
    }

    /// Gives up on the connection: tells the peer, tells the fleet, and waits for the transport to be gone.
    mutating func giveUp(_ failure: LinkFailure, telling message: Failure?, now: MonotonicInstant) {
        let retryAt = lose(failure, now: now)
        state = .closing(retryAt: retryAt)
        effects.append(.close(message))
    }

    /// Says that there is no connection, and when the next try is due.
    private mutating func lose(_ failure: LinkFailure, now: MonotonicInstant) -> MonotonicInstant {
        if case .ready(let since) = state, now - since >= (drainReason == nil ? Self.steadyAfter : Self.orderlyAfter) {
            backoff.reset()
        }
        let delay = backoff.nextDelay()
        isQuiet = failure.needsAPerson
        effects += requests.lost()
        let retryAt = now + (isQuiet ? Self.refusedRetry : delay)
        effects.append(.emit(.lost(failure, retryAt: isQuiet ? nil : retryAt)))
        return retryAt
    }
}

// MARK: - Greeting

extension Link {
    private mutating func opened(_ peer: Peer?, now: MonotonicInstant, wall: WallTime) {
        guard state == .connecting else { return }
        self.peer = peer
        theirVersions = nil
        drainReason = nil
        liveness = Liveness(now: now)
        feed.restart()
        state = .greeting(until: now + Self.greetingLimit)
        if case .person(let name, _, _)? = peer {
            return giveUp(.untrusted(reason: "the other side is user \(name), not an agent"), telling: nil, now: now)
        }
        if refuseRevoked(now: now) { return }
        let hello = Hello(role: .dashboard, host: nil, runID: run, wall: wall, monotonic: now)
        effects.append(.send(.hello(hello)))
    }

    private mutating func received(_ message: Message, now: MonotonicInstant, wall: WallTime) {
        switch state {
        case .greeting:
            liveness.heard(now: now)
            greeted(by: message, now: now, wall: wall)
        case .ready:
            liveness.heard(now: now)
            serve(message, now: now, wall: wall)
        case .idle, .connecting, .closing, .waiting: break  // of a connection we gave up
        }
    }

    private mutating func greeted(by message: Message, now: MonotonicInstant, wall: WallTime) {
        switch message {
        case .hello(let hello):
            theirVersions = hello.versions
            if !hello.versions.overlaps(ProtocolVersion.supported) { refuseVersion(hello.versions, now: now) }
        case .welcome(let welcome): welcomed(welcome, now: now, wall: wall)
        case .failure(let failure): giveUp(LinkFailure(failure, theirs: theirVersions), telling: nil, now: now)
        case .drain(let reason):
            drainReason = reason
            effects.append(.emit(.draining(reason: reason)))
        case .denyList where expired != nil: break
        case .renewRequest(let request) where expired != nil: issue(for: request)
        default: breakOff("a message before WELCOME that does not belong there", code: .state, now: now)
        }
    }

    private mutating func welcomed(_ welcome: Welcome, now: MonotonicInstant, wall: WallTime) {
        guard ProtocolVersion.supported.contains(welcome.version) else {
            return refuseVersion(theirVersions ?? welcome.version...welcome.version, now: now)
        }
        let id = welcome.host.id
        if let expected, expected != id {
            let reason = "host \(id.hex) answered where \(expected.hex) was enrolled"
            return giveUp(.untrusted(reason: reason), telling: nil, now: now)
        }
        if let certified = certifiedHost, certified != id {
            let reason = "it says it is host \(id.hex), its certificate says \(certified.hex)"
            return giveUp(.untrusted(reason: reason), telling: nil, now: now)
        }
        if expired != nil { return effects.append(.establish) }
        state = .ready(since: now)
        attempt = 0
        interval = max(Self.shortestInterval, welcome.host.cadence)
        effects.append(.establish)
        effects.append(.emit(.connected(welcome.host, role: welcome.readOnly ? .viewer : welcome.role)))
        effects.append(.send(feed.subscribe(every: interval)))
        effects += look.begin().map { .send($0) }
        if isOfFleet { effects.append(.send(.denyList(denyLists.announcement))) }
        ping(now: now)
        effects += requests.again(now: now)
    }

    private mutating func refuseVersion(_ theirs: ClosedRange<UInt16>, now: MonotonicInstant) {
        let ours = ProtocolVersion.supported
        let text = "dashboard speaks \(ours.lowerBound) to \(ours.upperBound)"
        giveUp(
            .version(theirs: theirs, ours: ours), telling: Failure(code: .version, text: text), now: now)
    }
}

// MARK: - Ready

extension Link {
    private mutating func serve(_ message: Message, now: MonotonicInstant, wall: WallTime) {
        switch message {
        case .keyframe(let subscription, _) where Look.carries(subscription): break  // the feed brings it, too
        case .delta(let delta) where Look.carries(delta.subscription): break
        case .keyframe(let subscription, let snapshot):
            take(feed.keyframe(snapshot, subscription: subscription), now: now)
        case .delta(let delta): take(feed.delta(delta), now: now)
        case .event(let event): effects.append(.emit(.event(event)))
        case .accepted(let id): effects += requests.accept(id)
        case .outcome(let outcome): effects += requests.take(outcome)
        case .answer(let answer): effects += requests.take(answer)
        case .denyList(let offered) where isOfFleet: take(offered)
        case .renewRequest(let request) where isOfFleet: issue(for: request)
        case .ping(let ping):
            effects.append(.send(.pong(Pong(nonce: ping.nonce, wall: wall, monotonic: now))))
        case .pong(let pong): measure(pong, now: now, wall: wall)
        case .drain(let reason):
            drainReason = reason
            effects.append(.emit(.draining(reason: reason)))
        case .failure(let failure): giveUp(LinkFailure(failure, theirs: theirVersions), telling: nil, now: now)
        default: breakOff("a message that an agent does not send", code: .state, now: now)
        }
    }

    private mutating func take(_ step: Feed.Step, now: MonotonicInstant) {
        switch step {
        case .snapshot(let snapshot): effects.append(.emit(.snapshot(snapshot)))
        case .late: break
        case .lost: resubscribe()
        case .broken(let text): breakOff(text, code: .protocolViolation, now: now)
        }
    }

    private mutating func change(to interest: Interest) {
        guard feed.want(interest), case .ready = state else { return }  // else WELCOME subscribes
        resubscribe()
    }

    private mutating func change(lookingAt worker: WorkerID?) {
        let messages = look.change(to: worker)
        guard case .ready = state else { return }  // else WELCOME subscribes
        effects += messages.map { .send($0) }
    }

    private mutating func resubscribe() {
        effects.append(.send(.unsubscribe(feed.number)))
        effects.append(.send(feed.subscribe(every: interval)))
    }

    private mutating func breakOff(_ text: String, code: FailureCode, now: MonotonicInstant) {
        giveUp(.protocolError(reason: text), telling: Failure(code: code, text: text), now: now)
    }
}

// MARK: - Time

extension Link {
    private mutating func ping(now: MonotonicInstant) {
        effects.append(.send(liveness.ping(nonce: backoff.nonce(), now: now)))
    }

    private mutating func measure(_ pong: Pong, now: MonotonicInstant, wall: WallTime) {
        guard let (roundTrip, clockOffset) = liveness.measure(pong, now: now, wall: wall) else { return }
        effects.append(.emit(.measured(roundTrip: roundTrip, clockOffset: clockOffset)))
    }

    private mutating func timerFired(now: MonotonicInstant, wall: WallTime) {
        armed = nil
        switch state {
        case .waiting(let until) where now >= until: beginDialling()
        case .greeting(let until) where now >= until:
            let refusal = expired.map { TrustError.expired(notAfter: $0, now: wall) }
            giveUp(refusal.map { .untrusted(reason: $0.sentence) } ?? .silent, telling: nil, now: now)
        case .ready where liveness.isSilent(now: now): giveUp(.silent, telling: nil, now: now)
        case .ready where now >= liveness.pingDue: ping(now: now)
        case .idle, .connecting, .greeting, .ready, .closing, .waiting: break  // early, or overtaken
        }
    }

    private var deadline: MonotonicInstant? {
        switch state {
        case .idle, .connecting, .closing: nil  // the transport's own time limit applies
        case .greeting(let until), .waiting(let until): until
        case .ready: liveness.deadline
        }
    }

    /// A timer that comes too early finds nothing to do and is armed again: cheaper than moving it with every message.
    private mutating func armForNextDeadline() {
        guard let deadline else { return }
        if let armed, armed <= deadline { return }
        armed = deadline
        effects.append(.arm(deadline))
    }
}
