import Control
import Model

/// Commands that an earlier run of the agent left unfinished. None is ever run again: what is there now is told.
extension CommandDesk {
    /// A process that started in the same tick may seem to have started before.
    private static let tick = Duration.milliseconds(10)

    /// With the first sweep of this run.
    func tellOfLeft() {
        guard !left.isEmpty else { return }
        let all = left.values.sorted { ($0.since, $0.id) < ($1.since, $1.id) }
        left = [:]
        for command in all { tell(of: command) }
    }

    private func tell(of left: LeftCommand) {
        guard let command = left.command else { return }
        let facts = facts(of: left, command)
        let verdict = Verdict.interrupted(facts)
        let outcome = Outcome(
            id: command.id, action: command.action, target: command.target, issuer: left.issuer, verdict: verdict)
        note(record(of: left, command, verdict: verdict, detail: left.progress), durable: true)
        finished.store(CommandRequest(command: command, issuer: left.issuer), outcome, now: clock.now())
        for sink in left.sinks { sink(.outcome(outcome)) }
        hooks.onEvent(.commandEnded(outcome))
        // Of a group that is gone nothing could be shown but that.
        if command.action == .roll, let key = left.groupKey, groups[key] != nil, rollJob(of: key) == nil {
            let total = max(facts.workers, UInt32(clamping: left.steps.count))
            show(
                RollSummary(
                    id: command.id, state: .aborted, issuer: left.issuer, total: total,
                    replaced: UInt32(clamping: left.replaced.count),
                    reason: "interrupted: the agent ended while it ran; \(left.progress)",
                    began: left.boot == settings.boot ? left.since : clock.now()),
                of: key)
            showFor(a: Self.shownFor, command.id, key)
        }
    }

    private func facts(of left: LeftCommand, _ command: Command) -> Interruption {
        let key = left.groupKey ?? command.target.worker.flatMap { living(as: $0.pid) }?.groupKey
        let group = key.map(workers(of:)) ?? []
        let count = UInt32(clamping: group.count)
        guard let target = command.target.worker else {
            return Interruption(targetLives: nil, replacement: nil, workers: count, detail: left.progress)
        }
        let lives = lives(target)
        let newcomers = group.filter { $0.id != target && hasStarted($0.id, since: left) }
            .sorted { ($0.id.startTicks, $0.id.pid) < ($1.id.startTicks, $1.id.pid) }
        let heir = newcomers.first { $0.slot == left.slot } ?? (lives ? nil : newcomers.first)
        return Interruption(targetLives: lives, replacement: heir?.id, workers: count, detail: left.progress)
    }

    /// The kernel's word before the sweep's.
    private func lives(_ target: WorkerID) -> Bool {
        guard target.boot == settings.boot else { return false }
        return switch kernel.open(target) {
        case .success: true
        case .failure(.changed): false
        case .failure: living.contains { $0.id == target }
        }
    }

    private func hasStarted(_ worker: WorkerID, since left: LeftCommand) -> Bool {
        left.boot != settings.boot || settings.started(worker) + Self.tick > left.since
    }

    private func record(of left: LeftCommand, _ command: Command, verdict: Verdict, detail: String) -> AuditRecord {
        let worker = command.target.worker.map {
            LiveWorker(
                id: $0, groupKey: left.groupKey ?? "", app: left.app ?? "", slot: left.slot ?? 0, seen: clock.now())
        }
        return AuditRecord(
            kind: .interrupted, wall: clock.wall(), monotonic: clock.now(), boot: settings.boot, command: command,
            peer: nil, role: left.role, worker: worker, verdict: verdict, app: worker == nil ? left.app : nil,
            detail: detail, earlierIssuer: left.issuer)
    }
}
