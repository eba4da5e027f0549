import Console
import Model

/// From marks to what is done to all of them.
extension UIState {
    /// `r` and `R` where something is marked.
    mutating func actOnMarks(_ intent: Intent, _ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        guard bulk?.isOver ?? true else {
            dialog = .running(openedAt: now)
            return []
        }
        let action: Action = intent == .roll ? .roll : .restart
        var subjects: [ActionSubject] = []
        var seen: Set<Marks.Mark> = []
        for mark in marks.all {
            guard fleet.hosts.indices.contains(mark.host) else { continue }
            let host = fleet.hosts[mark.host]
            switch (mark, action) {
            case (.worker(let number, let worker), .restart):
                subjects += [ActionSubject(host: number, host, worker: worker)].compactMap(\.self)
            case (.app(let number, let key), .roll):
                guard seen.insert(mark).inserted else { continue }
                subjects += [ActionSubject(host: number, host, groupKey: key)].compactMap(\.self)
            case (.worker(let number, let worker), _):
                guard let key = host.workers[worker]?.info.groupKey, seen.insert(.app(host: number, key: key)).inserted
                else { continue }
                subjects += [ActionSubject(host: number, host, groupKey: key)].compactMap(\.self)
            case (.app, _): break
            }
        }
        guard !subjects.isEmpty else {
            let isOfApps = action == .restart && marks.all.contains { if case .app = $0 { true } else { false } }
            say(
                isOfApps ? "apps are marked: R rolls them" : "nothing that is marked is there any more", .warn, now: now
            )
            return []
        }
        dialog = .bulk(BulkDialog(action, subjects, fleet, now: now))
        return rehearseBulk()
    }

    /// What hosts are to be asked next.
    mutating func rehearseBulk() -> [UIEffect] {
        guard case .bulk(var bulk)? = dialog else { return [] }
        let commands = bulk.rehearse(newCommandID)
        dialog = .bulk(bulk)
        return commands.map { .issue(host: $0.host, $0.1) }
    }

    mutating func press(
        _ key: Key, in bulk: BulkDialog, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        var bulk = bulk
        switch key {
        case .escape, .character("n"), .character("q"):
            dialog = nil
            return []
        case .tab, .backTab, .left, .right:
            if bulk.canConfirm { bulk.focus = bulk.focus == .cancel ? .confirm : .cancel }
        case .up, .character("k"): bulk.scroll -= 1
        case .down, .character("j"): bulk.scroll += 1
        case .pageUp: bulk.scroll -= 5
        case .pageDown: bulk.scroll += 5
        case .enter where bulk.focus == .cancel:
            dialog = nil
            return []
        case .enter, .character("y"):
            guard bulk.canConfirm else { return [] }
            guard let context = bulk.protectedBy else { return begin(bulk, &fleet, now: now, wall: wall) }
            bulk.naming = Naming(context)
        default: break
        }
        dialog = .bulk(bulk)
        return []
    }

    /// Starts what was confirmed.
    mutating func begin(
        _ bulk: BulkDialog, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        var run = BulkRun(bulk.action, bulk.jobs, newID: newCommandID)
        let commands = run.start()
        self.bulk = run
        marks.clear()
        dialog = .running(openedAt: now)
        return send(commands, &fleet, now: now, wall: wall)
    }

    /// What a link told, for what is under way.
    mutating func followBulk(
        _ event: LinkEvent, from number: Int, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        if case .bulk(var asking)? = dialog, case .rehearsed(let id, let verdict) = event, asking.rehearsed(id, verdict)
        {
            asking.check(fleet)
            dialog = .bulk(asking)
            return rehearseBulk()
        }
        guard var run = bulk, !run.isOver else { return [] }
        let commands = run.handle(event, from: number)
        bulk = run
        if run.isOver { say(run.line, run.level, for: .seconds(60), now: now) }
        return send(commands, &fleet, now: now, wall: wall)
    }

    private func send(
        _ commands: [(host: Int, Command)], _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        for (host, command) in commands { fleet.issued(command, to: host, now: now, wall: wall) }
        return commands.map { .issue(host: $0.host, $0.1) }
    }

    /// While it runs, and after: `X` ends it where it is.
    mutating func pressInRun(_ key: Key) {
        switch key {
        // Letters of a command that is typed too soon, as `:bulk`, must not lead anywhere.
        case .escape, .enter: dialog = nil
        case .character("X"): bulk?.stop()
        case .up, .character("k"): bulk?.scroll -= 1
        case .down, .character("j"): bulk?.scroll += 1
        case .pageUp: bulk?.scroll -= 5
        case .pageDown: bulk?.scroll += 5
        default: break
        }
    }
}
