import Control
import Model

/// What happens on the host, and what is done there.
extension CommandDesk {
    /// The living workers and their groups after a sweep at `now`; an older sweep than the last is ignored.
    func observe(workers: [LiveWorker], groups: [LiveGroup], now: MonotonicInstant) {
        if let newest, now < newest { return }
        newest = now
        // Mostly none has: then it is no list of its own.
        let hasEnded = workers.contains { ended.contains($0.id) }
        living = hasEnded ? workers.filter { !ended.contains($0.id) } : workers
        self.groups = Dictionary(groups.map { ($0.info.key, $0) }, uniquingKeysWith: { first, _ in first })
        writeAgain()
        tellOfLeft()
        for job in jobs.values where job.machine.isUnderWay {
            noticeExits(of: job)
            drive(job, .workers(self.workers(of: job.groupKey)))
        }
        catchUp()
    }

    /// A worker has ended, seen the moment it did; `nil` where the kernel does not tell how.
    func exited(_ worker: WorkerID, status: ExitStatus?) {
        ended.insert(worker)
        let key = living.first { $0.id == worker }?.groupKey
        if key != nil { living.removeAll { $0.id == worker } }
        for job in jobs.values where job.machine.isUnderWay {
            if job.machine.lacksExit.contains(worker) {
                let status = status ?? job.handles[.worker(worker)]?.exitStatus()
                drive(job, .answer(.worker(worker), .exited(status)))
            } else {
                drive(job, .otherExited(worker, status))
            }
            if key == nil || key == job.groupKey { drive(job, .workers(workers(of: job.groupKey))) }
        }
    }

    /// Lets go of everything under way: nothing more is done, and the log says that no verdict follows.
    func stop() {
        isStopped = true
        catchUp()
        holdTimer?()
        for roll in shown.values { roll.forget() }
        for job in jobs.values {
            job.settle()
            for waiting in job.waiting {
                let target = waiting.attempt.command.target.worker
                note(
                    record(
                        .interrupted, of: waiting.attempt, evidence: target.flatMap(job.machine.evidence(of:)),
                        detail: job.machine.roll.map(Self.words)),
                    durable: true)
            }
        }
        jobs = [:]
    }

    // MARK: time

    private func fired(_ id: CommandID, _ timer: JobTimer) {
        guard let job = jobs[id] else { return }
        noticeExits(of: job)
        drive(job, .timer(timer))
    }

    /// Looks twice a second, so that neither a slow sampler nor a lost event can make a verdict wrong.
    func poll(_ id: CommandID) {
        guard let job = jobs[id] else { return }
        noticeExits(of: job)
        noticeMaster(of: job)
        guard jobs[id] != nil, job.machine.isUnderWay else { return }
        if job.machine.awaitsWorkers { hooks.requestSweep() }
        job.poll?()
        job.poll = clock.schedule(clock.now() + Self.pollInterval) { [weak self] in await self?.poll(id) }
    }

    private func noticeExits(of job: Job) {
        for target in job.machine.lacksExit {
            guard let handle = job.handles[.worker(target)], handle.hasExited else { continue }
            let status = handle.exitStatus()
            // How it ended is known only once its parent has reaped it: a zombie's exit comes first and its status later.
            if status != nil || job.machine.evidence(of: target)?.exited == nil {
                drive(job, .answer(.worker(target), .exited(status)))
            }
        }
    }

    /// Without its master and without workers nothing comes any more, unless somebody keeps the master.
    private func noticeMaster(of job: Job) {
        guard jobs[job.id] != nil, job.master?.hasExited == true, workers(of: job.groupKey).isEmpty,
            groups[job.groupKey]?.link == nil, job.origin.group?.link == nil
        else { return }
        drive(job, .masterGone)
    }

    private func masterEnd(of job: Job) -> MasterEnd? {
        guard let master = job.master, master.hasExited, let kind = job.origin.group?.info.kind else { return nil }
        return MasterEnd(kind: kind, status: master.exitStatus())
    }

    // MARK: carrying out

    func drive(_ job: Job, _ event: JobEvent) {
        var events = [event]
        while !events.isEmpty, jobs[job.id] != nil {
            for effect in job.machine.handle(events.removeFirst(), now: clock.now()) {
                if let answer = perform(effect, for: job) { events.append(answer) }
            }
        }
        if jobs[job.id] != nil, job.machine.isOver {
            job.settle()
            jobs[job.id] = nil
        }
    }

    private func perform(_ effect: JobEffect, for job: Job) -> JobEvent? {
        switch effect {
        case .ask(let part, let question): return answer(question, of: part, for: job).map { .answer(part, $0) }
        case .arm(let timer, let deadline):
            let id = job.id
            job.arm(timer, clock.schedule(deadline) { [weak self] in await self?.fired(id, timer) })
        case .disarm(let timer): job.disarm(timer)
        case .ended(let target, let slot, let verdict): step(of: job, target, slot: slot, verdict)
        case .changed(let summary): changed(job, summary)
        case .report(let verdict): conclude(job, verdict)
        }
        return nil
    }

    /// Answers what can be answered at once, and begins to ask the rest.
    private func answer(_ question: RestartEffect, of part: JobPart, for job: Job) -> RestartEvent? {
        switch question {
        case .verify(let process): return .verified(verify(process, of: part, for: job))
        case .signal(let number):
            guard let handle = job.handles[part] else { return .signalled(.gone) }
            noteEnds(by: job, part)
            return .signalled(handle.signal(number))
        case .inspect:
            let isZombie = job.handles[part]?.isZombie ?? false
            return .inspected(
                Remains(
                    isZombie: isZombie, orphan: groups[job.groupKey]?.info.orphan, master: masterEnd(of: job),
                    workers: UInt32(clamping: workers(of: job.groupKey).count)))
        case .call(let call, let subject, let limit):
            noteEnds(by: job, part)
            let managers = managers
            ask(job, part, { await managers.perform(call, for: subject, limit: limit) }, { .called($0) })
        case .check(let check, let worker, let number):
            let (managers, strategy) = (managers, groups[job.groupKey]?.rule)
            ask(
                job, part,
                { await managers.check(check, strategy: strategy, pid: worker.pid, limit: Restart.checkLimit) },
                { .checked($0, number: number) })
        case .arm, .disarm, .report: break  // come as effects of the job
        }
        return nil
    }

    /// A target is kept hold of; a replacement is only looked at.
    private func verify(_ process: WorkerID, of part: JobPart, for job: Job) -> Verification {
        let isTarget = part == .group || part == .worker(process)
        if isTarget, let handle = job.handles[part], !handle.hasExited { return .held }  // identified before the record
        if isTarget, isProtected(process.pid) { return .failed(.protected) }
        switch kernel.open(process) {
        case .success(let handle):
            if isTarget { job.handles[part] = handle }
            return .held
        case .failure(let failure): return .failed(failure)
        }
    }

    private func ask(
        _ job: Job, _ part: JobPart, _ question: @escaping @Sendable () async -> ManagerAnswer,
        _ event: @escaping @Sendable (ManagerAnswer) -> RestartEvent
    ) {
        let id = job.id
        job.ask { number in
            Task { [weak self] in
                let answer = await question()
                await self?.answered(id, number, part, event(answer))
            }
        }
    }

    private func answered(_ id: CommandID, _ number: UInt64, _ part: JobPart, _ event: RestartEvent) {
        guard let job = jobs[id], job.takesAnswer(number) else { return }
        noticeExits(of: job)
        drive(job, .answer(part, event))
    }

    /// The ledger hears whom this is going to end: a restart its target, a reload or stop all of them. What a signal by hand
    /// or another size ends is not known before.
    private func noteEnds(by job: Job, _ part: JobPart) {
        let targets: [WorkerID] =
            switch (part, job.origin.command.action) {
            case (.worker, _) where job.machine.takesAll: workers(of: job.groupKey).map(\.id)
            case (.worker(let target), _): [target]
            case (.group, .reload), (.group, .stop): workers(of: job.groupKey).map(\.id)
            case (.group, _): []
            }
        for target in targets where job.noted.insert(target).inserted {
            let command = job.origin.command
            hooks.note(target, "\(command.action.word) by \(job.origin.request.issuer)", job.id)
        }
    }
}
