import Console
import Model

/// Events of several hosts: first all that their agents know, page by page, then those that come. A value: whoever runs it
/// hands in what the links tell.
///
/// A host that was lost and is back is asked again for all that it knows: what was told before counts once.
struct EventFeed: Sendable {
    /// An event on our calendar.
    struct Told: Sendable {
        let host: Int
        let event: Event
        let wall: WallTime
        let level: Level
        let text: String
    }

    private enum Progress: Hashable, Sendable {
        case asking(after: UInt64)
        case told
        case failed(String)
    }

    private(set) var fleet: Fleet
    private var progress: [Int: Progress]
    private var marks: [Int: EventMarks] = [:]

    /// - Parameter hosts: those that are asked; the others are left out.
    init(_ fleet: Fleet, of hosts: [Int]) {
        self.fleet = fleet
        progress = Dictionary(hosts.map { ($0, .asking(after: 0)) }) { first, _ in first }
    }

    /// What is to be asked now, to begin with.
    var first: [(host: Int, after: UInt64)] { progress.keys.sorted().map { ($0, 0) } }

    /// Whether every host has told all that it knows, or cannot.
    var isComplete: Bool { progress.values.allSatisfy { if case .asking = $0 { false } else { true } } }

    /// Why hosts told nothing, or not all; in their order.
    func problems(isOver: Bool) -> [String] {
        progress.sorted { $0.key < $1.key }.compactMap { host, progress in
            switch progress {
            case .failed(let reason): "\(fleet.hosts[host].name): \(reason)"
            case .asking: isOver ? "\(fleet.hosts[host].name): no answer in time" : nil
            case .told: nil
            }
        }
    }

    /// Returns what is new, and what is to be asked next.
    mutating func handle(
        _ event: LinkEvent, from host: Int, now: MonotonicInstant, wall: WallTime
    ) -> (told: [Told], ask: UInt64?) {
        guard let known = progress[host] else { return ([], nil) }
        fleet.handle(event, from: host, now: now, wall: wall)
        switch event {
        case .event(let event): return (take([event], from: host), nil)
        case .connected:
            progress[host] = .asking(after: 0)
            return ([], 0)
        case .lost(let failure, _):
            progress[host] = .failed(failureText(failure))
            return ([], nil)
        case .answer(.events(let after), let answer):
            guard known == .asking(after: after) else { return ([], nil) }
            guard case .events(let events) = answer else {
                if case .unknown(let reason) = answer { progress[host] = .failed(reason) }
                return ([], nil)
            }
            let last = events.map(\.sequence).max() ?? 0
            // A page that leads nowhere would be asked for for ever.
            progress[host] = last > after ? .asking(after: last) : .told
            return (take(events, from: host), last > after ? last : nil)
        default: return ([], nil)
        }
    }

    private mutating func take(_ events: [Event], from host: Int) -> [Told] {
        events.filter { marks[host, default: EventMarks()].insert($0) && $0.body.isShown }.map { event in
            Told(
                host: host, event: event, wall: fleet.hosts[host].ours(event.wall), level: event.body.level,
                text: fleet.hosts[host].text(of: event.body))
        }
    }
}

extension [EventFeed.Told] {
    /// By the second: within one, the kernel's ticks do not say what was first, but the order of telling does.
    var inOrder: Self {
        enumerated().sorted { left, right in
            let (first, second) = (left.element.wall.nanoseconds, right.element.wall.nanoseconds)
            return (first / 1_000_000_000, left.offset) < (second / 1_000_000_000, right.offset)
        }.map(\.element)
    }
}
