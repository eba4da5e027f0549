import Control
import Model

/// Identify, record, accept, and only then the first deed.
extension CommandDesk {
    func begin(
        _ attempt: CommandAttempt, _ course: Course, expiry: MonotonicInstant, now: MonotonicInstant,
        sink: @escaping Sink
    ) {
        guard let key = attempt.group?.info.key else { return refuse(attempt, .refused(.notAGroup), to: sink) }
        let group = workers(of: key)
        switch course.what {
        case .none(let action): steer(attempt, action, key: key, expiry: expiry, now: now, sink: sink)
        case .restart(let course):
            let job = Job(
                attempt, groupKey: key, machine: .restart(Restart(course, group: group.map(\.id))), began: now)
            guard identifies(course.target, .worker(course.target), for: job, to: sink) else { return }
            start(job, expiry: expiry, sink: sink)
        case .act(let course):
            let machine = GroupAction(course, boot: settings.boot, group: group)
            let job = Job(attempt, groupKey: key, machine: .act(machine), began: now)
            let target = course.signalled.map {
                WorkerID(boot: settings.boot, pid: $0.pid, startTicks: $0.startTicks)
            }
            guard identifies(target, .group, for: job, to: sink) else { return }
            start(job, expiry: expiry, sink: sink)
        case .roll(let courses, let options):
            if let refusal = objection(toHold: options.hold, of: key, now: now) {
                return refuse(attempt, .refused(refusal), to: sink)
            }
            let roll = Roll(
                id: attempt.command.id, issuer: attempt.request.issuer, groupKey: key, courses: courses,
                options: options, group: group, began: now)
            let job = Job(attempt, groupKey: key, machine: .roll(roll), began: now)
            job.hold = options.hold
            start(job, expiry: expiry, sink: sink)
        }
    }

    /// Keeps hold of the process, so that the deed after the record reaches that one or none; else the attempt is over.
    private func identifies(_ target: WorkerID?, _ part: JobPart, for job: Job, to sink: Sink) -> Bool {
        guard let target else { return true }
        switch kernel.open(target) {
        case .success(let handle): job.handles[part] = handle
        case .failure(let failure):
            refuse(job.origin, failure.verdict, to: sink)
            return false
        }
        return true
    }

    private func start(_ job: Job, expiry: MonotonicInstant, sink: @escaping Sink) {
        let attempt = job.origin
        if let refusal = rateObjection(to: attempt) { return refuse(attempt, .refused(refusal), to: sink) }
        guard records(attempt, expiry: expiry, to: sink) else { return }
        if job.machine.roll != nil { clearStranded(job.groupKey, for: attempt) }
        jobs[job.id] = job
        holdMaster(of: job)
        accept(attempt, job, until: .report, sink: sink)
        if job.machine.roll != nil { endShowing(job.groupKey) }
        drive(job, .begin)
        poll(job.id)
    }

    /// A roll that rests and has lost its master makes room for one of the new master's workers.
    private func clearStranded(_ key: String, for attempt: CommandAttempt) {
        for job in jobs.values where job.groupKey == key && isStranded(job) {
            drive(job, .order(.abort(by: attempt.request.issuer)))
        }
    }

    /// So that its end, and how it ended, is known.
    private func holdMaster(of job: Job) {
        guard let master = job.origin.group?.info.master else { return }
        let process = WorkerID(boot: settings.boot, pid: master.pid, startTicks: master.startTicks)
        job.master = nil
        // Where it cannot be looked at, the sweep's word is all there is.
        if case .success(let handle) = kernel.open(process) { job.master = handle }
    }

    /// Asked last: whoever is refused for something else has used up nothing.
    private func rateObjection(to attempt: CommandAttempt) -> Refusal? {
        guard attempt.command.action.isLimited, let group = attempt.group else { return nil }
        let app = group.info.app
        let limit = hooks.restartsPerMinute(subject(group), attempt.peer)
        guard let wait = limits.take(app: app, limit: limit, now: clock.now()) else { return nil }
        return RateLimits.refusal(app: app, limit: limit ?? 0, wait: wait)
    }

    /// Whether it is on the disk that this is going to be done; else the attempt is over.
    private func records(
        _ attempt: CommandAttempt, expiry: MonotonicInstant, detail: String? = nil, to sink: Sink
    ) -> Bool {
        writeAgain()
        do throws(AuditFailure) {
            try audit.append(record(.intent, of: attempt, detail: detail), durable: true)
        } catch {
            refuse(attempt, .refused(.auditUnavailable(errno: error.errno)), to: sink)
            return false
        }
        guard clock.now() < expiry else {  // a disk can be slow
            refuse(attempt, .refused(.expired), to: sink, hasIntent: true)
            return false
        }
        return true
    }

    private func accept(_ attempt: CommandAttempt, _ job: Job, until: Waiting.Until, sink: @escaping Sink) {
        let command = attempt.command
        job.waiting.append(Waiting(attempt, until: until, sink: sink))
        sink(.accepted(command.id))
        hooks.onEvent(
            .commandAccepted(
                id: command.id, action: command.action, target: command.target, issuer: attempt.request.issuer))
    }

    /// Nothing new is done: it hears what comes of what is under way.
    func join(_ attempt: CommandAttempt, _ job: Job, expiry: MonotonicInstant, sink: @escaping Sink) {
        guard !isStopped, job.waiting.count < Self.waitingLimit, finished.hasRoom(now: clock.now()) else {
            return refuse(attempt, .refused(.tooManyCommands), to: sink)
        }
        guard records(attempt, expiry: expiry, detail: "joins \(job.id.hex)", to: sink) else { return }
        accept(attempt, job, until: .report, sink: sink)
    }

    // MARK: rolls and holds

    private func steer(
        _ attempt: CommandAttempt, _ action: Action, key: String, expiry: MonotonicInstant, now: MonotonicInstant,
        sink: @escaping Sink
    ) {
        switch action {
        case .hold, .release: lease(attempt, action, key: key, now: now, sink: sink)
        case .pause, .abort: halt(attempt, action, key: key, sink: sink)
        case .resume: resume(attempt, key: key, expiry: expiry, now: now, sink: sink)
        case .restart, .roll, .reload, .signal, .scale, .stop, .start:
            refuse(attempt, .refused(.unsuited("there is no course for it")), to: sink)
        }
    }

    /// A lost record must not keep a roll going that somebody wants to stop.
    private func halt(_ attempt: CommandAttempt, _ action: Action, key: String, sink: @escaping Sink) {
        guard let job = rollJob(of: key) else { return refuse(attempt, .refused(.noSuchRoll), to: sink) }
        guard job.waiting.count < Self.waitingLimit else {
            return refuse(attempt, .refused(.tooManyCommands), to: sink)
        }
        note(record(.intent, of: attempt), durable: true)
        accept(attempt, job, until: .rest, sink: sink)
        let issuer = attempt.request.issuer
        drive(job, .order(action == .pause ? .pause(by: issuer) : .abort(by: issuer)))
    }

    private func resume(
        _ attempt: CommandAttempt, key: String, expiry: MonotonicInstant, now: MonotonicInstant, sink: @escaping Sink
    ) {
        guard let job = rollJob(of: key), let group = attempt.group else {
            return refuse(attempt, .refused(.noSuchRoll), to: sink)
        }
        let hold = attempt.command.parameters.roll.hold
        guard job.waiting.count < Self.waitingLimit else {
            return refuse(attempt, .refused(.tooManyCommands), to: sink)
        }
        if let refusal = objection(toHold: hold, of: key, now: now) {
            return refuse(attempt, .refused(refusal), to: sink)
        }
        let courses = courses(of: job, group)
        switch courses {
        case .failure(let refusal): return refuse(attempt, .refused(refusal), to: sink)
        case .success(let courses):
            if courses.contains(where: { isProtected($0.target.pid) }) {
                return refuse(attempt, .refused(.protectedProcess), to: sink)
            }
            guard records(attempt, expiry: expiry, to: sink) else { return }
            job.hold = hold
            job.wake()
            job.origin.group = group  // its master may be another one by now
            holdMaster(of: job)
            accept(attempt, job, until: .report, sink: sink)
            drive(job, .order(.resume(by: attempt.request.issuer, courses: courses)))
            poll(job.id)
        }
    }

    private func courses(of job: Job, _ group: LiveGroup) -> Result<[RestartCourse], Refusal> {
        let key = job.groupKey
        var group = group
        // The next sweep will say so.
        if job.master?.hasExited == true, group.info.master == job.origin.group?.info.master { group.info.master = nil }
        return Playbook.courses(
            job.origin.command, group: group, workers: workers(of: key), experience: experiences.experience(of: key))
    }

    /// What a resume would do.
    func resumption(_ attempt: CommandAttempt) -> Result<Plan, Refusal> {
        guard let group = attempt.group, let job = rollJob(of: group.info.key), case .roll(let roll) = job.machine
        else {
            return .failure(.noSuchRoll)
        }
        return courses(of: job, group).map { courses in
            let resumption = roll.resumption(courses, living: workers(of: job.groupKey))
            return Course.plan(of: resumption, roll.options, warnings: [])
        }
    }
}

extension GroupCourse {
    /// Who gets a signal, where anybody does.
    fileprivate var signalled: ProcessRef? {
        steps.contains { if case .signal = $0 { true } else { false } } ? target : nil
    }
}

extension Action {
    /// What the host's limit on restarts counts.
    fileprivate var isLimited: Bool {
        switch self {
        case .restart, .roll, .reload, .signal, .scale, .stop, .start: true
        case .pause, .resume, .abort, .hold, .release: false
        }
    }
}
