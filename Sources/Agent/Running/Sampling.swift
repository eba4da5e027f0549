import Control
import Logging
import Model
import Synchronization

/// Numbers the events of one run of the agent, whoever makes them.
final class EventNumbers: Sendable {
    private let last = Atomic<UInt64>(0)

    func event(_ body: Event.Body, at now: Moment) -> Event {
        Event(
            sequence: last.add(1, ordering: .relaxed).newValue, monotonic: now.monotonic, wall: now.wall, body: body)
    }
}

/// Takes what the sampler finds to those who want it: subscribers, the command desk, the service manager.
final class Sampling: Sendable {
    private let hub: Hub
    private let desk: CommandDesk
    private let events: EventNumbers
    private let connections: ConnectionService
    private let manager: ServiceManager
    private let memory: MemoryKeeper
    private let metrics: MetricsService?
    private let log: Logger
    /// Whether the configuration has rules for an app.
    private let hasRules: @Sendable (String) -> Bool
    private let hadReadings = Atomic<Bool>(false)
    /// The desk's news, in order. Bounded: a desk that is far behind needs only the newest list of workers and all exits.
    private let news: AsyncStream<News>.Continuation
    private let delivery: Task<Void, Never>
    private let warned = Mutex<[String: UInt64]>([:])
    private static let maximumKinds = 64

    private enum News: Sendable {
        case workers([LiveWorker], [LiveGroup], MonotonicInstant)
        case exited(WorkerID, ExitStatus?)
        case readings([RuleReading])
    }

    init(
        hub: Hub, desk: CommandDesk, events: EventNumbers, connections: ConnectionService, manager: ServiceManager,
        memory: MemoryKeeper, metrics: MetricsService?, log: Logger,
        hasRules: @escaping @Sendable (_ app: String) -> Bool
    ) {
        self.hub = hub
        self.desk = desk
        self.events = events
        self.connections = connections
        self.manager = manager
        self.memory = memory
        self.metrics = metrics
        self.log = log
        self.hasRules = hasRules
        let (stream, continuation) = AsyncStream.makeStream(of: News.self, bufferingPolicy: .bufferingNewest(1024))
        news = continuation
        delivery = Task {
            for await item in stream {
                switch item {
                case .workers(let workers, let groups, let now):
                    await desk.observe(workers: workers, groups: groups, now: now)
                case .exited(let worker, let status): await desk.exited(worker, status: status)
                case .readings(let readings): await desk.judge(readings)
                }
            }
        }
    }

    deinit {
        news.finish()
        delivery.cancel()
    }

    private func tell(_ item: News) {
        if case .dropped = news.yield(item) { warn("the command desk is behind: news of workers was dropped") }
    }

    var output: SamplerOutput {
        SamplerOutput(
            snapshot: { snapshot in
                self.hub.publish(snapshot)
                self.metrics?.take(snapshot)
                self.read(snapshot)
            },
            event: { body, now in self.hub.publish(self.events.event(body, at: now)) },
            exited: { worker, status in self.tell(.exited(worker, status)) },
            workers: { workers, groups, now in
                self.tell(.workers(workers, groups, now.monotonic))
                self.connections.workers(workers, groups: groups)
            },
            swept: { sequence, workers in self.swept(sequence, workers: workers) },
            alive: { self.manager.progress(status: "between two sweeps") },
            warn: { self.warn($0) }, note: { self.log.info("\($0)") }, keep: { self.memory.keep($0) })
    }

    /// For the rules: the workers of apps that have any; none once after the last one, which ends what held.
    private func read(_ snapshot: Snapshot) {
        var ruled: [String: String] = [:]
        for group in snapshot.groups where hasRules(group.info.app) { ruled[group.info.key] = group.info.app }
        let hadReadings = hadReadings.exchange(!ruled.isEmpty, ordering: .relaxed)
        guard hadReadings || !ruled.isEmpty else { return }
        tell(
            .readings(
                snapshot.workers.compactMap { entry in
                    ruled[entry.info.groupKey].map { RuleReading(entry, app: $0) }
                }))
    }

    private func swept(_ sequence: UInt64, workers: Int) {
        let viewers = hub.count
        let status = "\(workers) workers, \(viewers) \(viewers == 1 ? "viewer" : "viewers")"
        if sequence == 1 {
            manager.ready(status: status)
            log.notice("watching \(workers) workers")
        } else {
            manager.progress(status: status)
        }
    }

    /// The first of its kind at once, then every hundredth with the count: a fault that repeats each sweep fills no disk.
    /// Beyond `maximumKinds` (a fault of each of many workers) all others count as one.
    private func warn(_ fault: String) {
        let (text, count) = warned.withLock { counts in
            let isKnown = counts[fault] != nil || counts.count < Self.maximumKinds
            let text = isKnown ? fault : "more faults of other kinds; the last: \(fault)"
            let key = isKnown ? fault : ""
            counts[key, default: 0] += 1
            return (text, counts[key] ?? 1)
        }
        if count == 1 { log.warning("\(text)") }
        if count % 100 == 0 { log.warning("\(text) (\(count) times)") }
    }
}
