import Model

/// A restart or roll that a simulated host carries out: slot by slot, one step with each sweep.
///
/// Steps of a slot: *ending* (the worker is told to end) → *starting* (it is gone) → *proving* (a new one is there) → next.
/// A roll that is paused begins no further slot. The real machines are in `Control`; they need a kernel, which is not here.
struct SimulatedJob: Sendable {
    enum Step: Sendable { case ending, starting, proving }

    let command: Command
    let issuer: String
    let app: Int
    /// Slots that are to be replaced, by place; the first is under way.
    var left: [Int]
    var step = Step.ending
    let began: MonotonicInstant
    let total: Int
    /// Of the slot under way.
    var exited: Duration?
    var state = RollSummary.State.running

    var isRoll: Bool { command.action == .roll }

    func summary(slots: [SimulatedApp.Slot]) -> RollSummary {
        RollSummary(
            id: command.id, state: state, issuer: issuer, total: UInt32(total), replaced: UInt32(total - left.count),
            underWay: state == .running ? left.prefix(1).map { slots[$0].number } : [], began: began)
    }
}

extension SimulatedHost {
    /// What is said at once; the outcome comes with a sweep where it is not in there.
    mutating func take(_ command: Command, from issuer: String, role: Role, at now: Moment) -> [CommandReply] {
        func refused(_ refusal: Refusal) -> [CommandReply] {
            [.outcome(outcome(of: command, issuer, .refused(refusal)))]
        }
        guard let app = app(of: command.target) else {
            let isWorker = command.target.worker != nil
            return isWorker ? [.outcome(outcome(of: command, issuer, .targetChanged))] : refused(.notAGroup)
        }
        guard role >= .operator else { return refused(.role(app: apps[app].info.app, needed: .operator, has: role)) }
        switch command.action {
        case .restart, .roll:
            if command.parameters.dryRun {
                return [.outcome(outcome(of: command, issuer, .planned(plan(of: command, app: app))))]
            }
            if let job = jobs.first(where: { $0.app == app }) {
                return refused(.busy(holder: job.command.id, what: "a \(job.command.action.word) of \(job.issuer)"))
            }
            begin(command, issuer: issuer, at: now)
            return [.accepted(command.id)]
        case .pause, .resume, .abort:
            guard let index = jobs.firstIndex(where: { $0.command.id == command.parameters.subject }) else {
                return refused(.noSuchRoll)
            }
            if command.parameters.dryRun { return [.outcome(outcome(of: command, issuer, .planned(Plan(steps: []))))] }
            steer(index, command.action)
            return [.accepted(command.id), .outcome(outcome(of: command, issuer, .done(GroupEvidence())))]
        case .hold, .release: return [.outcome(outcome(of: command, issuer, .done(GroupEvidence())))]
        default: return refused(.unsuited("a simulated host restarts and rolls, and does nothing else"))
        }
    }

    func outcome(of command: Command, _ issuer: String, _ verdict: Verdict) -> Outcome {
        Outcome(id: command.id, action: command.action, target: command.target, issuer: issuer, verdict: verdict)
    }

    func app(of target: CommandTarget) -> Int? {
        switch target {
        case .worker(let worker): apps.firstIndex { $0.place(of: worker) != nil }
        case .group(let target): apps.firstIndex { $0.info.key == target.key }
        }
    }

    private func slots(of command: Command, app: Int) -> [Int] {
        switch command.target {
        case .worker(let worker): apps[app].place(of: worker).map { [$0] } ?? []
        case .group: apps[app].slots.indices.filter { apps[app].slots[$0].worker != nil }
        }
    }

    private func plan(of command: Command, app: Int) -> Plan {
        let steps = slots(of: command, app: app).compactMap { slot -> PlanStep? in
            guard let id = apps[app].slots[slot].worker?.entry.info.id else { return nil }
            return PlanStep(
                process: ProcessRef(pid: id.pid, startTicks: id.startTicks),
                role: "worker \(apps[app].slots[slot].number)", deed: .signal(SignalNumber.term))
        }
        return Plan(steps: steps, success: ["a new worker of \(apps[app].info.app) lives"])
    }

    mutating func begin(_ command: Command, issuer: String, at now: Moment) {
        guard let app = app(of: command.target) else { return }
        let slots = slots(of: command, app: app)
        guard !slots.isEmpty else { return }
        jobs.append(
            SimulatedJob(
                command: command, issuer: issuer, app: app, left: slots, began: now.monotonic, total: slots.count))
        events.append(
            .commandAccepted(id: command.id, action: command.action, target: command.target, issuer: issuer))
    }

    private mutating func steer(_ index: Int, _ action: Action) {
        switch action {
        case .pause: jobs[index].state = .paused
        case .resume: jobs[index].state = .running
        default: jobs[index].state = .aborted
        }
        tellRoll(index)
    }

    /// One step of each job.
    mutating func drive(at now: Moment) {
        for index in jobs.indices { drive(index, at: now) }
        for job in jobs where job.left.isEmpty || job.state == .aborted { finish(job, at: now) }
        jobs.removeAll { $0.left.isEmpty || $0.state == .aborted }
    }

    private mutating func drive(_ index: Int, at now: Moment) {
        let job = jobs[index]
        guard let slot = job.left.first else { return }
        switch job.step {
        case .ending:
            guard job.state == .running else { return }
            let deed = ("\(job.command.action.word) by \(job.issuer)", job.command.id)
            end(
                slot, of: job.app, .signal(SignalNumber.term), oomKilled: false, returnsAfter: Self.interval / 2,
                at: now,
                by: deed)
            jobs[index].exited = now.monotonic - job.began
            jobs[index].step = .starting
        case .starting:
            if apps[job.app].slots[slot].worker != nil { jobs[index].step = .proving }
        case .proving:
            guard job.isRoll else { return settle(index, at: now) }
            jobs[index].left.removeFirst()
            jobs[index].step = .ending
            if jobs[index].left.isEmpty { jobs[index].state = .finished }
            tellRoll(index)
        }
    }

    private mutating func tellRoll(_ index: Int) {
        let job = jobs[index]
        guard job.isRoll else { return }
        let roll = job.summary(slots: apps[job.app].slots)
        apps[job.app].show(roll)
        events.append(.roll(roll, app: apps[job.app].info.app, groupKey: apps[job.app].info.key))
    }

    /// A restart is proved.
    private mutating func settle(_ index: Int, at now: Moment) {
        let job = jobs[index]
        let replacement = job.left.first.flatMap { apps[job.app].slots[$0].worker?.entry.info.id }
        let evidence = RestartEvidence(
            signals: [SentSignal(number: SignalNumber.term, after: .zero)], exited: job.exited,
            exitStatus: .signal(SignalNumber.term), replacement: replacement, replaced: now.monotonic - job.began)
        jobs[index].left = []
        publish(outcome(of: job.command, job.issuer, .replaced(evidence)))
    }

    private mutating func finish(_ job: SimulatedJob, at now: Moment) {
        guard job.isRoll else { return }
        publish(outcome(of: job.command, job.issuer, .rolled(job.summary(slots: apps[job.app].slots))))
    }

    private mutating func publish(_ outcome: Outcome) {
        outcomes.append(outcome)
        events.append(.commandEnded(outcome))
    }
}
