/// What is asked of an agent: a closed set. The raw value is its number on the wire: never reused.
public enum Action: UInt8, Sendable, CaseIterable {
    /// One worker: it ends, and a new one takes its place.
    case restart = 1
    /// All workers of a group, a few at a time, each as by `restart`.
    case roll = 2
    /// The group's master renews its workers by itself (nginx HUP, puma USR1).
    case reload = 3
    /// One signal of an allow-list to one worker or to a group's master; nothing more is claimed.
    case signal = 4
    /// The group's master is made to have more or fewer workers.
    case scale = 5
    /// The group's manager stops it.
    case stop = 6
    case start = 7
    /// A roll: no further worker is begun; the one under way ends.
    case pause = 8
    case resume = 9
    /// A roll ends where it is; the rest stays untouched.
    case abort = 10
    /// Nobody but the issuer may act on the group for a minute; sent again to renew. For rolls over several hosts.
    case hold = 11
    case release = 12

    /// As a person reads it, and as policies and audit lines spell it.
    public var word: String {
        switch self {
        case .restart: "restart"
        case .roll: "roll"
        case .reload: "reload"
        case .signal: "signal"
        case .scale: "scale"
        case .stop: "stop"
        case .start: "start"
        case .pause: "pause"
        case .resume: "resume"
        case .abort: "abort"
        case .hold: "hold"
        case .release: "release"
        }
    }
}

/// A group as the operator saw it; the agent refuses when it has another master by now.
public struct GroupTarget: Hashable, Sendable {
    public var boot: BootID
    public var key: String
    public var master: ProcessRef?

    public init(boot: BootID, key: String, master: ProcessRef?) {
        self.boot = boot
        self.key = key
        self.master = master
    }
}

/// What a command is aimed at.
public enum CommandTarget: Hashable, Sendable {
    /// The worker as the operator saw it; the agent refuses when it is no longer that one.
    case worker(WorkerID)
    case group(GroupTarget)

    public var worker: WorkerID? {
        if case .worker(let id) = self { id } else { nil }
    }

    public var group: GroupTarget? {
        if case .group(let target) = self { target } else { nil }
    }
}

/// A request with an id. Who asks comes from the session, never from the command.
public struct Command: Hashable, Sendable {
    public var id: CommandID
    public var action: Action
    public var target: CommandTarget
    public var parameters: CommandParameters
    /// How long after receipt the command may still begin.
    public var timeToLive: Duration
    /// Between the polite and the final signal.
    public var grace: Duration

    public init(
        id: CommandID, action: Action, target: CommandTarget, parameters: CommandParameters = CommandParameters(),
        timeToLive: Duration = .seconds(15), grace: Duration = .seconds(10)
    ) {
        self.id = id
        self.action = action
        self.target = target
        self.parameters = parameters
        self.timeToLive = timeToLive
        self.grace = grace
    }
}

/// What an action needs to be told beside its target.
public struct CommandParameters: Hashable, Sendable {
    /// Nothing is done; the outcome is the plan.
    public var dryRun: Bool
    /// The operator was shown the plan's warnings and wants it all the same.
    public var warned: Bool
    /// For `signal`.
    public var signal: UInt8?
    /// For `scale`.
    public var size: Scale?
    /// For `roll`, and `ready` and `stable` also for `restart`.
    public var roll: RollOptions
    /// For `pause`, `resume` and `abort`: the roll, by its command.
    public var subject: CommandID?
    /// Why, in the operator's words; for the audit.
    public var reason: String

    public init(
        dryRun: Bool = false, warned: Bool = false, signal: UInt8? = nil, size: Scale? = nil,
        roll: RollOptions = RollOptions(), subject: CommandID? = nil, reason: String = ""
    ) {
        self.dryRun = dryRun
        self.warned = warned
        self.signal = signal
        self.size = size
        self.roll = roll
        self.subject = subject
        self.reason = reason
    }
}

/// How many workers a group is to have.
public enum Scale: Hashable, Sendable {
    case by(Int32)
    case to(UInt32)
}

/// How carefully workers are replaced.
public struct RollOptions: Hashable, Sendable {
    /// Workers that may be down at a time.
    public var maxUnavailable: UInt32
    /// How long a replacement has to live.
    public var stable: Duration
    /// The replacement's longest stretch has to be below this while it proves itself.
    public var lagBelow: Duration?
    /// What has to answer before the next is begun.
    public var ready: ReadyCheck?
    /// The hold under which a roll over several hosts runs: it pauses when the hold is over.
    public var hold: CommandID?

    public init(
        maxUnavailable: UInt32 = 1, stable: Duration = .seconds(2), lagBelow: Duration? = nil,
        ready: ReadyCheck? = nil, hold: CommandID? = nil
    ) {
        self.maxUnavailable = maxUnavailable
        self.stable = stable
        self.lagBelow = lagBelow
        self.ready = ready
        self.hold = hold
    }
}

/// What tells that a group serves again; asked on the host itself, in the workers' network namespace where it may.
public enum ReadyCheck: Hashable, Sendable {
    /// The port accepts a connection.
    case tcp(port: UInt16)
    /// `GET path` on the port answers with 2xx or 3xx.
    case http(port: UInt16, path: String)
    /// The command that the host's configuration names for the app ends with 0.
    case configured
}

/// Why a command did not begin. Nothing was signalled.
public enum Refusal: Error, Hashable, Sendable {
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
    /// Another command has the group; what it is, whose, since when and until when at most, in words.
    case busy(holder: CommandID, what: String)
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
    /// No group of that key is known.
    case notAGroup
    /// What is asked cannot or must not be done to this kind of process; the reason, and what to do instead.
    case unsuited(String)
    /// The plan warns of something, and the operator has not said that they want it all the same.
    case warning(String)
    /// Somebody else holds the group.
    case held(by: String, left: Duration)
    /// A limit of the policy: the rule, in words.
    case limit(app: String, rule: String)
    /// There is no such roll, or it cannot do that in its state.
    case noSuchRoll
}

/// How a process ended, where the kernel told.
public enum ExitStatus: Hashable, Sendable {
    case code(UInt8)
    case signal(UInt8)
}
