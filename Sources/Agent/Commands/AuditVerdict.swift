import Control
import Model

/// Verdicts and their evidence in an audit line.
extension AuditLine {
    mutating func write(_ worker: WorkerID) {
        number("pid", worker.pid)
        number("start_ticks", worker.startTicks)
        text("boot", worker.boot.hex)
    }

    mutating func write(_ verdict: Verdict) {
        text("verdict", verdict.auditWord)
        switch verdict {
        case .replaced(let evidence), .notReplaced(let evidence), .timedOut(let evidence), .zombieLeft(let evidence),
            .crashLoop(let evidence), .unkillable(let evidence), .notReady(let evidence), .managerFailed(let evidence):
            write(evidence)
        case .orphanHoldsPort(let evidence, let orphan):
            write(evidence)
            object("orphan") {
                $0.number("pid", orphan.process.pid)
                $0.number("start_ticks", orphan.process.startTicks)
                $0.number("port", orphan.port)
            }
        case .targetChanged: break
        case .refused(let refusal): text("reason", refusal.auditText)
        case .interrupted(let found):
            if let lives = found.targetLives { flag("target_lives", lives) }
            if let replacement = found.replacement { object("replacement") { $0.write(replacement) } }
            number("workers", found.workers)
        case .done(let evidence), .failed(let evidence): write(evidence)
        case .rolled(let summary): write(summary)
        case .planned(let plan):
            number("steps", plan.steps.count)
            number("warnings", plan.warnings.count)
        }
    }

    mutating func write(_ evidence: RestartEvidence) {
        list("signals", evidence.signals) { entry, signal in
            entry.number("number", signal.number)
            entry.number("after_ms", signal.after.milliseconds)
        }
        flag("forced", evidence.forced)
        number("exited_ms", evidence.exited?.milliseconds)
        switch evidence.exitStatus {
        case .code(let code): number("exit_code", code)
        case .signal(let number): self.number("exit_signal", number)
        case nil: break
        }
        if let replacement = evidence.replacement { object("replacement") { $0.write(replacement) } }
        number("replaced_ms", evidence.replaced?.milliseconds)
        if evidence.fallen > 0 { number("fallen", evidence.fallen) }
        if !evidence.detail.isEmpty { text("evidence", evidence.detail) }
    }

    private mutating func write(_ evidence: GroupEvidence) {
        number("before", evidence.before)
        number("after", evidence.after)
        number("wanted", evidence.wanted)
        number("gone", evidence.gone)
        number("new", evidence.new)
        number("elapsed_ms", evidence.elapsed.milliseconds)
        if !evidence.detail.isEmpty { text("evidence", evidence.detail) }
    }

    private mutating func write(_ roll: RollSummary) {
        text("state", roll.state.auditWord)
        number("total", roll.total)
        number("replaced", roll.replaced)
        if !roll.reason.isEmpty { text("reason", roll.reason) }
    }
}

extension RollSummary.State {
    fileprivate var auditWord: String {
        switch self {
        case .running: "running"
        case .paused: "paused"
        case .finished: "finished"
        case .failed: "failed"
        case .aborted: "aborted"
        }
    }
}

extension Verdict {
    fileprivate var auditWord: String {
        switch self {
        case .replaced: "replaced"
        case .notReplaced: "not_replaced"
        case .targetChanged: "target_changed"
        case .refused: "refused"
        case .timedOut: "timed_out"
        case .zombieLeft: "zombie_left"
        case .orphanHoldsPort: "orphan_holds_port"
        case .crashLoop: "crash_loop"
        case .unkillable: "unkillable"
        case .notReady: "not_ready"
        case .managerFailed: "manager_failed"
        case .interrupted: "interrupted"
        case .done: "done"
        case .failed: "failed"
        case .rolled: "rolled"
        case .planned: "planned"
        }
    }
}

extension Refusal {
    fileprivate var auditText: String {
        switch self {
        case .role(let app, let needed, let has): "app \(app) needs \(needed.word), issuer is \(has.word)"
        case .policy(let app): "no rule allows it on app \(app)"
        case .readOnly: "agent is read-only"
        case .protectedProcess: "protected process"
        case .notAWorker: "not a watched worker"
        case .busy(let holder, let what): "group is held by command \(holder.hex): \(what)"
        case .expired: "time to live is over"
        case .idReused: "id was used for another command"
        case .notPermitted: "kernel forbids it"
        case .unsupportedKernel: "kernel has no pidfds"
        case .auditUnavailable(let number): "audit line could not be written, errno \(number)"
        case .tooManyCommands: "too many commands under way"
        case .notAGroup: "not a known group"
        case .unsuited(let why): why
        case .warning(let warning): "not confirmed: \(warning)"
        case .held(let holder, let left): "held by \(holder), \(left.milliseconds / 1000) s left"
        case .limit(let app, let rule): "app \(app) is limited: \(rule)"
        case .noSuchRoll: "no such roll"
        }
    }
}
