import Control
import Model

/// Leases on groups, and rolls that run under one.
extension CommandDesk {
    /// `hold` and `release`: done at once.
    func lease(
        _ attempt: CommandAttempt, _ action: Action, key: String, now: MonotonicInstant, sink: @escaping Sink
    ) {
        let id = attempt.command.parameters.subject ?? attempt.command.id
        let issuer = attempt.request.issuer
        var words = "nobody had it held like that"
        if action == .hold {
            switch holds.hold(key, by: issuer, id: id, now: now) {
            case .failure(let refusal): return refuse(attempt, .refused(refusal), to: sink)
            case .success(let hold): words = "held by \(issuer) for \((hold.until - now).components.seconds) s"
            }
        } else if holds.release(key, by: issuer, id: id, now: now) {
            words = "released"
        }
        let count = UInt32(clamping: workers(of: key).count)
        let verdict = Verdict.done(GroupEvidence(before: count, after: count, detail: words))
        // Neither is worth a wait for the disk: a lease does nothing to a process and ends by itself.
        note(record(.result, of: attempt, verdict: verdict), durable: false)
        let outcome = attempt.outcome(verdict)
        finished.store(attempt.request, outcome, now: now)
        sink(.outcome(outcome))
        holdsChanged()
    }

    /// Why nothing can run under that hold.
    func objection(toHold id: CommandID?, of key: String, now: MonotonicInstant) -> Refusal? {
        guard let id, holds.hold(on: key, now: now)?.id != id else { return nil }
        return .unsuited("the hold it is to run under is over, or was never taken: hold the app first")
    }

    /// Rolls whose hold is gone pause, and the next end is waited for.
    private func holdsChanged() {
        let now = clock.now()
        _ = holds.expire(now: now)
        for job in jobs.values where job.machine.isUnderWay {
            guard let hold = job.hold, holds.hold(on: job.groupKey, now: now)?.id != hold else { continue }
            job.hold = nil
            drive(job, .order(.holdLost))
        }
        holdTimer?()
        holdTimer = holds.next.map { next in clock.schedule(next) { [weak self] in await self?.holdEnded() } }
    }

    private func holdEnded() { holdsChanged() }
}
