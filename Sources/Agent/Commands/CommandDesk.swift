import Control
import Model
import Trust

/// Takes commands: authorise, plan, identify, record, accept, carry out, answer. Each id runs at most once, across runs of
/// the agent too: the audit log is its memory.
///
/// The owner of all command state. Nothing here waits: every call runs to its end, so calls never interleave; later steps
/// come as `observe`, `exited`, timers and answers of managers.
actor CommandDesk {
    typealias Sink = @Sendable (CommandReply) -> Void

    static let underWayLimit = 64
    /// With the rolls that rest.
    static let jobLimit = 256
    static let finishedLimit = 16_384
    /// Apart from the finished ones, so that nobody without rights can push an answer out.
    static let refusedLimit = 256
    /// Listeners to one command; a client that keeps asking replaces its own dead ones.
    static let sinkLimit = 16
    /// Commands that wait for one job.
    static let waitingLimit = 64
    /// The longest time to live that counts.
    static let timeToLiveLimit = Duration.seconds(300)
    static let opaqueReason =
        "another version of this agent took that command; its audit log has what it knew, and nothing is done twice"
    /// How often what is under way is looked at between sweeps.
    static let pollInterval = Duration.milliseconds(500)

    let settings: Settings
    let kernel: any Kernel
    let managers: any Managers
    let audit: any AuditTrail
    let clock: CommandClock
    let hooks: Hooks
    /// By the command that began them.
    var jobs: [CommandID: Job] = [:]
    var finished = CommandTable(capacity: CommandDesk.finishedLimit)
    var refused = CommandTable(capacity: CommandDesk.refusedLimit)
    /// The newest sweep's workers, in the list that others hold too, and its groups, by key.
    var living: [LiveWorker] = []
    var groups: [String: LiveGroup] = [:]
    /// When that was; `nil` before the first one.
    var newest: MonotonicInstant?
    /// Workers known to have ended; a late sweep cannot bring them back.
    var ended = RecentSet<WorkerID>(capacity: 1024)
    var holds = Holds()
    var holdTimer: CommandClock.Cancel?
    /// Rolls that are over and still shown.
    var shown: [String: ShownRoll] = [:]
    var limits = RateLimits()
    var experiences = Experiences()
    var rules = RuleEngine()
    /// Commands of an earlier run without a result: told of once it is known what is there.
    var left: [CommandID: LeftCommand] = [:]
    /// Such that are not understood: neither begun nor answered.
    var opaque: Set<CommandID> = []
    /// Commands that came before the first sweep: nobody knows yet what lives.
    private var early: [() -> Void] = []
    /// Ends that the log would not take; without them a later run could only tell what it finds. The oldest go.
    private var unwritten: [AuditRecord] = []
    static let unwrittenLimit = 256
    var isStopped = false

    /// - Parameter journal: what the audit log says of the last day.
    init(
        settings: Settings, kernel: any Kernel, managers: any Managers, audit: any AuditTrail, clock: CommandClock,
        hooks: Hooks, journal: Journal = Journal()
    ) {
        self.settings = settings
        self.kernel = kernel
        self.managers = managers
        self.audit = audit
        self.clock = clock
        self.hooks = hooks
        let now = clock.now()
        for known in journal.finished { finished.store(known.request, known.outcome, now: now, age: known.age) }
        for lesson in journal.lessons { experiences.learn(lesson.verdict, of: lesson.groupKey) }
        for command in journal.left {
            if command.command == nil { opaque.insert(command.id) } else { left[command.id] = command }
        }
    }

    /// Answers `accepted` and later the outcome, or the outcome at once where nothing begins. A repeated command gets the
    /// answer of the first.
    /// - Parameter received: when it came in; its time to live counts from there.
    func submit(
        _ command: Command, from peer: Peer, role: Role, received: MonotonicInstant? = nil, sink: @escaping Sink
    ) {
        let now = clock.now()
        let attempt = attempt(command, from: peer, role: role)
        if hears(attempt, now: now, sink: sink) { return }
        if newest == nil, !isStopped, early.count < Self.underWayLimit {
            let received = received ?? now
            return early.append { self.submit(command, from: peer, role: role, received: received, sink: sink) }
        }
        let expiry = (received ?? now) + min(command.timeToLive, Self.timeToLiveLimit)
        if let verdict = objection(to: attempt, expiry: expiry, now: now) {
            return refuse(attempt, verdict, to: sink)
        }
        guard let group = attempt.group else { return refuse(attempt, .refused(.notAGroup), to: sink) }
        if !command.parameters.dryRun, let job = joinable(attempt) {
            return join(attempt, job, expiry: expiry, sink: sink)
        }
        if let refusal = crowd(before: attempt, now: now) { return refuse(attempt, .refused(refusal), to: sink) }
        let plan = Playbook.plan(
            command, group: group, worker: attempt.worker, workers: workers(of: group.info.key),
            experience: experiences.experience(of: group.info.key))
        switch plan {
        case .failure(let refusal): refuse(attempt, .refused(refusal), to: sink)
        case .success(let course) where touchesProtected(course):
            refuse(attempt, .refused(.protectedProcess), to: sink)
        case .success(let course) where command.parameters.dryRun:
            rehearse(attempt, course, now: now, to: sink)
        case .success(let course): begin(attempt, course, expiry: expiry, now: now, sink: sink)
        }
    }

    /// Nothing is done, so nothing is to be remembered.
    private func rehearse(_ attempt: CommandAttempt, _ course: Course, now: MonotonicInstant, to sink: Sink) {
        var plan = course.plan
        if course.what == .none(.resume) {
            switch resumption(attempt) {
            case .failure(let refusal): return refuse(attempt, .refused(refusal), to: sink)
            case .success(let resumed): plan = resumed
            }
        }
        plan.warnings += obstacles(to: attempt, now: now)
        sink(.outcome(attempt.outcome(.planned(plan))))
    }

    /// Those that came too early, in their order.
    func catchUp() {
        let all = early
        early = []
        for submit in all { submit() }
    }

    /// The command with what is known of its target.
    private func attempt(_ command: Command, from peer: Peer, role: Role) -> CommandAttempt {
        let worker = command.target.worker.flatMap { living(as: $0.pid) }
        let key = command.target.group?.key ?? worker?.groupKey
        return CommandAttempt(
            request: CommandRequest(command: command, issuer: peer.label), peer: peer, role: role, worker: worker,
            group: key.flatMap(group(of:)))
    }

    /// Whether the command is known: then whoever asks hears what the first one did, or will.
    private func hears(_ attempt: CommandAttempt, now: MonotonicInstant, sink: @escaping Sink) -> Bool {
        let id = attempt.command.id
        let request: CommandRequest?
        let answer: CommandReply
        if let (job, index) = place(of: id) {
            request = job.waiting[index].attempt.request
            answer = .accepted(id)
            if request == attempt.request { job.waiting[index].add(sink) }
        } else if let command = left[id] {
            request = command.request
            answer = .accepted(id)
            if request == attempt.request { left[id]?.add(sink) }
        } else if opaque.contains(id) {
            refuse(attempt, .refused(.unsuited(Self.opaqueReason)), to: sink)
            return true
        } else if let earlier = finished.entry(id, now: now) ?? refused.entry(id, now: now) {
            request = earlier.request
            answer = .outcome(earlier.outcome)
        } else {
            return false
        }
        if request == attempt.request { sink(answer) } else { refuse(attempt, .refused(.idReused), to: sink) }
        return true
    }

    private func place(of id: CommandID) -> (Job, Int)? {
        for job in jobs.values {
            if let index = job.waiting.firstIndex(where: { $0.attempt.command.id == id }) { return (job, index) }
        }
        return nil
    }

    /// Ends an attempt that never began.
    /// - Parameter hasIntent: a record says that it was going to begin, and needs its result. Else the line is not synced:
    ///   nothing was done, and whoever has no rights must not be able to keep the disk busy.
    func refuse(_ attempt: CommandAttempt, _ verdict: Verdict, to sink: Sink, hasIntent: Bool = false) {
        let outcome = attempt.outcome(verdict)
        note(record(hasIntent ? .result : .refused, of: attempt, verdict: verdict), durable: hasIntent)
        if verdict != .refused(.idReused) { refused.store(attempt.request, outcome, now: clock.now()) }
        sink(.outcome(outcome))
    }

    // MARK: what is known

    /// The group with the roll that the desk knows of: it is ahead of the sweep.
    func group(of key: String) -> LiveGroup? {
        guard var group = groups[key] else { return nil }
        group.info.roll = rollJob(of: key)?.machine.roll
        return group
    }

    func workers(of key: String) -> [LiveWorker] { living.filter { $0.groupKey == key } }

    func living(as pid: Int32) -> LiveWorker? { living.last { $0.id.pid == pid } }

    /// The roll of the group that is under way or rests.
    func rollJob(of key: String) -> Job? { jobs.values.first { $0.groupKey == key && $0.machine.roll != nil } }

    func subject(_ group: LiveGroup) -> PolicySubject {
        PolicySubject(
            info: group.info, executable: group.executable, uid: group.uid,
            workers: UInt32(clamping: workers(of: group.info.key).count))
    }

    // MARK: records

    func record(
        _ kind: AuditRecord.Kind, of attempt: CommandAttempt, verdict: Verdict? = nil,
        evidence: RestartEvidence? = nil, detail: String? = nil
    ) -> AuditRecord {
        AuditRecord(
            kind: kind, wall: clock.wall(), monotonic: clock.now(), boot: settings.boot, command: attempt.command,
            peer: attempt.peer, role: attempt.role,
            worker: attempt.command.target.worker == nil ? nil : attempt.worker, verdict: verdict, evidence: evidence,
            app: attempt.command.target.group == nil ? nil : attempt.group?.info.app, detail: detail)
    }

    /// For records that cannot stop anything any more: one that has to last and cannot be written now is written later.
    func note(_ record: AuditRecord, durable: Bool) {
        writeAgain()
        if durable, !unwritten.isEmpty { return keep(record) }  // lines keep their order
        do throws(AuditFailure) {
            try audit.append(record, durable: durable)
        } catch {
            hooks.auditFailed(error.errno)
            if durable { keep(record) }
        }
    }

    private func keep(_ record: AuditRecord) {
        if unwritten.count >= Self.unwrittenLimit { unwritten.removeFirst() }
        unwritten.append(record)
    }

    /// What the log would not take: with each sweep, and before anything else is written.
    func writeAgain() {
        while let record = unwritten.first {
            do throws(AuditFailure) {
                try audit.append(record, durable: true)
            } catch { return }  // was told
            unwritten.removeFirst()
        }
    }
}
