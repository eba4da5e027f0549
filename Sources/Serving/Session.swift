public import Model
public import Wire

/// The agent's side of one connection, as a value: messages and snapshots in, messages out.
///
/// States: *greeting* (nothing heard yet) → *ready* (WELCOME sent) → *closed*. HELLO is legal only while greeting, and
/// everything else only when ready; a message out of place closes the session. Closed is final: later inputs do nothing.
///
/// A subscription has at most one snapshot waiting. While the connection cannot take more, a snapshot that is due takes
/// the place of the one that waits, which is counted, and the next one sent is a keyframe of the newest.
public struct Session: Sendable {
    public enum Input: Sendable {
        /// The connection is there and its peer verified.
        case opened
        case message(Message)
        case snapshot(Snapshot)
        case event(Event)
        case reply(CommandReply)
        /// To a question that was asked for.
        case answer(Answer)
        /// The connection can take bytes again.
        case writable
        /// Time passes: comes every `tickPause`.
        case tick
        /// Nobody greeted us in time.
        case greetingOverdue
        /// There was no room for its command. No word about the command itself: it may be asked for a second time, and whether
        /// the first was carried out is not looked up where there is no room.
        case crowded
        /// The agent is going away.
        case drain(reason: String)
        /// The newest deny-list is this one now.
        case denyList(DenyListText)
        /// Our certificate ends before long: PKCS#10, DER, for whoever has the fleet's CA key.
        case renewalDue([UInt8])
        /// The policy does not let this peer look any more, or its certificate was revoked, or it sent what it may not.
        case denied(reason: String)
        case closed
    }

    public enum Effect: Equatable, Sendable {
        case send(Message)
        /// The peer is greeted: its larger message limit applies from here.
        case establish
        case submit(Command)
        /// Has to be answered, once.
        case ask(Query)
        /// Newer than ours, says who sent it.
        case judge(DenyListText)
        /// A new certificate for us, says who sent it: X.509, DER.
        case renew([UInt8])
        /// Something changed about what is subscribed: serve it the newest snapshot at once.
        case wantSnapshot
        case close(Failure?)
    }

    private enum Phase: Sendable { case greeting, ready, closed }

    /// One subscription's place in the stream.
    fileprivate struct Feed: Sendable {
        let subscription: Subscription
        /// Half a sweep: what may be missing to the interval without skipping a snapshot.
        let slack: Duration
        /// What the peer has, as narrowed for it; `nil` when the next must be a keyframe.
        var sent: Snapshot?
        /// The snapshot that was due and could not be sent yet, by its number.
        var pending: UInt64?
        var due: MonotonicInstant
        var dropped: UInt64 = 0
    }

    /// A peer that asks for more is refused.
    public static let maximumSubscriptions = Limits.subscriptions

    public static let tickPause = Duration.seconds(1)
    /// Who has not greeted us by then has `greetingOverdue`.
    public static let greetingTime = Duration.seconds(10)
    /// Questions under way; more are answered at once, with that.
    public static let maximumQuestions = 8
    /// A peer that says nothing for this long is asked; the transport gives it up after 15 s.
    public static let patience = Duration.seconds(5)

    private let host: HostInfo
    private let runID: Identifier128
    private let role: Role
    private let readOnly: Bool
    /// Why this peer may not even look; `nil` where it may.
    private let objection: String?
    /// `nil` with a peer of this machine, who may be of no fleet, or of another.
    private var denyLists: DenyListExchange?
    private var phase = Phase.greeting
    private var feeds: [Feed] = []
    private var questions = 0
    /// When the peer last spoke, or was last asked whether it is there.
    private var heard = MonotonicInstant(nanoseconds: 0)
    private var nonce: UInt64 = 0

    public init(
        host: HostInfo, runID: Identifier128, role: Role, readOnly: Bool, objection: String? = nil,
        denyLists: DenyListExchange? = nil
    ) {
        self.host = host
        self.runID = runID
        self.role = role
        self.readOnly = readOnly
        self.objection = objection
        self.denyLists = denyLists
    }

    /// The workers that a subscription is for, one by one.
    public var watched: Set<WorkerID> {
        Set(feeds.compactMap { if case .worker(let id) = $0.subscription.interest { id } else { nil } })
    }

    public mutating func handle(_ input: Input, writable: Bool, at now: Moment) -> [Effect] {
        if case .message = input { heard = now.monotonic }
        switch (phase, input) {
        case (.closed, _): return []
        case (.greeting, .opened): return [.send(.hello(hello(at: now)))]
        case (_, .opened): return []
        case (.ready, .tick): return ask(now.monotonic)
        case (.greeting, .tick): return []
        case (_, .closed):
            phase = .closed
            feeds = []
            return []
        case (_, .drain(let reason)):
            return [.send(.drain(reason: reason))] + close(nil)
        case (_, .denyList(let list)):
            let announcement = denyLists?.change(to: list)
            return phase == .ready ? announcement.map { [.send(.denyList($0))] } ?? [] : []
        case (.ready, .renewalDue(let request)): return denyLists == nil ? [] : [.send(.renewRequest(request))]
        case (_, .renewalDue): return []
        case (_, .denied(let reason)): return refuse(.denied, reason)
        case (_, .crowded): return refuse(.busy, "too many commands wait here already")
        case (.greeting, .message(.hello(let hello))): return greet(hello, at: now)
        case (.greeting, .message): return refuse(.state, "HELLO comes first")
        case (.greeting, .greetingOverdue): return refuse(.handshakeTimeout, "no HELLO within 10 s")
        case (.greeting, _): return []
        case (.ready, .message(let message)): return receive(message, at: now)
        case (.ready, .snapshot(let snapshot)): return serve(snapshot, writable: writable, now: now.monotonic)
        case (.ready, .event(let event)): return [.send(.event(event))]
        case (.ready, .reply(.accepted(let id))): return [.send(.accepted(id))]
        case (.ready, .reply(.outcome(let outcome))): return [.send(.outcome(outcome))]
        case (.ready, .answer(let answer)):
            questions = max(0, questions - 1)
            return [.send(.answer(answer))]
        case (.ready, .writable): return feeds.contains { $0.sent == nil } ? [.wantSnapshot] : []
        case (.ready, .greetingOverdue): return []
        }
    }

    private func hello(at now: Moment) -> Hello {
        Hello(
            versions: ProtocolVersion.supported, features: 0, role: .agent, host: host.id, runID: runID, wall: now.wall,
            monotonic: now.monotonic)
    }

    private mutating func ask(_ now: MonotonicInstant) -> [Effect] {
        guard now - heard >= Self.patience else { return [] }
        heard = now
        nonce &+= 1
        return [.send(.ping(Ping(nonce: nonce)))]
    }

    private mutating func greet(_ hello: Hello, at now: Moment) -> [Effect] {
        let ours = ProtocolVersion.supported
        let low = max(hello.versions.lowerBound, ours.lowerBound)
        let high = min(hello.versions.upperBound, ours.upperBound)
        guard hello.role == .dashboard else { return refuse(.state, "an agent answers here") }
        guard low <= high else {
            return refuse(.version, "agent speaks protocol \(ours.lowerBound) to \(ours.upperBound)")
        }
        if let objection { return refuse(.denied, objection) }
        phase = .ready
        let welcome = Welcome(
            version: high, features: 0, host: host, role: role, readOnly: readOnly, runID: runID, wall: now.wall,
            monotonic: now.monotonic)
        return [.establish, .send(.welcome(welcome))] + (denyLists.map { [.send(.denyList($0.announcement))] } ?? [])
    }

    private mutating func receive(_ message: Message, at now: Moment) -> [Effect] {
        switch message {
        case .ping(let ping):
            return [.send(.pong(Pong(nonce: ping.nonce, wall: now.wall, monotonic: now.monotonic)))]
        case .pong: return []
        case .subscribe(let subscription):
            feeds.removeAll { $0.subscription.id == subscription.id }
            guard feeds.count < Self.maximumSubscriptions else {
                return refuse(.limit, "more than \(Self.maximumSubscriptions) subscriptions")
            }
            let slack = Duration.nanoseconds(Int64(clamping: host.intervalNanoseconds / 2))
            feeds.append(Feed(subscription: subscription, slack: slack, sent: nil, due: now.monotonic))
            return [.wantSnapshot]
        case .unsubscribe(let id):
            feeds.removeAll { $0.subscription.id == id }
            return []
        case .command(let command): return [.submit(command)]
        case .query(let query):
            guard questions < Self.maximumQuestions else {
                return [.send(.answer(Answer(id: query.id, body: .unknown("too many questions"))))]
            }
            questions += 1
            return [.ask(query)]
        case .denyList(let offered):
            switch denyLists?.receive(offered) {
            case nil: return refuse(.state, "this connection carries no deny-list")
            case .nothing: return []
            case .send(let list): return [.send(.denyList(list))]
            case .judge(let list): return [.judge(list)]
            }
        case .renewGrant(let leaf) where denyLists != nil: return [.renew(leaf)]
        case .failure, .drain: return close(nil)
        default: return refuse(.state, "this message is not for an agent")
        }
    }

    private mutating func serve(_ snapshot: Snapshot, writable: Bool, now: MonotonicInstant) -> [Effect] {
        var effects: [Effect] = []
        for index in feeds.indices where feeds[index].isDue(for: snapshot, now: now) {
            if writable {
                effects.append(.send(feeds[index].next(from: snapshot, now: now)))
            } else {
                feeds[index].hold(snapshot, now: now)
            }
        }
        return effects
    }

    private mutating func refuse(_ code: FailureCode, _ text: String) -> [Effect] {
        close(Failure(code: code, text: text))
    }

    private mutating func close(_ failure: Failure?) -> [Effect] {
        phase = .closed
        feeds = []
        return [.close(failure)]
    }
}

extension Session.Feed {
    private func after(_ snapshot: Snapshot) -> MonotonicInstant {
        snapshot.monotonic + (subscription.interval - slack)
    }

    /// Due by its own interval, give or take half a sweep, so that equal intervals never skip; never the same one twice.
    fileprivate func isDue(for snapshot: Snapshot, now: MonotonicInstant) -> Bool {
        guard let sent else { return true }
        return snapshot.sequence > sent.sequence && now >= due
    }

    /// The connection cannot take `snapshot`: it waits, if it is due, in the place of the one before.
    fileprivate mutating func hold(_ snapshot: Snapshot, now: MonotonicInstant) {
        sent = nil
        guard now >= due else { return }
        if let pending, pending < snapshot.sequence { dropped += 1 }
        pending = snapshot.sequence
        due = after(snapshot)
    }

    /// The message that brings the peer to `snapshot`: a delta where it has a base, else a keyframe.
    fileprivate mutating func next(from snapshot: Snapshot, now: MonotonicInstant) -> Message {
        if let pending, pending < snapshot.sequence, now >= due { dropped += 1 }
        pending = nil
        var narrow = snapshot.narrowed(to: subscription.interest)
        narrow.host[.droppedSnapshots] = dropped
        defer {
            sent = narrow
            due = after(snapshot)
        }
        guard let sent else { return .keyframe(subscription: subscription.id, narrow) }
        return .delta(Delta(subscription: subscription.id, from: sent, to: narrow))
    }
}
