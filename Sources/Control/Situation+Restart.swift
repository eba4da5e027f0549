internal import Model

/// How one worker is restarted, before anything is done.
struct RestartRow {
    var course: RestartCourse
    var warnings: [String]
}

/// Rows of the table for one worker, and the roll that is made of them.
extension Situation {
    /// What ends a worker of a master, and what follows.
    private struct Leave {
        var signal: UInt8
        var final: UInt8? = SignalNumber.kill
        var prelude: UInt8?
        var comeback: String
        var demand = ""
        var warnings: [String] = []
    }

    func restartRow(of worker: LiveWorker, rolling: Bool = false) throws(Refusal) -> RestartRow {
        guard worker.id.pid > 1 else { throw .protectedProcess }
        if let row = try configuredRow(of: worker) { return row }
        if let link = worker.link { return try managerRow(of: worker, link, rolling: rolling) }
        if master != nil, let leave = try leave(of: worker) { return row(of: worker, leave) }
        if let link = group.link { return try managerRow(of: worker, link, rolling: rolling) }
        throw .unsuited(nobody)
    }

    // MARK: rows

    private func configuredRow(of worker: LiveWorker) throws(Refusal) -> RestartRow? {
        if let words = rule?.restartCommand {
            let template = Template(words: words, app: app, master: group.info.master, worker: worker)
            let call = ManagerCall.program(try template.filled(), runAs: rule?.runAs)
            let reach: RestartCourse.Reach = template.namesWorker || workers.count < 2 ? .worker : .group
            return row(of: worker, .call(call), reach: reach, comeback: "by the configured command")
        }
        guard let signal = rule?.restartSignal else { return nil }
        guard SignalNumber.allowed.contains(signal) else {
            throw .unsuited("the configured \(SignalNumber.name(signal)) is none of the signals that may be sent")
        }
        let leave = Leave(
            signal: signal, final: kind == .postgres ? nil : SignalNumber.kill, comeback: "as the configuration has it")
        return row(of: worker, leave)
    }

    private func managerRow(of worker: LiveWorker, _ link: ManagerLink, rolling: Bool) throws(Refusal) -> RestartRow {
        if link.manager.kind == .passenger {
            throw .unsuited(
                "Passenger drains a process before it ends it: passenger-config detach-process \(worker.id.pid)")
        }
        if link.manager.kind == .circus { return row(of: worker, circusLeave) }
        // PM2 starts the new one first where it can (cluster mode): kinder while others are left to do.
        let verb: ManagerCall.Verb = rolling && link.manager.kind == .pm2 ? .reload : .restart
        let call = try call(link, verb, owner: worker.uid)
        let kept = workers.filter { self.link(of: $0)?.manager == link.manager }.count
        let prelude = kind == .sidekiq ? SignalNumber.tstp : nil
        var row = row(
            of: worker, .call(call), prelude: prelude, reach: kept > 1 ? .group : .worker,
            comeback: Self.comeback(by: link.manager))
        // A unit or container is a place that may hold more; a program of supervisord or PM2 is this one and its wrapper.
        if !link.isMain, [.systemd, .docker, .podman].contains(link.manager.kind) {
            row.warnings.append("it restarts the whole of \(Self.called(link.manager)), and what else runs in it")
        }
        return row
    }

    private func row(of worker: LiveWorker, _ leave: Leave) -> RestartRow {
        var row = row(
            of: worker, .signals(polite: leave.signal, final: leave.final), prelude: leave.prelude,
            comeback: leave.comeback)
        row.course.demand = leave.demand
        row.warnings += leave.warnings
        return row
    }

    private func row(
        of worker: LiveWorker, _ departure: Departure, prelude: UInt8? = nil, reach: RestartCourse.Reach = .worker,
        comeback: String
    ) -> RestartRow {
        // Sidekiq gives its jobs 25 s after TERM by itself, and puts back what is left: KILL before that loses them.
        let grace = kind == .sidekiq && rule?.grace == nil ? max(grace, .seconds(30)) : grace
        let course = RestartCourse(
            target: worker.id, groupKey: worker.groupKey, slot: worker.slot, uid: worker.uid,
            prelude: prelude.map { RestartCourse.Prelude(signal: $0, wait: self.grace) }, departure: departure,
            grace: grace, proof: proof, reach: reach, comeback: comeback)
        let warnings =
            reach == .group && workers.count > 1 ? ["it takes all \(workers.count) workers of \(app) at once"] : []
        return RestartRow(course: course, warnings: warnings)
    }

    /// A watcher looks after its processes every `check_delay` (5 s), and starts what is missing unless it has
    /// `respawn = False`, which is not to be seen from outside.
    private var circusLeave: Leave {
        let isTried = experience.replaced > 0
        return Leave(
            signal: SignalNumber.term, comeback: "circus starts a new one within its check_delay",
            warnings: isTried
                ? [] : ["not tried here yet: circus starts no new one where its watcher has respawn = False"])
    }

    /// The row of the group's kind; `nil` where only a manager can do it.
    private func leave(of worker: LiveWorker) throws(Refusal) -> Leave? {
        switch kind {
        case .gunicorn:
            return Leave(
                signal: SignalNumber.term, comeback: "gunicorn starts a new one",
                demand: isPreloading ? "" : "the new one loads the app: one that does not ends gunicorn itself")
        case .uvicorn:
            if isNewUvicorn { return Leave(signal: SignalNumber.term, comeback: "uvicorn starts a new one") }
            guard group.link != nil else {
                throw .unsuited("\(uvicornReason). Restart the server the way it was started")
            }
            return nil
        case .puma: return Leave(signal: SignalNumber.term, comeback: "puma starts a new one with the same index")
        case .unicorn:
            return Leave(signal: SignalNumber.quit, comeback: "unicorn starts a new one with the same number")
        case .nginx: return Leave(signal: SignalNumber.quit, comeback: "nginx starts a new one")
        case .phpFPM:
            return Leave(signal: SignalNumber.quit, comeback: "php-fpm starts a new one when its pool wants one")
        case .uwsgi: return Leave(signal: SignalNumber.hup, comeback: "uWSGI starts a new one")
        case .celery:
            return Leave(
                signal: SignalNumber.term, comeback: "celery starts a new one",
                warnings: ["the task it works on is lost, unless it is one with acks_late"])
        case .sidekiq:
            return Leave(signal: SignalNumber.term, prelude: SignalNumber.tstp, comeback: "its parent starts a new one")
        case .strongSupervisor: return Leave(signal: SignalNumber.term, comeback: "strong-supervisor starts a new one")
        case .postgres:
            return Leave(
                signal: SignalNumber.term, final: nil,
                comeback: "the server starts a new one when a client connects again",
                warnings: [
                    "its client loses the connection and what it has not committed; SIGKILL does not follow, because the "
                        + "server would end all other backends"
                ])
        case .passenger:
            throw .unsuited(
                "Passenger drains a process before it ends it: passenger-config detach-process \(worker.id.pid)")
        case .nodeCluster, .prefork: return try leaveUnknownParent()
        case .single, .pm2, .redis, .managed, .alike: return nil
        }
    }

    private func leaveUnknownParent() throws(Refusal) -> Leave? {
        if isApache {
            return Leave(
                signal: SignalNumber.term, comeback: "Apache starts a new one",
                warnings: [
                    "Apache's workers are not ended gracefully one by one: those of its event and worker MPM heed no SIGTERM, "
                        + "and lose their requests with SIGKILL. A reload lets all finish"
                ])
        }
        switch group.info.respawn {
        case .master, .manager: return Leave(signal: SignalNumber.term, comeback: "its parent starts a new one")
        case .parentMay:
            let leave = Leave(signal: SignalNumber.term, comeback: "its parent starts a new one, if it does that")
            guard experience.replaced == 0 else { return leave }
            var first = leave
            first.warnings = [
                experience.notReplaced == 0
                    ? "not tried here yet: whether its parent starts a new one is not known"
                    : "its parent has not started a new one that stayed so far"
            ]
            return first
        case .never, .nothingKnown: return nil
        }
    }

    /// Why a worker that nobody is known to bring back is left alone.
    private var nobody: String {
        let end = "SIGTERM by `signal` ends it, and a `restart` of the configuration says how it is started again"
        if kind == .pm2 { return "PM2's id and home of it are not known (they are in its environment): pm2 reload" }
        if group.info.master == nil, GroupKind.withMaster.contains(kind) {
            return "its master is gone, and nothing else is known to start it again: \(end)"
        }
        return "nothing is known to start it again: \(end)"
    }

    // MARK: roll

    func roll() throws(Refusal) -> Course {
        let rows = try rollRows()
        var warnings: [String] = []
        for warning in rows.flatMap(\.warnings) where !warnings.contains(warning) { warnings.append(warning) }
        if rows.contains(where: { !$0.course.demand.isEmpty }) {
            warnings.append(
                "a new worker that does not load the app ends gunicorn itself, and with it all \(rows.count) workers: try the "
                    + "new code first")
        }
        warnings += lessons + shortness
        let width = parameters.roll.maxUnavailable
        if rows.count > 1, width >= rows.count { warnings.append("all \(rows.count) workers may be down at a time") }
        return Course(.roll(rows.map(\.course), parameters.roll), warnings: warnings)
    }

    /// One row a worker, oldest first.
    func rollRows() throws(Refusal) -> [RestartRow] {
        guard !workers.isEmpty else {
            throw .unsuited(isDown ? notRunning : "no worker of \(app) lives: there is nobody to replace")
        }
        if kind == .postgres {
            throw .unsuited(
                "backends of postgres are never rolled: each is a client's session. Reload re-reads its settings")
        }
        let isUnsure = (kind == .nodeCluster || kind == .prefork) && group.info.respawn == .parentMay
        if isUnsure, experience.replaced == 0, rule?.restartCommand == nil, rule?.restartSignal == nil,
            !workers.allSatisfy({ $0.link != nil })
        {
            throw .unsuited(
                experience.notReplaced == 0
                    ? "restart one worker first: whether the parent of \(app) starts a new one is only known once it was tried"
                    : "none of the \(experience.notReplaced) restarts tried here brought a new worker that stayed: restart one "
                        + "first")
        }
        var rows: [RestartRow] = []
        for worker in workers {
            let row = try restartRow(of: worker, rolling: true)
            guard row.course.reach == .worker else {
                throw .unsuited(
                    "each restart takes all \(workers.count) workers of \(app) at once: restart one, and all are renewed"
                )
            }
            rows.append(row)
        }
        return rows
    }
}
