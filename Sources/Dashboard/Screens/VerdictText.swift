import Console
import Model

/// What a command came to, in words and with the evidence. The screens and the commands without a terminal say the same.
func verdictText(_ verdict: Verdict, target: CommandTarget) -> String {
    let pid = target.worker.map { "pid \($0.pid)" } ?? "the worker"
    switch verdict {
    case .replaced(let evidence): return replacedText(evidence, pid)
    case .notReplaced(let evidence): return notReplacedText(evidence, pid)
    case .targetChanged:
        return target.worker == nil
            ? "target changed: the app has another master than the one on the screen; nothing was done"
            : "target changed: \(pid) is no longer the worker that was on the screen; nothing was signalled"
    case .refused(let refusal):
        return "refused: \(refusalText(refusal)); nothing was \(target.worker == nil ? "done" : "signalled")"
    case .timedOut(let evidence):
        let gone = evidence.exited == nil ? "is still there" : exitText(evidence)
        return "timed out: \(pid) \(gone) after \(signalsText(evidence))" + detail(evidence.detail)
    case .zombieLeft(let evidence):
        return "zombie left: \(pid) is dead (\(exitStatusText(evidence.exitStatus))), its parent has not fetched its "
            + "status, and nothing came in its place" + detail(evidence.detail)
    case .orphanHoldsPort(let evidence, let orphan):
        return
            "port taken: \(pid) \(exitText(evidence)), and pid \(orphan.process.pid), which is not of this app, holds "
            + "port \(orphan.port)" + detail(evidence.detail)
    case .crashLoop(let evidence):
        let last = evidence.replacement.map { ", the last was pid \($0.pid)" } ?? ""
        return "crash loop: \(pid) \(exitText(evidence)); \(evidence.fallen) came in its place and ended at once\(last)"
            + detail(evidence.detail)
    case .unkillable(let evidence):
        return "unkillable: \(pid) is still there after \(signalsText(evidence)): an uninterruptible wait (state D)"
            + detail(evidence.detail)
    case .notReady(let evidence):
        let new = evidence.replacement.map { "pid \($0.pid)" } ?? "a new worker"
        return "not ready: \(pid) \(exitText(evidence)), and \(new) lives, but does not prove itself"
            + detail(evidence.detail)
    case .managerFailed(let evidence):
        return "manager failed: " + (evidence.detail.isEmpty ? "it did not do what it was asked" : evidence.detail)
            + (evidence.exited == nil ? "" : "; \(pid) \(exitText(evidence))")
    case .interrupted(let facts): return interruptedText(facts, pid)
    case .done(let evidence): return "done" + groupText(evidence)
    case .failed(let evidence): return "failed" + groupText(evidence)
    case .rolled(let roll): return rollVerdictText(roll)
    case .planned(let plan): return "would take \(plan.steps.count + Int(plan.omittedSteps)) steps; nothing was done"
    }
}

private func replacedText(_ evidence: RestartEvidence, _ pid: String) -> String {
    var text = "replaced: \(pid) -> \(evidence.replacement.map { String($0.pid) } ?? "unknown")"
    text += ", \(evidence.forced ? "forced with SIGKILL, " : "")\(exitText(evidence))"
    if let replaced = evidence.replaced { text += ", new worker live after \(Format.latency(replaced))" }
    return text + detail(evidence.detail)
}

private func notReplacedText(_ evidence: RestartEvidence, _ pid: String) -> String {
    var text = "not replaced: \(pid) "
    text += evidence.forced ? "was forced with SIGKILL, \(exitText(evidence))" : exitText(evidence)
    if let replacement = evidence.replacement {
        let seen = evidence.replaced.map { " after \(Format.latency($0))" } ?? ""
        text += "; pid \(replacement.pid) came\(seen) but ended at once"
    } else {
        text += "; nothing new was seen in its place"
    }
    return text + detail(evidence.detail)
}

private func exitText(_ evidence: RestartEvidence) -> String {
    let after = evidence.exited.map { " after \(Format.latency($0))" } ?? ""
    return "exited\(after) (\(exitStatusText(evidence.exitStatus)))"
}

private func signalsText(_ evidence: RestartEvidence) -> String {
    evidence.signals.isEmpty
        ? "waiting" : evidence.signals.map { SignalNumber.name($0.number) }.joined(separator: " and ")
}

private func detail(_ text: String) -> String { text.isEmpty ? "" : "; \(text)" }

/// True facts, and that nothing is claimed beyond them.
private func interruptedText(_ facts: Interruption, _ pid: String) -> String {
    let progress = facts.detail.isEmpty ? "" : " (\(facts.detail))"
    var text = "interrupted: the agent ended before a result\(progress), and nothing is done twice. Now: "
    switch facts.targetLives {
    case true?: text += "\(pid) still lives, "
    case false?: text += "\(pid) is gone, "
    case nil: break
    }
    if let replacement = facts.replacement {
        text += "pid \(replacement.pid) came after the command, "
    } else if facts.targetLives == false {
        text += "nothing came in its place, "
    }
    return text + "\(facts.workers) \(facts.workers == 1 ? "worker" : "workers") in the app"
}

/// ": 4 -> 5 workers (5 wanted), 1 new, in 2.3s; how".
private func groupText(_ evidence: GroupEvidence) -> String {
    var parts: [String] = []
    if evidence.before != evidence.after || evidence.wanted != nil || evidence.gone + evidence.new > 0 {
        let wanted = evidence.wanted.flatMap { $0 == evidence.after ? nil : " (\($0) wanted)" } ?? ""
        parts.append("\(evidence.before) -> \(evidence.after) workers\(wanted)")
    }
    if evidence.new > 0 { parts.append("\(evidence.new) new") }
    if evidence.gone > 0 { parts.append("\(evidence.gone) gone") }
    if evidence.elapsed > .zero { parts.append("in \(Format.latency(evidence.elapsed))") }
    let text = parts.joined(separator: ", ")
    return (text.isEmpty ? "" : ": \(text)") + detail(evidence.detail)
}

/// `code 0`, `signal 9 SIGKILL`, or that nobody told.
func exitStatusText(_ status: ExitStatus?) -> String {
    switch status {
    case .code(let code): "code \(code)"
    case .signal(let number): "signal \(number) \(SignalNumber.name(number))"
    case nil: "status not known"
    }
}

/// The same where there may be less room: what matters of it.
func exitStatusText(_ status: ExitStatus?, columns: Int) -> String {
    let text = exitStatusText(status)
    guard text.utf8.count > columns else { return text }
    return switch status {
    case .code: text
    case .signal(let number): SignalNumber.name(number)
    case nil: "not known"
    }
}
