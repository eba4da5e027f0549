public import Model

/// A living worker as a sweep saw it: what a command needs to know of it.
public struct LiveWorker: Hashable, Sendable {
    public var id: WorkerID
    public var groupKey: String
    /// What a person calls the group; policy is decided by it.
    public var app: String
    public var slot: UInt32
    public var uid: UInt32
    /// Who keeps this very process, where that is not its master.
    public var link: ManagerLink?
    /// Longest stretch of its loop in the last window, an open stall included; `nil` where unknown or only "at most".
    public var lagMicroseconds: UInt64?
    /// When the agent first saw it.
    public var seen: MonotonicInstant

    public init(
        id: WorkerID, groupKey: String, app: String, slot: UInt32, uid: UInt32 = 0, link: ManagerLink? = nil,
        lagMicroseconds: UInt64? = nil, seen: MonotonicInstant
    ) {
        self.id = id
        self.groupKey = groupKey
        self.app = app
        self.slot = slot
        self.uid = uid
        self.link = link
        self.lagMicroseconds = lagMicroseconds
        self.seen = seen
    }
}

/// A group as a sweep saw it, with what its host knows of how it is run.
public struct LiveGroup: Hashable, Sendable {
    public var info: GroupInfo
    /// Who keeps the master, or all workers where they have none.
    public var link: ManagerLink?
    /// User of the master, or of the workers where they have none.
    public var uid: UInt32
    /// Version of the server program where it matters (uvicorn), as found beside it; `nil` when not known.
    public var serverVersion: String?
    /// The master's command line, to tell its options (preload, cheaper, …). Never shown, never sent.
    public var masterArguments: [String]
    /// What the configuration says of the app.
    public var rule: AppStrategy?
    /// Program file of the master, or of the workers where they have none; `nil` where the agent may not know. Policy can
    /// be tied to it.
    public var executable: String?

    public init(
        info: GroupInfo, link: ManagerLink? = nil, uid: UInt32 = 0, serverVersion: String? = nil,
        masterArguments: [String] = [], rule: AppStrategy? = nil, executable: String? = nil
    ) {
        self.info = info
        self.link = link
        self.uid = uid
        self.serverVersion = serverVersion
        self.masterArguments = masterArguments
        self.rule = rule
        self.executable = executable
    }
}

/// How the configuration wants an app to be treated; wins over the playbook.
public struct AppStrategy: Hashable, Sendable {
    /// Signals instead of the playbook's.
    public var restartSignal: UInt8?
    public var reloadSignal: UInt8?
    /// Argument vectors, never a shell; `{pid}`, `{slot}`, `{master}` and `{app}` stand for what they say.
    public var restartCommand: [String]?
    public var reloadCommand: [String]?
    public var stopCommand: [String]?
    public var startCommand: [String]?
    /// Ends with 0 when the group serves.
    public var readyCommand: [String]?
    /// Whom the commands run as; `nil`: the agent's own user.
    public var runAs: UInt32?
    public var grace: Duration?
    /// How long a replacement may take; the usual 15 s otherwise.
    public var replacementLimit: Duration?

    public init(
        restartSignal: UInt8? = nil, reloadSignal: UInt8? = nil, restartCommand: [String]? = nil,
        reloadCommand: [String]? = nil, stopCommand: [String]? = nil, startCommand: [String]? = nil,
        readyCommand: [String]? = nil, runAs: UInt32? = nil, grace: Duration? = nil, replacementLimit: Duration? = nil
    ) {
        self.restartSignal = restartSignal
        self.reloadSignal = reloadSignal
        self.restartCommand = restartCommand
        self.reloadCommand = reloadCommand
        self.stopCommand = stopCommand
        self.startCommand = startCommand
        self.readyCommand = readyCommand
        self.runAs = runAs
        self.grace = grace
        self.replacementLimit = replacementLimit
    }
}
