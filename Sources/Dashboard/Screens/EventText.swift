import Console
import Model

extension FleetHost {
    /// A line of the message area, without time and host.
    func text(of entry: LogEntry) -> String {
        switch entry.body {
        case .host(let state, let text): return text.isEmpty ? state.word : "\(state.word): \(text)"
        case .agent(.workerStarted(let info, let app)):
            return "\(app)#\(info.slot) started, pid \(info.id.pid)"
        case .agent(.workerExited(let worker, let app, _, let slot, let status)):
            return "\(app)#\(slot) exited, pid \(worker.pid), \(exitStatusText(status))"
        case .agent(.commandAccepted(_, let action, let target, let issuer)):
            return "\(label(of: target)) \(action.word) accepted, asked by \(issuer)"
        case .agent(.commandEnded(let outcome)):
            return "\(label(of: outcome.target)) \(outcome.action.word) by \(outcome.issuer) "
                + verdictText(outcome.verdict, target: outcome.target)
        }
    }

    /// What became of a command, for the list on the worker screen.
    func text(of record: CommandRecord, now: MonotonicInstant) -> String {
        let by = record.issuer ?? (record.ours ? "this dashboard" : "unknown")
        if let outcome = record.outcome {
            return "restart by \(by) \(verdictText(outcome.verdict, target: record.target))"
        }
        if record.linkLost {
            return "restart by \(by): the connection broke before an answer; what became of it is not known"
        }
        let since = Format.age(now - record.issuedAt)
        return record.acceptedAt == nil
            ? "restart by \(by) sent, not accepted yet, \(since)" : "restart by \(by) accepted, under way, \(since)"
    }
}

extension Action {
    var word: String {
        switch self {
        case .restart: "restart"
        }
    }
}

extension GroupInfo {
    /// What will bring a worker of the group back, as far as is known.
    var respawnText: String {
        let master = masterPID.map { "pid \($0)" } ?? "pid unknown"
        switch respawn {
        case .master: return "its master (\(kind.word), \(master)) starts a new one"
        case .parentMay: return "its parent (\(master)) may start it again; unknown until tried"
        case .nothingKnown: return "nothing is known to start it again"
        }
    }

    var portsText: String { ports.prefix(4).map { ":\($0)" }.joined(separator: " ") + (ports.count > 4 ? " ..." : "") }
}
