import Control
import Model

/// One line of the audit log: who asked for what, and what came of it.
struct AuditRecord: Sendable {
    enum Kind: String, Sendable {
        /// Written before the first signal.
        case intent
        /// What an accepted command came to.
        case result
        /// A command that never began.
        case refused
        /// An accepted command that the agent left unfinished when it stopped.
        case interrupted
    }

    var kind: Kind
    var wall: WallTime
    var monotonic: MonotonicInstant
    /// The agent's boot: `monotonic` counts from it.
    var boot: BootID
    var command: Command
    var peer: Peer
    var role: Role
    /// The target as the agent knew it; `nil` where it knew no such worker.
    var worker: LiveWorker?
    /// `nil` in an intent.
    var verdict: Verdict?
    /// What was done so far, where there is no verdict to hold it.
    var evidence: RestartEvidence?

    /// As a line of JSON, newline included. Absent is unknown.
    var line: [UInt8] {
        var line = AuditLine()
        line.text("time", wall.rfc3339)
        line.number("monotonic_ns", monotonic.nanoseconds)
        line.text("boot", boot.hex)
        line.text("record", kind.rawValue)
        line.text("command", command.id.hex)
        line.text("action", Self.word(command.action))
        line.text("issuer", peer.label)
        line.text("role", role.word)
        switch peer {
        case .local(_, let pid): line.number("issuer_pid", pid)
        case .person(_, _, let serial), .agent(_, let serial): line.text("certificate_serial", serial)
        }
        line.object("target") { Self.write(command.target, to: &$0) }
        line.text("app", worker?.app)
        line.number("slot", worker?.slot)
        line.number("grace_ms", command.grace.milliseconds)
        if let verdict { Self.write(verdict, to: &line) }
        if let evidence { Self.write(evidence, to: &line) }
        return line.ended()
    }

    private static func word(_ action: Action) -> String {
        switch action {
        case .restart: "restart"
        }
    }

    private static func write(_ worker: WorkerID, to line: inout AuditLine) {
        line.number("pid", worker.pid)
        line.number("start_ticks", worker.startTicks)
        line.text("boot", worker.boot.hex)
    }

    private static func write(_ verdict: Verdict, to line: inout AuditLine) {
        switch verdict {
        case .replaced(let evidence):
            line.text("verdict", "replaced")
            write(evidence, to: &line)
        case .notReplaced(let evidence):
            line.text("verdict", "not_replaced")
            write(evidence, to: &line)
        case .timedOut(let evidence):
            line.text("verdict", "timed_out")
            write(evidence, to: &line)
        case .targetChanged: line.text("verdict", "target_changed")
        case .refused(let refusal):
            line.text("verdict", "refused")
            line.text("reason", reason(refusal))
        }
    }

    private static func write(_ evidence: RestartEvidence, to line: inout AuditLine) {
        line.list("signals", evidence.signals) { entry, signal in
            entry.number("number", signal.number)
            entry.number("after_ms", signal.after.milliseconds)
        }
        line.flag("forced", evidence.forced)
        line.number("exited_ms", evidence.exited?.milliseconds)
        switch evidence.exitStatus {
        case .code(let code): line.number("exit_code", code)
        case .signal(let number): line.number("exit_signal", number)
        case nil: break
        }
        if let replacement = evidence.replacement { line.object("replacement") { write(replacement, to: &$0) } }
        line.number("replaced_ms", evidence.replaced?.milliseconds)
    }

    private static func reason(_ refusal: Refusal) -> String {
        switch refusal {
        case .role(let app, let needed, let has): "app \(app) needs \(needed.word), issuer is \(has.word)"
        case .policy(let app): "no rule allows it on app \(app)"
        case .readOnly: "agent is read-only"
        case .protectedProcess: "protected process"
        case .notAWorker: "not a watched worker"
        case .busy(let holder): "group is held by command \(holder.hex)"
        case .expired: "time to live is over"
        case .idReused: "id was used for another command"
        case .notPermitted: "kernel forbids it"
        case .unsupportedKernel: "kernel has no pidfds"
        case .auditUnavailable(let number): "audit line could not be written, errno \(number)"
        case .tooManyCommands: "too many commands under way"
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
