import Control
import Model
import Wire

/// One line of the audit log: who asked for what, and what came of it.
struct AuditRecord: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// Written before the first signal.
        case intent
        /// What an accepted command came to.
        case result
        /// What one worker of a roll came to.
        case step
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
    /// `nil` where only the label of an earlier run's issuer is known.
    var peer: Peer?
    var role: Role
    /// The target as the agent knew it; `nil` where it knew no such worker, or a group is meant.
    var worker: LiveWorker?
    /// `nil` in an intent.
    var verdict: Verdict?
    /// What was done so far, where there is no verdict to hold it.
    var evidence: RestartEvidence?
    /// Of a group; a worker has its own.
    var app: String?
    /// More that is worth knowing, in words.
    var detail: String?
    /// Refusals before this line that were not written: there were too many at once.
    var omitted: UInt64 = 0
    /// Whom an earlier run knew as `peer`, by label.
    var earlierIssuer: String?

    private var issuer: String { peer?.label ?? earlierIssuer ?? "" }

    /// As a line of JSON, newline included. Absent is unknown.
    var line: [UInt8] {
        var line = AuditLine(record: kind.rawValue, wall: wall, monotonic: monotonic, boot: boot)
        line.text("command", command.id.hex)
        line.text("action", command.action.word)
        line.text("issuer", issuer)
        line.text("role", role.word)
        if case .local(_, let pid) = peer { line.number("issuer_pid", pid) }
        line.text("certificate_serial", peer?.certificate?.serial)
        line.object("target") { Self.write(command.target, to: &$0) }
        line.text("app", worker?.app ?? app)
        line.text("group", worker?.groupKey)
        line.number("slot", worker?.slot)
        line.number("grace_ms", command.grace.milliseconds)
        Self.write(command.parameters, of: command.action, to: &line)
        if let verdict { line.write(verdict) }
        if let evidence { line.write(evidence) }
        line.text("detail", detail)
        if omitted > 0 { line.number("omitted", omitted) }
        line.hex("wire", wire)
        return line.ended()
    }

    /// What a later run of the agent needs to know the command, or its answer, again: as it would travel.
    private var wire: [UInt8]? {
        switch (kind, verdict) {
        case (.intent, _): Message.command(command).encoded()
        case (.result, let verdict?), (.interrupted, let verdict?):
            Self.wire(command, command.action, command.target, issuer, verdict)
        case (.step, let verdict?): worker.map { Self.wire(command, .restart, .worker($0.id), issuer, verdict) }
        case (.result, nil), (.interrupted, nil), (.step, nil), (.refused, _): nil
        }
    }

    private static func wire(
        _ command: Command, _ action: Action, _ target: CommandTarget, _ issuer: String, _ verdict: Verdict
    ) -> [UInt8] {
        let outcome = Outcome(id: command.id, action: action, target: target, issuer: issuer, verdict: verdict)
        return Message.outcome(outcome).encoded()
    }

    private static func write(_ target: CommandTarget, to line: inout AuditLine) {
        switch target {
        case .worker(let worker): line.write(worker)
        case .group(let group):
            line.text("group", group.key)
            line.number("master_pid", group.master?.pid)
            line.number("master_start_ticks", group.master?.startTicks)
            line.text("boot", group.boot.hex)
        }
    }

    /// Only what says something for the action.
    private static func write(_ parameters: CommandParameters, of action: Action, to line: inout AuditLine) {
        if parameters.dryRun { line.flag("dry_run", true) }
        if parameters.warned { line.flag("warned", true) }
        if let signal = parameters.signal { line.text("signal", SignalNumber.name(signal)) }
        switch parameters.size {
        case .by(let change): line.number("size_by", change)
        case .to(let size): line.number("size_to", size)
        case nil: break
        }
        if action == .roll {
            line.number("max_unavailable", parameters.roll.maxUnavailable)
            line.number("stable_ms", parameters.roll.stable.milliseconds)
        }
        if action == .roll || action == .restart {
            line.number("lag_below_ms", parameters.roll.lagBelow?.milliseconds)
            switch parameters.roll.ready {
            case .tcp(let port): line.text("ready", "tcp \(port)")
            case .http(let port, let path): line.text("ready", "http \(port) \(path)")
            case .configured: line.text("ready", "configured")
            case nil: break
            }
            line.text("hold", parameters.roll.hold?.hex)
        }
        line.text("subject", parameters.subject?.hex)
        if !parameters.reason.isEmpty { line.text("why", parameters.reason) }
    }
}

extension Duration {
    var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
