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
    private let manager: ServiceManager
    private let log: Logger
    /// The desk's news, in order. Bounded: a desk that is far behind needs only the newest list of workers and all exits.
    private let news: AsyncStream<News>.Continuation
    private let delivery: Task<Void, Never>
    private let warned = Mutex<[String: UInt64]>([:])
    private static let maximumKinds = 64

    private enum News: Sendable {
        case workers([LiveWorker], MonotonicInstant)
        case exited(WorkerID, ExitStatus?)
    }

    init(hub: Hub, desk: CommandDesk, events: EventNumbers, manager: ServiceManager, log: Logger) {
        self.hub = hub
        self.desk = desk
        self.events = events
        self.manager = manager
        self.log = log
        let (stream, continuation) = AsyncStream.makeStream(of: News.self, bufferingPolicy: .bufferingNewest(1024))
        news = continuation
        delivery = Task {
            for await item in stream {
                switch item {
                case .workers(let workers, let now): await desk.observe(workers: workers, now: now)
                case .exited(let worker, let status): await desk.exited(worker, status: status)
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
            snapshot: { self.hub.publish($0) },
            started: { info, app, now in
                self.hub.publish(self.events.event(.workerStarted(info, app: app), at: now))
            },
            exited: { info, app, status, now in
                self.tell(.exited(info.id, status))
                let body = Event.Body.workerExited(
                    worker: info.id, app: app, groupKey: info.groupKey, slot: info.slot, status: status)
                self.hub.publish(self.events.event(body, at: now))
            },
            workers: { workers, apps, now in
                let living = workers.map {
                    LiveWorker(
                        id: $0.id, groupKey: $0.groupKey, app: apps[$0.groupKey] ?? $0.groupKey, slot: $0.slot,
                        seen: now.monotonic)
                }
                self.tell(.workers(living, now.monotonic))
            },
            swept: { sequence, workers in self.swept(sequence, workers: workers) },
            alive: { self.manager.progress(status: "between two sweeps") },
            warn: { self.warn($0) })
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
