import Control
import Model

/// What can be said against a command without asking the kernel, in the order in which it is said.
extension CommandDesk {
    func objection(to attempt: CommandAttempt, expiry: MonotonicInstant, now: MonotonicInstant) -> Verdict? {
        if settings.readOnly { return .refused(.readOnly) }
        if now >= expiry { return .refused(.expired) }
        if let verdict = targetObjection(attempt) { return verdict }
        guard let group = attempt.group else { return .refused(.notAGroup) }
        let command = attempt.command
        if let refusal = hooks.policy(command, subject(group), attempt.peer, attempt.role) { return .refused(refusal) }
        guard !command.action.isAlwaysOpen, !command.parameters.dryRun else { return nil }
        return holds.objection(
            to: attempt.request.issuer, hold: command.parameters.roll.hold, on: group.info.key, now: now
        ).map(Verdict.refused)
    }

    /// Whether the target is what the operator saw, and may be one at all.
    private func targetObjection(_ attempt: CommandAttempt) -> Verdict? {
        switch attempt.command.target {
        case .worker(let id):
            if id.pid <= 1 || settings.protectedPIDs.contains(id.pid) { return .refused(.protectedProcess) }
            guard let worker = attempt.worker else {
                return ended.contains(id) ? .targetChanged : .refused(.notAWorker)
            }
            if worker.id != id { return .targetChanged }
            let action = attempt.command.action
            return action == .restart || action == .signal ? nil : .refused(.notAGroup)
        case .group(let target):
            if target.boot != settings.boot { return .targetChanged }
            guard let group = attempt.group else { return .refused(.notAGroup) }
            return group.info.master == target.master ? nil : .targetChanged
        }
    }

    /// Why it has to wait for others: one restart, roll or other action a group at a time, and so many on a host.
    func crowd(before attempt: CommandAttempt, now: MonotonicInstant) -> Refusal? {
        if isStopped { return .tooManyCommands }
        let action = attempt.command.action
        if action.isAlwaysOpen || action == .hold || attempt.command.parameters.dryRun { return nil }
        if let job = holder(of: attempt.group?.info.key, for: action) {
            return .busy(holder: job.id, what: words(of: job, now: now))
        }
        let isFull =
            jobs.count >= Self.jobLimit || jobs.values.count { $0.machine.isUnderWay } >= Self.underWayLimit
            || !finished.hasRoom(now: now)
        return isFull ? .tooManyCommands : nil
    }

    /// The job that does the very same thing already.
    func joinable(_ attempt: CommandAttempt) -> Job? {
        let command = attempt.command
        guard command.action == .restart || command.action == .roll else { return nil }
        return jobs.values.first { job in
            let other = job.origin.command
            // A roll that is about to rest would answer much later, and not what was asked for.
            return job.machine.isUnderWay && job.machine.roll?.reason.isEmpty ?? true
                && other.action == command.action && other.target == command.target && other.grace == command.grace
                && other.parameters.roll == command.parameters.roll
        }
    }

    /// Whether a process that must never be signalled is among those of the course.
    func touchesProtected(_ course: Course) -> Bool {
        switch course.what {
        case .restart(let course): isProtected(course.target.pid)
        case .roll(let courses, _): courses.contains { isProtected($0.target.pid) }
        case .act(let course): course.target.map { isProtected($0.pid) } ?? false
        case .none: false
        }
    }

    func isProtected(_ pid: Int32) -> Bool { pid <= 1 || settings.protectedPIDs.contains(pid) }
}

extension Action {
    /// It makes less happen: neither a hold, a busy group nor a full desk is in its way.
    var isAlwaysOpen: Bool { self == .pause || self == .abort || self == .release }
}
