import Console
import Model

/// An event for programs, as one line of `jsonl`.
struct EventRecord: Encodable, Sendable {
    var host: String
    /// On this machine's calendar: the host's clock minus its measured offset.
    var at: String
    /// ok, warn, crit.
    var level: String
    /// What kind it is, in a word that stays the same.
    var event: String
    var text: String
    @Known var app: String?
    @Known var slot: UInt32?
    @Known var pid: Int32?
    /// Within one run of the agent.
    var sequence: UInt64

    init(_ told: EventFeed.Told, on host: FleetHost) {
        let body = told.event.body
        self.host = host.name
        at = rfc3339(told.wall)
        level = told.level.word.lowercased()
        event = body.word
        text = told.text
        sequence = told.event.sequence
        switch body {
        case .workerStarted(let info, let name), .workerFound(let info, let name):
            (app, slot, pid) = (name, info.slot, info.id.pid)
        case .workerExited(let place, _, _), .hung(let place), .hungEnded(let place, _), .rule(let place, _, _):
            (app, slot, pid) = (place.app, place.slot, place.worker.pid)
        case .commandEnded(let outcome):
            (app, slot, pid) = (nil, nil, outcome.target.worker?.pid)
            app = host.groupKey(of: outcome.target).map { host.appName($0) }
        case .orphanFound(let name, _, let orphan, _), .orphanGone(let name, _, let orphan):
            (app, slot, pid) = (name, nil, orphan.process.pid)
        case .roll(_, let name, _): (app, slot, pid) = (name, nil, nil)
        case .commandAccepted, .configuration, .agentStarted, .audit: (app, slot, pid) = (nil, nil, nil)
        }
    }
}

extension Event.Body {
    /// Its kind for programs: never changed.
    fileprivate var word: String {
        switch self {
        case .workerStarted: "worker-started"
        case .workerFound: "worker-found"
        case .workerExited: "worker-exited"
        case .commandAccepted: "command-accepted"
        case .commandEnded: "command-ended"
        case .hung: "hung"
        case .hungEnded: "hung-ended"
        case .orphanFound: "orphan-found"
        case .orphanGone: "orphan-gone"
        case .roll: "roll"
        case .rule: "rule"
        case .configuration: "configuration"
        case .agentStarted: "agent-started"
        case .audit: "audit"
        }
    }
}
