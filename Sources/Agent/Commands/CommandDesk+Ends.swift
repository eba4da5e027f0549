import Control
import Model

/// A roll that is over, for as long as it is shown.
struct ShownRoll {
    var id: CommandID
    var forget: CommandClock.Cancel
}

/// What becomes known in the end, and whom it is told.
extension CommandDesk {
    /// How long a roll that is over is shown with its group.
    static let shownFor = Duration.seconds(3600)
    /// How long a roll that failed can be resumed. A paused one waits for as long as it takes.
    static let failedFor = Duration.seconds(24 * 3600)

    /// The machine's last word on whoever waits for it; a roll that failed may come to another.
    func conclude(_ job: Job, _ verdict: Verdict) {
        if job.machine.roll == nil { experiences.learn(verdict, of: job.groupKey) }
        if case .done(let evidence) = verdict {
            switch job.origin.command.action {
            case .scale: hooks.resized(job.groupKey, evidence.after)
            case .reload, .start: hooks.resized(job.groupKey, nil)
            default: break
            }
        }
        answer(job, verdict) { $0.until == .report }
    }

    private func answer(_ job: Job, _ verdict: Verdict, where isMeant: (Waiting) -> Bool) {
        let answered = job.waiting.filter(isMeant)
        job.waiting.removeAll(where: isMeant)
        for waiting in answered {
            note(record(.result, of: waiting.attempt, verdict: verdict), durable: true)
            let outcome = waiting.attempt.outcome(verdict)
            finished.store(waiting.attempt.request, outcome, now: clock.now())
            for sink in waiting.sinks { sink(.outcome(outcome)) }
            hooks.onEvent(.commandEnded(outcome))
        }
    }

    /// One worker of a roll has its verdict.
    func step(of job: Job, _ target: WorkerID, slot: UInt32, _ verdict: Verdict) {
        experiences.learn(verdict, of: job.groupKey)
        var record = record(.step, of: job.origin, verdict: verdict)
        record.worker = LiveWorker(
            id: target, groupKey: job.groupKey, app: groups[job.groupKey]?.info.app ?? "", slot: slot, seen: clock.now()
        )
        note(record, durable: true)
        job.handles[.worker(target)] = nil
    }

    /// A roll moved on.
    func changed(_ job: Job, _ summary: RollSummary) {
        show(summary, of: job.groupKey)
        guard summary.state != .running else { return }
        job.settle()
        answer(job, .rolled(summary)) { $0.until == .rest }
        switch summary.state {
        case .failed:
            let id = job.id
            job.rest = clock.schedule(clock.now() + Self.failedFor) { [weak self] in await self?.giveUp(id) }
        case .finished, .aborted: showFor(a: Self.shownFor, job.id, job.groupKey)
        case .running, .paused: break
        }
    }

    func show(_ summary: RollSummary, of key: String) {
        hooks.roll(key, summary)
        hooks.onEvent(.roll(summary, app: groups[key]?.info.app ?? "", groupKey: key))
    }

    func showFor(a time: Duration, _ id: CommandID, _ key: String) {
        endShowing(key)
        let forget = clock.schedule(clock.now() + time) { [weak self] in await self?.hide(id, key) }
        shown[key] = ShownRoll(id: id, forget: forget)
    }

    /// Another one is shown from here on.
    func endShowing(_ key: String) { shown.removeValue(forKey: key)?.forget() }

    private func hide(_ id: CommandID, _ key: String) {
        guard shown[key]?.id == id else { return }
        shown[key] = nil
        hooks.roll(key, nil)
    }

    /// Nobody came back to a roll that failed; its command was answered then.
    private func giveUp(_ id: CommandID) {
        guard let job = jobs[id], !job.machine.isUnderWay else { return }
        job.settle()
        jobs[id] = nil
        hooks.roll(job.groupKey, nil)
    }

    /// A roll in a line of the log.
    static func words(_ roll: RollSummary) -> String {
        let slots = roll.underWay.map { "\($0)" }.joined(separator: ", ")
        return "\(roll.replaced) of \(roll.total) workers were replaced"
            + (slots.isEmpty ? "" : "; slot \(slots) was under way")
            + (roll.reason.isEmpty ? "" : "; \(roll.reason)")
    }
}
