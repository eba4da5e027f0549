import Console
import Model

/// What a restart came to, in words and with the evidence. The screens and the commands without a terminal say the same.
func verdictText(_ verdict: Verdict, target: WorkerID) -> String {
    switch verdict {
    case .replaced(let evidence): replacedText(evidence, target: target)
    case .notReplaced(let evidence): notReplacedText(evidence, target: target)
    case .targetChanged:
        "target changed: pid \(target.pid) is no longer the worker that was on the screen; nothing was signalled"
    case .refused(let refusal): "refused: \(refusalText(refusal)); nothing was signalled"
    case .timedOut(let evidence):
        "timed out: pid \(target.pid) is still there after \(signalsText(evidence)); "
            + "it may be in an uninterruptible wait (state D)"
    }
}

private func replacedText(_ evidence: RestartEvidence, target: WorkerID) -> String {
    var text = "replaced: pid \(target.pid) -> \(evidence.replacement.map { String($0.pid) } ?? "unknown")"
    text += ", \(evidence.forced ? "forced with SIGKILL, " : "")\(exitText(evidence))"
    if let replaced = evidence.replaced { text += ", new worker live after \(Format.latency(replaced))" }
    return text
}

private func notReplacedText(_ evidence: RestartEvidence, target: WorkerID) -> String {
    var text = "not replaced: pid \(target.pid) "
    text += evidence.forced ? "was forced with SIGKILL, \(exitText(evidence))" : exitText(evidence)
    if let replacement = evidence.replacement {
        let seen = evidence.replaced.map { " after \(Format.latency($0))" } ?? ""
        return text + "; pid \(replacement.pid) came\(seen) but ended at once"
    }
    return text + "; nothing new was seen in its place"
}

private func exitText(_ evidence: RestartEvidence) -> String {
    let after = evidence.exited.map { " after \(Format.latency($0))" } ?? ""
    return "exited\(after) (\(exitStatusText(evidence.exitStatus)))"
}

private func signalsText(_ evidence: RestartEvidence) -> String {
    evidence.signals.isEmpty
        ? "waiting" : evidence.signals.map { signalName($0.number) }.joined(separator: " and ")
}

/// `code 0`, `signal 9 SIGKILL`, or that nobody told.
func exitStatusText(_ status: ExitStatus?) -> String {
    switch status {
    case .code(let code): "code \(code)"
    case .signal(let number): "signal \(number) \(signalName(number))"
    case nil: "status not known"
    }
}

/// The same where there may be less room: what matters of it.
func exitStatusText(_ status: ExitStatus?, columns: Int) -> String {
    let text = exitStatusText(status)
    guard text.utf8.count > columns else { return text }
    return switch status {
    case .code: text
    case .signal(let number): signalName(number)
    case nil: "not known"
    }
}

/// The few signals that end workers, by name; others by number. signal(7), x86 and ARM.
func signalName(_ number: UInt8) -> String {
    switch number {
    case 1: "SIGHUP"
    case 2: "SIGINT"
    case 3: "SIGQUIT"
    case 4: "SIGILL"
    case 6: "SIGABRT"
    case 7: "SIGBUS"
    case 8: "SIGFPE"
    case 9: "SIGKILL"
    case 11: "SIGSEGV"
    case 13: "SIGPIPE"
    case 14: "SIGALRM"
    case 15: "SIGTERM"
    default: "SIG\(number)"
    }
}

/// Which rule forbade a command, and what would lift it.
func refusalText(_ refusal: Refusal) -> String {
    switch refusal {
    case .role(let app, let needed, let has):
        "role \(has.word) may not restart \(app); it needs role \(needed.word)"
    case .policy(let app): "no rule of the host's policy allows to restart \(app)"
    case .readOnly: "the agent runs with --read-only"
    case .protectedProcess: "a protected process (pid 1, a kernel thread, or the agent or its ancestor)"
    case .notAWorker: "not a worker that this agent watches"
    case .busy(let holder): "another command (\(holder.hex.prefix(8))) is under way on this app; try again after it"
    case .expired: "the command was too old when it could have begun"
    case .idReused: "a different command with this id came before"
    case .notPermitted: "the kernel forbids it: the worker belongs to another user and the agent lacks CAP_KILL"
    case .unsupportedKernel: "the host's kernel has no pidfds (before 5.3)"
    case .auditUnavailable(let errno): "the audit line could not be written (errno \(errno))"
    case .tooManyCommands: "the agent runs as many commands at once as it may; try again"
    }
}
