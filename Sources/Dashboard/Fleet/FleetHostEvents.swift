import Model

/// What a host learns from events, and from the answers to what was asked of it.
extension FleetHost {
    mutating func take(_ event: Event, now: MonotonicInstant) {
        guard seenEvents.insert(event) else { return }
        let at = bridge.translate(event.monotonic, receivedAt: now)
        let wall = ours(event.wall)
        var repeats = 1
        switch event.body {
        case .workerExited(let place, let status, let oomKilled):
            close(
                place.worker, WorkerTrack.End(at: at, wall: wall, status: status, oomKilled: oomKilled, certain: true))
            record(
                ExitRecord(
                    worker: place.worker, groupKey: place.groupKey, slot: place.slot, status: status,
                    oomKilled: oomKilled, at: at, wall: wall))
            guard let inARow = foldEnds(before: place, at: at) else { return }
            repeats = inARow
        case .workerStarted(let info, _) where isOfCrashes(info, at: at): return
        case .commandAccepted(let id, let action, let target, let issuer):
            if !commands.contains(where: { $0.command == id }) {
                add(record(of: id, action, target, ours: false, at: at, wall: wall))
            }
            change(id) {
                $0.issuer = issuer
                $0.acceptedAt = $0.acceptedAt ?? at
            }
        case .commandEnded(let outcome): return take(outcome, now: at, wall: wall)
        case .roll(let roll, _, let key):
            heardOf(roll, ofGroup: key, at: event.monotonic)
            // Each of its steps is an event: the newest stands for those before it.
            if roll.state == .running { log.removeAll { $0.isStep(of: roll.id) } }
        case .workerStarted, .workerFound, .hung, .hungEnded, .orphanFound, .orphanGone, .rule, .configuration,
            .agentStarted, .audit:
            break
        }
        log(.agent(event.body), event.body.level, now: at, wall: wall, repeats: repeats)
    }

    /// The answer comes as a message to the issuer and as an event to everybody; the first of the two counts.
    mutating func take(_ outcome: Outcome, now: MonotonicInstant, wall: WallTime) {
        if case .planned = outcome.verdict { return }  // nothing was done
        if !commands.contains(where: { $0.command == outcome.id }) {
            add(record(of: outcome.id, outcome.action, outcome.target, ours: false, at: now, wall: wall))
        }
        // A roll that failed is answered then, and once more when it was resumed and ended.
        let known = commands.last { $0.command == outcome.id }?.outcome?.verdict
        guard known != outcome.verdict else { return }
        // An agent that could not record its answer, and was killed, knows less than it had told.
        if known != nil, case .interrupted = outcome.verdict { return }
        change(outcome.id) {
            $0.outcome = outcome
            $0.issuer = outcome.issuer
            $0.lostAt = nil
        }
        log(.agent(.commandEnded(outcome)), outcome.level, now: now, wall: wall)
    }

    mutating func accepted(_ command: CommandID, now: MonotonicInstant) {
        change(command) {
            $0.acceptedAt = $0.acceptedAt ?? now
            $0.lostAt = nil  // asked again, the agent says that it is under way
        }
    }

    /// What became of it will not be told any more.
    mutating func forgotten(_ command: CommandID, now: MonotonicInstant) {
        change(command) {
            $0.lostAt = $0.lostAt ?? now
            $0.isForgotten = true
        }
    }

    mutating func take(_ answer: Answer.Body, to question: Query.Body, now: MonotonicInstant) {
        switch question {
        case .pastPieces, .past: takePast(answer, to: question)
        case .events(let after):
            guard case .events(let events) = answer else { return past.end() }
            for event in past.take(events, after: after) { take(event, now: now) }
        case .log(let request) where !request.cursor.isEmpty: break  // of a screen that keeps lines itself
        case .offers, .lives, .connections, .log:
            if answers.count >= Self.answersKept, answers[question] == nil,
                let oldest = answers.min(by: { $0.value.at < $1.value.at })
            {
                answers[oldest.key] = nil
            }
            answers[question] = KnownAnswer(body: answer, at: now)
        }
    }

    /// A command that this dashboard is about to send, or heard of.
    func record(
        of id: CommandID, _ action: Action, _ target: CommandTarget, ours: Bool, at: MonotonicInstant, wall: WallTime
    ) -> CommandRecord {
        CommandRecord(
            command: id, action: action, target: target, groupKey: groupKey(of: target), label: label(of: target),
            ours: ours, issuedAt: at, issuedWall: wall)
    }

    mutating func add(_ command: CommandRecord) {
        if commands.count >= 100 {
            // What is not known yet is never pushed out by what is.
            let settled = commands.firstIndex { !$0.isUnknown } ?? 0
            commands.remove(at: settled)
        }
        commands.append(command)
    }

    private mutating func change(_ id: CommandID, _ body: (inout CommandRecord) -> Void) {
        guard let index = commands.lastIndex(where: { $0.command == id }) else { return }
        body(&commands[index])
    }
}

extension LogEntry {
    fileprivate func isStep(of id: CommandID) -> Bool {
        if case .agent(.roll(let roll, _, _)) = body { roll.id == id && roll.state == .running } else { false }
    }
}
