import Control
import Model

/// Takes commands: authorise, identify, record, accept, carry out, answer. Each id runs at most once in a run of the agent.
///
/// The owner of all command state. Nothing here waits: every call runs to its end, so calls never interleave; later steps
/// come as `observe`, `exited` and timers.
actor CommandDesk {
    typealias Sink = @Sendable (CommandReply) -> Void

    static let underWayLimit = 64
    static let finishedLimit = 1024
    /// Apart from the finished ones, so that nobody without rights can push an answer out.
    static let refusedLimit = 256
    /// Listeners to one command; a client that keeps asking replaces its own dead ones.
    static let sinkLimit = 16
    /// The longest time to live that counts.
    static let timeToLiveLimit = Duration.seconds(300)
    /// How often a restart under way is looked at between sweeps.
    static let pollInterval = Duration.milliseconds(500)

    private let settings: Settings
    private let kernel: any Kernel
    private let audit: any AuditTrail
    private let clock: CommandClock
    private let hooks: Hooks
    private var underWay: [CommandID: CommandJob] = [:]
    private var finished = CommandTable(capacity: CommandDesk.finishedLimit)
    private var refused = CommandTable(capacity: CommandDesk.refusedLimit)
    /// The newest snapshot's workers, by pid.
    private var living: [Int32: LiveWorker] = [:]
    private var newest = MonotonicInstant(nanoseconds: 0)
    /// Workers known to have ended; a late sweep cannot bring them back.
    private var ended = RecentSet<WorkerID>(capacity: 1024)
    private var isStopped = false

    init(settings: Settings, kernel: any Kernel, audit: any AuditTrail, clock: CommandClock, hooks: Hooks) {
        self.settings = settings
        self.kernel = kernel
        self.audit = audit
        self.clock = clock
        self.hooks = hooks
    }

    // MARK: commands

    /// Answers `accepted` and later the outcome, or the outcome at once where nothing begins. A repeated command gets the
    /// answer of the first.
    /// - Parameter received: when it came in; its time to live counts from there.
    func submit(
        _ command: Command, from peer: Peer, role: Role, received: MonotonicInstant? = nil, sink: @escaping Sink
    ) {
        let now = clock.now()
        let request = CommandRequest(command: command, issuer: peer.label)
        let attempt = CommandAttempt(request: request, peer: peer, role: role, worker: living[command.target.pid])
        if let job = underWay[command.id] {
            guard job.attempt.request == request else { return refuse(attempt, .refused(.idReused), to: sink) }
            job.add(sink, limit: Self.sinkLimit)
            return sink(.accepted(command.id))
        }
        if let earlier = finished.entry(command.id, now: now) ?? refused.entry(command.id, now: now) {
            guard earlier.request == request else { return refuse(attempt, .refused(.idReused), to: sink) }
            return sink(.outcome(earlier.outcome))
        }
        let expiry = (received ?? now) + min(command.timeToLive, Self.timeToLiveLimit)
        if let verdict = objection(to: attempt, expiry: expiry, now: now) {
            return refuse(attempt, verdict, to: sink)
        }
        begin(attempt, expiry: expiry, now: now, sink: sink)
    }

    /// Everything that can be said against a command without asking the kernel.
    private func objection(to attempt: CommandAttempt, expiry: MonotonicInstant, now: MonotonicInstant) -> Verdict? {
        let target = attempt.request.command.target
        if settings.readOnly { return .refused(.readOnly) }
        if now >= expiry { return .refused(.expired) }
        if target.pid <= 1 || settings.protectedPIDs.contains(target.pid) { return .refused(.protectedProcess) }
        guard let worker = attempt.worker else {
            return ended.contains(target) ? .targetChanged : .refused(.notAWorker)
        }
        if worker.id != target { return .targetChanged }
        if let refusal = hooks.policy(attempt.request.command.action, worker.app, attempt.peer, attempt.role) {
            return .refused(refusal)
        }
        if let holder = underWay.values.first(where: { $0.machine.groupKey == worker.groupKey }) {
            return .refused(.busy(holder: holder.id))
        }
        return isStopped || underWay.count >= Self.underWayLimit ? .refused(.tooManyCommands) : nil
    }

    /// Identify, record, accept, and only then the first signal.
    private func begin(
        _ attempt: CommandAttempt, expiry: MonotonicInstant, now: MonotonicInstant, sink: @escaping Sink
    ) {
        guard let worker = attempt.worker else { return refuse(attempt, .refused(.notAWorker), to: sink) }
        let command = attempt.request.command
        var machine = Restart(
            target: command.target, groupKey: worker.groupKey, slot: worker.slot, grace: command.grace,
            group: group(worker.groupKey).map(\.id))
        _ = machine.handle(.begin, now: now)  // asks to verify the target: done here, so that the record comes between
        let handle: any ProcessHandle
        switch kernel.open(command.target) {
        case .success(let opened): handle = opened
        case .failure(let failure):
            let effects = machine.handle(.verified(.failed(failure)), now: now)
            for case .report(let verdict) in effects { refuse(attempt, verdict, to: sink) }
            return
        }
        do throws(AuditFailure) {
            try audit.append(record(.intent, of: attempt), durable: true)
        } catch {
            return refuse(attempt, .refused(.auditUnavailable(errno: error.errno)), to: sink)
        }
        guard clock.now() < expiry else {  // a disk can be slow
            return refuse(attempt, .refused(.expired), to: sink)
        }
        let job = CommandJob(attempt: attempt, machine: machine, handle: handle, sink: sink)
        underWay[job.id] = job
        sink(.accepted(job.id))
        hooks.onEvent(
            .commandAccepted(
                id: job.id, action: command.action, target: command.target, issuer: attempt.request.issuer))
        drive(job, .verified(.held))
        poll(job.id)
    }

    /// Ends an attempt that never began.
    private func refuse(_ attempt: CommandAttempt, _ verdict: Verdict, to sink: Sink) {
        let outcome = attempt.outcome(verdict)
        // Not synced: nothing was done, and whoever has no rights must not be able to keep the disk busy.
        note(record(.refused, of: attempt, verdict: verdict), durable: false)
        if verdict != .refused(.idReused) { refused.store(attempt.request, outcome, now: clock.now()) }
        sink(.outcome(outcome))
    }

    // MARK: what happens on the host

    /// The living workers after a sweep at `now`; an older sweep than the last is ignored.
    func observe(workers: [LiveWorker], now: MonotonicInstant) {
        guard now >= newest else { return }
        newest = now
        living = [:]
        for worker in workers where !ended.contains(worker.id) { living[worker.id.pid] = worker }
        for job in underWay.values {
            noticeExit(of: job)
            drive(job, .workers(group(job.machine.groupKey)))
        }
    }

    /// A worker has ended, seen the moment it did; `nil` where the kernel does not tell how.
    func exited(_ worker: WorkerID, status: ExitStatus?) {
        ended.insert(worker)
        if living[worker.pid]?.id == worker { living[worker.pid] = nil }
        for job in underWay.values {
            if job.machine.target == worker { drive(job, .exited(status ?? job.handle.exitStatus())) }
            drive(job, .workers(group(job.machine.groupKey)))
        }
    }

    /// Lets go of everything under way: nothing more is signalled, and the log says that no verdict follows.
    func stop() {
        isStopped = true
        for job in underWay.values {
            job.cancelAll()
            var record = record(.interrupted, of: job.attempt)
            record.evidence = job.machine.evidence
            note(record, durable: true)
        }
        underWay = [:]
    }

    private func fired(_ id: CommandID, _ timer: RestartTimer) {
        guard let job = underWay[id] else { return }
        noticeExit(of: job)
        drive(job, .timerFired(timer))
    }

    /// Looks at a restart twice a second, so that neither a slow sampler nor a lost event can make its verdict wrong.
    private func poll(_ id: CommandID) {
        guard let job = underWay[id] else { return }
        noticeExit(of: job)
        guard underWay[id] != nil else { return }
        if job.machine.state == .awaitingReplacement { hooks.requestSweep() }
        job.poll = clock.schedule(clock.now() + Self.pollInterval) { [weak self] in await self?.poll(id) }
    }

    private func noticeExit(of job: CommandJob) {
        guard job.machine.lacksExit, job.handle.hasExited else { return }
        let status = job.handle.exitStatus()
        // How it ended is known only once its parent has reaped it: a zombie's exit comes first and its status later.
        if status != nil || job.machine.evidence.exited == nil { drive(job, .exited(status)) }
    }

    // MARK: carrying out

    private func drive(_ job: CommandJob, _ event: RestartEvent) {
        var events = [event]
        while !events.isEmpty {
            for effect in job.machine.handle(events.removeFirst(), now: clock.now()) {
                if let answer = perform(effect, for: job) { events.append(answer) }
            }
        }
    }

    private func perform(_ effect: RestartEffect, for job: CommandJob) -> RestartEvent? {
        switch effect {
        case .verify(let worker):
            switch kernel.open(worker) {
            case .success: return .verified(.held)
            case .failure(let failure): return .verified(.failed(failure))
            }
        case .signal(let number): return .signalled(job.handle.signal(number))
        case .arm(let timer, let deadline):
            let id = job.id
            job.timers[timer]?()
            job.timers[timer] = clock.schedule(deadline) { [weak self] in await self?.fired(id, timer) }
        case .disarm(let timer): job.timers.removeValue(forKey: timer)?()
        case .report(let verdict): conclude(job, verdict)
        }
        return nil
    }

    private func conclude(_ job: CommandJob, _ verdict: Verdict) {
        job.cancelAll()
        underWay[job.id] = nil
        note(record(.result, of: job.attempt, verdict: verdict), durable: true)
        let outcome = job.attempt.outcome(verdict)
        finished.store(job.attempt.request, outcome, now: clock.now())
        for sink in job.sinks { sink(.outcome(outcome)) }
        hooks.onEvent(.commandEnded(outcome))
    }

    private func group(_ key: String) -> [LiveWorker] { living.values.filter { $0.groupKey == key } }

    private func record(_ kind: AuditRecord.Kind, of attempt: CommandAttempt, verdict: Verdict? = nil) -> AuditRecord {
        AuditRecord(
            kind: kind, wall: clock.wall(), monotonic: clock.now(), boot: settings.boot,
            command: attempt.request.command, peer: attempt.peer, role: attempt.role,
            worker: attempt.worker, verdict: verdict)
    }

    /// For records that cannot stop anything any more.
    private func note(_ record: AuditRecord, durable: Bool) {
        do throws(AuditFailure) {
            try audit.append(record, durable: durable)
        } catch {
            hooks.auditFailed(error.errno)
        }
    }
}
