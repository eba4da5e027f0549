public struct SentSignal: Hashable, Sendable {
    public var number: UInt8
    /// After the command was accepted.
    public var after: Duration

    public init(number: UInt8, after: Duration) {
        self.number = number
        self.after = after
    }
}

/// What was seen while a restart was carried out. Durations count from acceptance; unknown is `nil`.
public struct RestartEvidence: Hashable, Sendable {
    public var signals: [SentSignal]
    public var exited: Duration?
    public var exitStatus: ExitStatus?
    public var replacement: WorkerID?
    /// When the replacement was first seen.
    public var replaced: Duration?
    /// Replacements that came and ended within their time of proof.
    public var fallen: UInt32
    /// What a manager was asked and answered, or which check failed; empty where only signals were sent.
    public var detail: String

    public init(
        signals: [SentSignal] = [], exited: Duration? = nil, exitStatus: ExitStatus? = nil,
        replacement: WorkerID? = nil, replaced: Duration? = nil, fallen: UInt32 = 0, detail: String = ""
    ) {
        self.signals = signals
        self.exited = exited
        self.exitStatus = exitStatus
        self.replacement = replacement
        self.replaced = replaced
        self.fallen = fallen
        self.detail = detail
    }

    /// Whether it took SIGKILL.
    public var forced: Bool { signals.contains { $0.number == 9 } }
}

/// What was seen while something was done to a whole group.
public struct GroupEvidence: Hashable, Sendable {
    public var before: UInt32
    public var after: UInt32
    public var wanted: UInt32?
    /// Workers of before that are gone, and new ones that live.
    public var gone: UInt32
    public var new: UInt32
    public var elapsed: Duration
    /// What was sent or asked, what was answered, what is missing.
    public var detail: String

    public init(
        before: UInt32 = 0, after: UInt32 = 0, wanted: UInt32? = nil, gone: UInt32 = 0, new: UInt32 = 0,
        elapsed: Duration = .zero, detail: String = ""
    ) {
        self.before = before
        self.after = after
        self.wanted = wanted
        self.gone = gone
        self.new = new
        self.elapsed = elapsed
        self.detail = detail
    }
}

/// What a command came to.
public enum Verdict: Hashable, Sendable {
    /// The old worker is gone and a new one of the same group lived for the stability window.
    case replaced(RestartEvidence)
    /// The old worker is gone; no new one came.
    case notReplaced(RestartEvidence)
    /// The worker was no longer the one on the screen. Nothing was signalled.
    case targetChanged
    /// Nothing was signalled.
    case refused(Refusal)
    /// A check, a manager or a master did not come to an end in its time.
    case timedOut(RestartEvidence)
    /// The old worker is dead, nobody reaped it, and nothing came in its place.
    case zombieLeft(RestartEvidence)
    /// The old worker is gone, and a process that is not of its group holds the group's port.
    case orphanHoldsPort(RestartEvidence, PortOrphan)
    /// Replacements came and ended at once, at least twice.
    case crashLoop(RestartEvidence)
    /// The old worker is still there after SIGKILL (uninterruptible sleep).
    case unkillable(RestartEvidence)
    /// A replacement lives, but what was asked of it (lag, ready check) did not hold.
    case notReady(RestartEvidence)
    /// The manager that had to be asked did not do it; `detail` says what it answered.
    case managerFailed(RestartEvidence)
    /// The agent ended between its intent and a result: never run again, and this is what is there now.
    case interrupted(Interruption)
    /// An action on a group came to what it was to come to.
    case done(GroupEvidence)
    /// It did not.
    case failed(GroupEvidence)
    /// A roll ended: finished, failed or aborted.
    case rolled(RollSummary)
    /// Of a dry run.
    case planned(Plan)
}

/// What an agent found of a command that an earlier run of it left unfinished.
public struct Interruption: Hashable, Sendable {
    /// The old worker still lives as the same process; `nil` for commands on a group.
    public var targetLives: Bool?
    /// A worker of the group in the target's slot that started after the intent; where none has that slot and the target is
    /// gone, the first of those that started since.
    public var replacement: WorkerID?
    /// Workers of the group now.
    public var workers: UInt32
    /// What the log knows of how far it had got, in words.
    public var detail: String

    public init(targetLives: Bool?, replacement: WorkerID?, workers: UInt32, detail: String = "") {
        self.targetLives = targetLives
        self.replacement = replacement
        self.workers = workers
        self.detail = detail
    }
}

/// The final answer to a command, seen by every subscriber.
public struct Outcome: Hashable, Sendable {
    public var id: CommandID
    public var action: Action
    public var target: CommandTarget
    /// Who asked, as the agent authenticated them (`user/ada`, `uid/1000`). Hostile until drawn through `SafeText`.
    public var issuer: String
    public var verdict: Verdict

    public init(id: CommandID, action: Action, target: CommandTarget, issuer: String, verdict: Verdict) {
        self.id = id
        self.action = action
        self.target = target
        self.issuer = issuer
        self.verdict = verdict
    }
}

/// What whoever sent a command hears about it.
public enum CommandReply: Hashable, Sendable {
    case accepted(CommandID)
    case outcome(Outcome)
}
