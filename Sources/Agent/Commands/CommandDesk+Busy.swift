import Control
import Model

/// What has a group, in words, for whoever has to wait for it.
extension CommandDesk {
    /// The job that has the group. A roll that rests is in the way of another roll only: what it began is told by an
    /// operator to go on or to end. One whose master is gone is in nobody's way: there is nothing left to go on with.
    func holder(of key: String?, for action: Action) -> Job? {
        jobs.values.first { job in
            guard job.groupKey == key else { return false }
            if job.machine.isUnderWay { return true }
            return action == .roll && job.machine.roll != nil && !isStranded(job)
        }
    }

    /// A roll that rests, of a master that is there no more.
    func isStranded(_ job: Job) -> Bool {
        guard job.machine.roll != nil, !job.machine.isUnderWay, let master = job.origin.group?.info.master else {
            return false
        }
        return groups[job.groupKey]?.info.master != master
    }

    /// `restart of slot 3 by user/ada is under way since 12 s, for 65 s more at most`
    func words(of job: Job, now: MonotonicInstant) -> String {
        let what = job.origin.command.action.word + (job.origin.worker.map { " of slot \($0.slot)" } ?? "")
        let text = "\(what) by \(job.origin.request.issuer)"
        let since = seconds(now - job.began)
        guard let roll = job.machine.roll else {
            guard let longest = job.machine.longest else { return "\(text) is under way since \(since)" }
            return "\(text) is under way since \(since), for \(seconds(job.began + longest - now)) more at most"
        }
        let count = "\(roll.replaced) of \(roll.total) replaced"
        guard roll.state == .running else {
            return
                "\(text) rests since it \(roll.state == .paused ? "paused" : "failed") (\(count)): resume or abort it"
        }
        let slots = roll.underWay.map { "\($0)" }.joined(separator: ", ")
        let left = roll.total > roll.replaced ? roll.total - roll.replaced : 0
        let each = job.machine.longest.map { ", each within \(seconds($0))" } ?? ""
        return "\(text) is under way since \(since): \(count)" + (slots.isEmpty ? "" : ", slot \(slots) now")
            + ", \(left) to go\(each); pause or abort it to get in between"
    }

    /// What a dry run says of what would be in its way. It changes nothing, so it is never refused for that.
    func obstacles(to attempt: CommandAttempt, now: MonotonicInstant) -> [String] {
        let command = attempt.command
        guard !command.action.isAlwaysOpen, let key = attempt.group?.info.key else { return [] }
        var obstacles: [String] = []
        if let job = holder(of: key, for: command.action) {
            obstacles.append("\(words(of: job, now: now)): this would be refused now")
        }
        if case .held(let holder, let left)? = holds.objection(
            to: attempt.request.issuer, hold: command.parameters.roll.hold, on: key, now: now)
        {
            obstacles.append(
                "\(holder) holds the app for \(seconds(left)) more unless renewed: this would be refused now")
        }
        return obstacles
    }

    private func seconds(_ duration: Duration) -> String { "\(max(0, (duration.milliseconds + 999) / 1000)) s" }
}
