import Control
import Model

/// Whose handle, timer or answer is meant within a job.
enum JobPart: Hashable, Sendable {
    /// The process that a group's action signals, or its managers.
    case group
    /// The restart of that worker.
    case worker(WorkerID)
}

enum JobTimer: Hashable, Sendable {
    case restart(WorkerID, RestartTimer)
    case group(GroupTimer)
}

enum JobEvent: Sendable {
    case begin
    /// All living workers of the job's group.
    case workers([LiveWorker])
    /// What was asked for came; timers come as `.timer`.
    case answer(JobPart, RestartEvent)
    case timer(JobTimer)
    /// What is asked of a roll.
    case order(RollEvent)
    /// As of a `Restart`.
    case otherExited(WorkerID, ExitStatus?)
    case masterGone
}

enum JobEffect: Sendable {
    /// Anything but timers and reports.
    case ask(JobPart, RestartEffect)
    case arm(JobTimer, MonotonicInstant)
    case disarm(JobTimer)
    /// One worker of a roll has its verdict.
    case ended(WorkerID, slot: UInt32, Verdict)
    case changed(RollSummary)
    case report(Verdict)
}

/// The machines of `Control` behind one set of events and effects, so that one shell drives them all.
enum JobMachine: Sendable {
    case restart(Restart)
    case roll(Roll)
    case act(GroupAction)

    mutating func handle(_ event: JobEvent, now: MonotonicInstant) -> [JobEffect] {
        switch self {
        case .restart(var machine):
            defer { self = .restart(machine) }
            guard let event = Self.event(event, of: machine.target) else { return [] }
            return machine.handle(event, now: now).map { Self.effect($0, of: machine.target) }
        case .roll(var machine):
            defer { self = .roll(machine) }
            guard let event = Self.event(event) else { return [] }
            return machine.handle(event, now: now).map(Self.effect)
        case .act(var machine):
            defer { self = .act(machine) }
            guard let event = Self.groupEvent(event) else { return [] }
            return machine.handle(event, now: now).map(Self.effect)
        }
    }

    // MARK: what the shell has to know

    /// Something is going on: neither over, nor a roll that rests.
    var isUnderWay: Bool {
        switch self {
        case .restart(let machine): machine.state != .done
        case .roll(let machine): machine.state == .running
        case .act(let machine): machine.state != .done
        }
    }

    /// Nothing can come any more.
    var isOver: Bool {
        switch self {
        case .restart(let machine): machine.state == .done
        case .roll(let machine): machine.isOver
        case .act(let machine): machine.state == .done
        }
    }

    /// Targets of which it has still to be told that or how they ended.
    var lacksExit: [WorkerID] {
        switch self {
        case .restart(let machine): machine.lacksExit ? [machine.target] : []
        case .roll(let machine): machine.lacksExit
        case .act: []
        }
    }

    /// Whether a sweep soon would help.
    var awaitsWorkers: Bool {
        switch self {
        case .restart(let machine): machine.awaitsReplacement
        case .roll(let machine): machine.awaitsReplacement
        case .act(let machine): machine.awaitsWorkers
        }
    }

    /// It ends the whole group to end one worker: their unit or container is restarted.
    var takesAll: Bool {
        if case .restart(let machine) = self { machine.course.reach == .group } else { false }
    }

    /// It is over by then, after it began; for a roll, each worker of it.
    var longest: Duration? {
        switch self {
        case .restart(let machine): machine.course.longest
        case .roll(let machine): machine.longest
        case .act(let machine): machine.course.longest
        }
    }

    func evidence(of target: WorkerID) -> RestartEvidence? {
        switch self {
        case .restart(let machine): machine.evidence
        case .roll(let machine): machine.evidence(of: target)
        case .act: nil
        }
    }

    var roll: RollSummary? {
        if case .roll(let machine) = self { machine.summary } else { nil }
    }

    // MARK: translations

    private static func event(_ event: JobEvent, of target: WorkerID) -> RestartEvent? {
        switch event {
        case .begin: .begin
        case .workers(let workers): .workers(workers)
        case .answer(.worker(target), let answer): answer
        case .timer(.restart(target, let timer)): .timerFired(timer)
        case .otherExited(let worker, let status): .otherExited(worker, status)
        case .masterGone: .masterGone
        case .answer, .timer, .order: nil
        }
    }

    private static func event(_ event: JobEvent) -> RollEvent? {
        switch event {
        case .begin: .begin
        case .workers(let workers): .workers(workers)
        case .answer(.worker(let target), let answer): .restart(target, answer)
        case .timer(.restart(let target, let timer)): .restart(target, .timerFired(timer))
        case .order(let order): order
        case .otherExited(let worker, let status): .otherExited(worker, status)
        case .masterGone: .masterGone
        case .answer(.group, _), .timer(.group): nil
        }
    }

    private static func groupEvent(_ event: JobEvent) -> GroupActionEvent? {
        switch event {
        case .begin: .begin
        case .workers(let workers): .workers(workers)
        case .timer(.group(let timer)): .timerFired(timer)
        case .answer(.group, .verified(let answer)): .verified(answer)
        case .answer(.group, .signalled(let result)): .signalled(result)
        case .answer(.group, .called(let answer)): .called(answer)
        case .answer(.group, .checked(let answer, let number)): .checked(answer, number: number)
        case .answer, .timer, .order, .otherExited, .masterGone: nil
        }
    }

    private static func effect(_ effect: RestartEffect, of target: WorkerID) -> JobEffect {
        switch effect {
        case .arm(let timer, let deadline): .arm(.restart(target, timer), deadline)
        case .disarm(let timer): .disarm(.restart(target, timer))
        case .report(let verdict): .report(verdict)
        case .verify, .signal, .call, .check, .inspect: .ask(.worker(target), effect)
        }
    }

    private static func effect(_ effect: RollEffect) -> JobEffect {
        switch effect {
        case .restart(let target, let effect): Self.effect(effect, of: target)
        case .ended(let target, let slot, let verdict): .ended(target, slot: slot, verdict)
        case .changed(let summary): .changed(summary)
        case .report(let verdict): .report(verdict)
        }
    }

    private static func effect(_ effect: GroupActionEffect) -> JobEffect {
        switch effect {
        case .verify(let process): .ask(.group, .verify(process))
        case .signal(let number): .ask(.group, .signal(number))
        case .call(let call, let subject, let limit): .ask(.group, .call(call, for: subject, limit: limit))
        case .check(let check, let worker, let number): .ask(.group, .check(check, of: worker, number: number))
        case .arm(let timer, let deadline): .arm(.group(timer), deadline)
        case .disarm(let timer): .disarm(.group(timer))
        case .report(let verdict): .report(verdict)
        }
    }
}
