import Model

/// What a host learns from snapshots, events and answers.
extension FleetHost {
    /// Ended workers are kept this long, so that their end can be read.
    static let endedKept = Duration.seconds(600)
    /// More than an agent can send at once (2,000) plus as many ended ones.
    static let workersKept = 4000

    mutating func take(_ new: Snapshot, now: MonotonicInstant, wall: WallTime) {
        let taken = bridge.translate(new.monotonic, receivedAt: now)
        let elapsed = snapshot.map { new.monotonic - $0.monotonic }
        // A fresh keyframe of the same instant brings other detail, not news; an older one within a connection is late.
        if sampledSinceConnect, let elapsed, elapsed < .zero { return }
        let repeated = sampledSinceConnect && elapsed == .zero
        let clockStep = elapsed.map { $0 < .zero } ?? false
        if clockStep { history = HostHistory() }
        if !repeated {
            let intervals = elapsed.map { ($0.seconds / interval.seconds).rounded() } ?? 1
            let recent = !clockStep && elapsed != nil && intervals <= 3
            rates = HostRates(
                new.host, since: recent ? snapshot?.host : nil, over: recent ? elapsed : nil, cores: info?.cores ?? 1)
            history.record(rates, missing: Int(min(max(intervals, 1), Double(Series.capacity))) - 1)
        }
        let earlierGroups = snapshot?.groups ?? []
        takeDetail(new, earlierGroups: earlierGroups, elapsed: elapsed, taken: taken, now: now, wall: wall)
        let worst = new.workers.isEmpty ? WorstWorkers() : WorstWorkers(of: self)
        grade = history.grade(hung: new.host[.hungWorkers] ?? 0, worst: worst, interval: interval)
        snapshot = new
        sampledAt = taken
        sampledWall = ours(new.wall)
        sampledSinceConnect = true
    }

    private mutating func takeDetail(
        _ new: Snapshot, earlierGroups: [GroupEntry], elapsed: Duration?, taken: MonotonicInstant,
        now: MonotonicInstant,
        wall: WallTime
    ) {
        let empty = new.host[.workers] == 0
        guard empty || !new.groups.isEmpty || !new.workers.isEmpty else { return }  // subscribed to the host row only
        var earlier: [String: GroupRow] = [:]
        for group in earlierGroups { earlier[group.info.key] = group.row }
        var known: [String: GroupTrack] = [:]
        for group in groups { known[group.info.key] = group }
        groups = new.groups.map { entry in
            var cpu = known[entry.info.key]?.cpu
            if let elapsed, elapsed != .zero {
                let row = elapsed > .zero && elapsed <= interval * 3 ? earlier[entry.info.key] : nil
                cpu = row.flatMap { entry.row.rate(of: .cpuNanoseconds, since: $0, over: elapsed) }.map { $0 / 1e9 }
            }
            return GroupTrack(info: entry.info, row: entry.row, cpu: cpu)
        }
        guard empty || !new.workers.isEmpty else { return }  // groups only
        detailAt = taken
        var present: Set<WorkerID> = []
        tenants = [:]
        for entry in new.workers {
            present.insert(entry.info.id)
            // Two in one slot happens while the old one is on its way out: the later one is the successor.
            let slot = Slot(entry.info)
            let rival = tenants[slot].flatMap { workers[$0]?.info.id.startTicks }
            if entry.info.id.startTicks >= rival ?? 0 { tenants[slot] = entry.info.id }
            if workers[entry.info.id] == nil {
                workers[entry.info.id] = WorkerTrack(
                    entry, sampled: new.monotonic, at: taken, cores: info?.cores)
            } else {
                let interval = interval
                workers[entry.info.id]?.update(entry, sampled: new.monotonic, at: taken, interval: interval)
            }
        }
        for (id, track) in workers where track.end == nil && !present.contains(id) {
            ended(id, WorkerTrack.End(at: taken, wall: ours(new.wall), status: nil, certain: false))
        }
        forgetOldEnds(now: now)
    }

    private mutating func forgetOldEnds(now: MonotonicInstant) {
        for (id, track) in workers {
            if let end = track.end, now - end.at > Self.endedKept { workers[id] = nil }
        }
        guard workers.count > Self.workersKept else { return }
        let ended = workers.values.compactMap { track in track.end.map { (track.info.id, $0.at) } }
        for (id, _) in ended.sorted(by: { $0.1 < $1.1 }).prefix(workers.count - Self.workersKept) { workers[id] = nil }
    }

    private mutating func ended(_ worker: WorkerID, _ end: WorkerTrack.End) {
        guard let info = workers[worker]?.info else { return }
        workers[worker]?.ended(end)
        record(
            ExitRecord(
                worker: worker, groupKey: info.groupKey, slot: info.slot, status: end.status, at: end.at, wall: end.wall
            ))
    }

    private mutating func record(_ exit: ExitRecord) {
        if let index = exits.lastIndex(where: { $0.worker == exit.worker }) {
            if exits[index].status == nil { exits[index] = exit }
            return
        }
        if exits.count >= 1000 { exits.removeFirst(exits.count - 999) }
        exits.append(exit)
    }

    mutating func take(_ event: Event, now: MonotonicInstant) {
        let mark = EventMark(sequence: event.sequence, monotonic: event.monotonic)
        guard !seenEvents.contains(mark) else { return }
        if seenEvents.count >= 500 { seenEvents.removeFirst(seenEvents.count - 499) }
        seenEvents.append(mark)
        let at = bridge.translate(event.monotonic, receivedAt: now)
        let wall = ours(event.wall)
        switch event.body {
        case .workerStarted:
            log(.agent(event.body), .ok, now: at, wall: wall)
        case .workerExited(let worker, _, let groupKey, let slot, let status):
            workers[worker]?.ended(WorkerTrack.End(at: at, wall: wall, status: status, certain: true))
            record(ExitRecord(worker: worker, groupKey: groupKey, slot: slot, status: status, at: at, wall: wall))
            log(.agent(event.body), status == .code(0) ? .ok : .warn, now: at, wall: wall)
        case .commandAccepted(let id, _, let target, let issuer):
            if !commands.contains(where: { $0.command == id }) {
                add(CommandRecord(command: id, target: target, ours: false, issuedAt: at, issuedWall: wall))
            }
            change(id) {
                $0.issuer = issuer
                $0.acceptedAt = $0.acceptedAt ?? at
            }
            log(.agent(event.body), .ok, now: at, wall: wall)
        case .commandEnded(let outcome):
            take(outcome, now: at, wall: wall)
        }
    }

    /// The answer comes as a message to the issuer and as an event to everybody; the first of the two counts.
    mutating func take(_ outcome: Outcome, now: MonotonicInstant, wall: WallTime) {
        if !commands.contains(where: { $0.command == outcome.id }) {
            add(
                CommandRecord(command: outcome.id, target: outcome.target, ours: false, issuedAt: now, issuedWall: wall)
            )
        }
        guard commands.last(where: { $0.command == outcome.id })?.outcome == nil else { return }
        change(outcome.id) {
            $0.outcome = outcome
            $0.issuer = outcome.issuer
            $0.linkLost = false
        }
        log(.agent(.commandEnded(outcome)), outcome.verdict.level, now: now, wall: wall)
    }

    mutating func accepted(_ command: CommandID, now: MonotonicInstant) {
        change(command) { $0.acceptedAt = $0.acceptedAt ?? now }
    }

    mutating func add(_ command: CommandRecord) {
        if commands.count >= 100 { commands.removeFirst(commands.count - 99) }
        commands.append(command)
    }

    private mutating func change(_ id: CommandID, _ body: (inout CommandRecord) -> Void) {
        guard let index = commands.lastIndex(where: { $0.command == id }) else { return }
        body(&commands[index])
    }

    /// The agent's calendar translated to ours by the measured offset; unmeasured it stays as it came.
    func ours(_ wall: WallTime) -> WallTime {
        let (sum, overflow) = wall.nanoseconds.subtractingReportingOverflow(clockOffset?.nanoseconds ?? 0)
        return overflow ? wall : WallTime(nanoseconds: sum)
    }
}

extension Verdict {
    /// How bad it is that it came to this.
    var level: Level {
        switch self {
        case .replaced(let evidence): evidence.forced ? .warn : .ok
        case .refused, .targetChanged: .warn
        case .notReplaced, .timedOut: .crit
        }
    }
}
