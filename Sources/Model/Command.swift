/// What is asked of an agent: a closed set. The raw value is its number on the wire: never reused.
public enum Action: UInt8, Sendable, CaseIterable {
    case restart = 1
}

/// A request with an id. Who asks comes from the session, never from the command.
public struct Command: Hashable, Sendable {
    public var id: CommandID
    public var action: Action
    /// The worker as the operator saw it; the agent refuses when it is no longer that one.
    public var target: WorkerID
    /// How long after receipt the command may still begin.
    public var timeToLive: Duration
    /// Between the polite and the final signal.
    public var grace: Duration

    public init(
        id: CommandID, action: Action, target: WorkerID, timeToLive: Duration = .seconds(15),
        grace: Duration = .seconds(10)
    ) {
        self.id = id
        self.action = action
        self.target = target
        self.timeToLive = timeToLive
        self.grace = grace
    }
}

/// Why a command did not begin. Nothing was signalled.
public enum Refusal: Hashable, Sendable {
    /// The issuer's role is too weak: `app` needs `needed`.
    case role(app: String, needed: Role, has: Role)
    /// No rule of the host's policy allows the action on this app.
    case policy(app: String)
    /// The agent runs with `--read-only`.
    case readOnly
    /// pid 1, a kernel thread, the agent or one of its ancestors.
    case protectedProcess
    /// Not a worker that this agent watches.
    case notAWorker
    /// Another command holds the group.
    case busy(holder: CommandID)
    /// The command's time to live ended before it could begin.
    case expired
    /// The same id came before with other content.
    case idReused
    /// The kernel forbids it: other user's worker, CAP_KILL missing.
    case notPermitted
    /// The kernel has no pidfds (before 5.3).
    case unsupportedKernel
    /// The audit line could not be written, so nothing may be done.
    case auditUnavailable(errno: Int32)
    /// As many commands as the agent runs at once are under way.
    case tooManyCommands
}

/// How a process ended, where the kernel told.
public enum ExitStatus: Hashable, Sendable {
    case code(UInt8)
    case signal(UInt8)
}

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

    public init(
        signals: [SentSignal] = [], exited: Duration? = nil, exitStatus: ExitStatus? = nil,
        replacement: WorkerID? = nil, replaced: Duration? = nil
    ) {
        self.signals = signals
        self.exited = exited
        self.exitStatus = exitStatus
        self.replacement = replacement
        self.replaced = replaced
    }

    /// Whether it took SIGKILL.
    public var forced: Bool { signals.contains { $0.number == 9 } }
}

/// What a restart came to.
public enum Verdict: Hashable, Sendable {
    /// The old worker is gone and a new one of the same group lived for the stability window.
    case replaced(RestartEvidence)
    /// The old worker is gone; no new one came, or the one that came ended at once.
    case notReplaced(RestartEvidence)
    /// The worker was no longer the one on the screen. Nothing was signalled.
    case targetChanged
    /// Nothing was signalled.
    case refused(Refusal)
    /// The old worker is still there after SIGKILL (uninterruptible sleep).
    case timedOut(RestartEvidence)
}

/// The final answer to a command, seen by every subscriber.
public struct Outcome: Hashable, Sendable {
    public var id: CommandID
    public var action: Action
    public var target: WorkerID
    /// Who asked, as the agent authenticated them (`user/ada`, `uid/1000`). Hostile until drawn through `SafeText`.
    public var issuer: String
    public var verdict: Verdict

    public init(id: CommandID, action: Action, target: WorkerID, issuer: String, verdict: Verdict) {
        self.id = id
        self.action = action
        self.target = target
        self.issuer = issuer
        self.verdict = verdict
    }
}
