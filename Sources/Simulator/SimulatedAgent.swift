import Model
import Serving
import Synchronization
import Transport
import Wire

/// The shell of one simulated host: sweeps once a second and serves whoever connects, by the agent's own `Session`,
/// `History` and `EventHistory`. On the network's event loop only.
///
/// The agent's `Hub` and `SessionShell` are not used: they hand over from a sampler's thread, a command desk and a policy,
/// which are an agent's and not here, and are code of another program.
final class SimulatedAgent: Sendable {
    struct Settings: Sendable {
        var workers: Int
        /// How far back the past reaches when it begins.
        var past: Duration
        var historyBytes: Int
    }

    fileprivate struct Content: Sendable {
        var host: SimulatedHost
        var past: History
        var events = EventHistory()
        var eventNumber: UInt64 = 0
        var newest: Snapshot
        var sessions: [ObjectIdentifier: SimulatedSession] = [:]
        /// Who waits for the outcome of which command.
        var askers: [CommandID: SimulatedSession] = [:]
    }

    let plan: HostPlan
    let runID: Identifier128
    let network: Network
    private let content: Mutex<Content>
    /// How late a slow host's messages are; zero for all others.
    let delay: Duration

    init(_ plan: HostPlan, settings: Settings, network: Network) {
        self.plan = plan
        self.network = network
        runID = Identifier128(high: plan.seed, low: UInt64(plan.number))
        delay = if case .slow(let delay)? = plan.fault { delay } else { .zero }
        let now = Moment(monotonic: network.clock.monotonic(), wall: network.clock.wall())
        let steps = Int64(settings.past.seconds / SimulatedHost.interval.seconds)
        var moment = now.earlier(by: SimulatedHost.interval * Int(steps))
        var host = SimulatedHost(plan, workers: settings.workers, now: moment)
        var past = History(History.Settings(byteLimit: settings.historyBytes, interval: SimulatedHost.interval))
        var newest = host.sweep(at: moment).snapshot
        for _ in 0..<steps {
            past.take(newest)
            moment = moment.earlier(by: .zero - SimulatedHost.interval)
            newest = host.sweep(at: moment).snapshot
        }
        past.take(newest)
        content = Mutex(Content(host: host, past: past, newest: newest))
    }

    var info: HostInfo { content.withLock { $0.host.info } }
    var newest: Snapshot { content.withLock { $0.newest } }

    /// Begins at a moment of its own within the interval, as agents that know nothing of each other do.
    func start() {
        let offset = SimulatedHost.interval * Double(plan.seed % 1000) / 1000
        network.schedule(after: offset) { self.sweep() }
    }

    private func sweep() {
        network.schedule(after: SimulatedHost.interval) { self.sweep() }
        let now = Moment(monotonic: network.clock.monotonic(), wall: network.clock.wall())
        let (sweep, events, sessions, askers) = content.withLock { content in
            let sweep = content.host.sweep(at: now)
            content.newest = sweep.snapshot
            content.past.take(sweep.snapshot)
            let events = content.number(sweep.events, at: now)
            let askers = sweep.outcomes.compactMap { outcome in
                content.askers.removeValue(forKey: outcome.id).map { ($0, outcome) }
            }
            return (sweep, events, Array(content.sessions.values), askers)
        }
        for (session, outcome) in askers { session.feed(.reply(.outcome(outcome))) }
        for session in sessions {
            for event in events { session.feed(.event(event)) }
            session.feed(.snapshot(sweep.snapshot))
        }
    }

    func add(_ session: SimulatedSession) {
        content.withLock { $0.sessions[ObjectIdentifier(session)] = session }
    }

    func remove(_ session: SimulatedSession) {
        content.withLock { content in
            content.sessions[ObjectIdentifier(session)] = nil
            content.askers = content.askers.filter { $0.value !== session }
        }
    }

    /// Replies at once; an outcome that comes later goes to the same session.
    func submit(_ command: Command, from peer: Peer, role: Role, by session: SimulatedSession) -> [CommandReply] {
        let now = Moment(monotonic: network.clock.monotonic(), wall: network.clock.wall())
        return content.withLock { content in
            let replies = content.host.take(command, from: peer.label, role: role, at: now)
            if replies == [.accepted(command.id)] { content.askers[command.id] = session }
            return replies
        }
    }

    func answer(_ query: Query) -> Answer {
        let now = network.clock.monotonic()
        let body: Answer.Body = content.withLock { content in
            switch query.body {
            case .events(let sequence): .events(content.events.after(sequence))
            case .pastPieces(let tier): .pastPieces(tier, content.past.pieces(of: tier))
            case .past(let piece, let offset):
                content.past.part(of: piece, from: offset).map { .past($0) } ?? .unknown("not kept any more")
            default: content.host.answer(query.body, at: now)
            }
        }
        return Answer(id: query.id, body: body)
    }
}

extension SimulatedAgent.Content {
    fileprivate mutating func number(_ bodies: [Event.Body], at now: Moment) -> [Event] {
        bodies.map { body in
            eventNumber += 1
            let event = Event(sequence: eventNumber, monotonic: now.monotonic, wall: now.wall, body: body)
            events.append(event)
            return event
        }
    }
}

extension Moment {
    fileprivate func earlier(by duration: Duration) -> Moment {
        Moment(
            monotonic: monotonic + (.zero - duration),
            wall: WallTime(nanoseconds: wall.nanoseconds - duration.nanoseconds))
    }
}
