import Console
import Model

extension FleetHost {
    /// A line of the message area, without time and host.
    func text(of entry: LogEntry) -> String {
        switch entry.body {
        case .host(let state, let text): text.isEmpty ? state.word : "\(state.word): \(text)"
        case .agent(let event):
            text(of: event, at: entry.wall)
                + (entry.repeats >= FleetHost.crashes ? ", \(entry.repeats) times in a row" : "")
        }
    }

    /// - Parameter wall: when it happened, on our calendar, where the line says so itself.
    func text(of event: Event.Body, at wall: WallTime? = nil) -> String {
        switch event {
        case .workerStarted(let info, let app): return "\(app)#\(info.slot) started, pid \(info.id.pid)"
        case .workerExited(let place, let status, let oomKilled):
            let oom = oomKilled ? ", killed for memory (oom)" : ""
            return "\(place.label) exited, pid \(place.worker.pid), \(exitStatusText(status))\(oom)"
        case .workerFound(let info, let app):
            let started = ours(info.started)
            let since = wall.map { Format.moment(started, now: $0) } ?? Format.dateAndClock(started)
            return "\(app)#\(info.slot) found, pid \(info.id.pid), running since \(since)"
        case .commandAccepted(_, let action, let target, let issuer):
            return "\(label(of: target)) \(action.word) accepted, asked by \(issuer)"
        case .commandEnded(let outcome):
            return "\(label(of: outcome.target)) \(outcome.action.word) by \(outcome.issuer) "
                + verdictText(outcome.verdict, target: outcome.target)
        case .hung(let place): return "\(place.label) HUNG, pid \(place.worker.pid): its loop does not turn"
        case .hungEnded(let place, let after):
            return "\(place.label) no longer hung, pid \(place.worker.pid), after \(Format.age(after))"
        case .orphanFound(let app, _, let orphan, let name):
            return "\(app): \(orphan.text(name: name))"
        case .orphanGone(let app, _, let orphan):
            return "\(app): pid \(orphan.process.pid) no longer holds port \(orphan.port)"
        case .roll(let roll, let app, _): return "\(app) " + roll.line(columns: 200)
        case .rule(let place, let rule, let deed): return "\(place.label) rule \"\(rule)\" holds: \(deed)"
        case .configuration(let text), .audit(let text): return text
        case .agentStarted(let version, let previous):
            return "agent \(version) started; \(previous.map(text(of:)) ?? "no run before this one is known")"
        }
    }

    private func text(of end: RunEnd) -> String {
        let at = Format.dateAndClock(ours(end.at))
        return switch end.how {
        case .stopped: "the run before it was stopped at \(at)"
        case .died: "the run before it ended without a word, last heard of at \(at): killed, or failed"
        case .machineRestarted: "the machine has started anew since the run before it, last heard of at \(at)"
        }
    }

    /// What became of a command, for the list on the worker's and app's screens.
    func text(of record: CommandRecord, now: MonotonicInstant) -> String {
        let by = record.issuer ?? (record.ours ? "this dashboard" : "unknown")
        let word = record.action.word
        if let outcome = record.outcome {
            return "\(word) by \(by) \(verdictText(outcome.verdict, target: record.target))"
        }
        if record.lostAt != nil { return "UNKNOWN \(word) by \(by): \(unknownReason(of: record))" }
        let since = Format.age(now - record.issuedAt)
        return record.acceptedAt == nil
            ? "\(word) by \(by) sent, not accepted yet, \(since)" : "\(word) by \(by) accepted, under way, \(since)"
    }

    /// `UNKNOWN restart web/3 on db-1 - link lost 2.1s after send; agent had accepted: yes`
    func unknownText(of record: CommandRecord) -> String {
        "UNKNOWN \(record.action.word) \(record.label) on \(name) - \(unknownReason(of: record))"
    }

    /// The same in as few words as say it all.
    func shortUnknownText(of record: CommandRecord) -> String {
        let accepted = record.acceptedAt == nil ? "not known if accepted" : "accepted"
        let lost = record.lostAt.map { ", link lost \(Format.latency($0 - record.issuedAt)) after send" } ?? ""
        return "UNKNOWN \(record.action.word) \(record.label) on \(name) - \(accepted)\(lost)"
    }

    private func unknownReason(of record: CommandRecord) -> String {
        let accepted = "agent had accepted: \(record.acceptedAt == nil ? "not known" : "yes")"
        if record.isForgotten { return "asked again, the agent does not know it; \(accepted); see its audit.jsonl" }
        guard let lostAt = record.lostAt else { return accepted }
        return "link lost \(Format.latency(lostAt - record.issuedAt)) after send; \(accepted)"
    }
}

extension WorkerPlace {
    /// `api#3`
    var label: String { "\(app)#\(slot)" }
}

extension PortOrphan {
    /// `pid 812 (python3) holds port 8000 and is not of this app`
    func text(name: String = "") -> String {
        "pid \(process.pid)\(name.isEmpty ? "" : " (\(name))") holds port \(port) and is not of this app"
    }
}
