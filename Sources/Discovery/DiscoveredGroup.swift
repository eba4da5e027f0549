public import Model

/// What `discover` found in a table.
public struct Findings: Equatable, Sendable {
    /// Ascending by key.
    public var groups: [DiscoveredGroup]

    public init(groups: [DiscoveredGroup] = []) { self.groups = groups }
}

/// A group as discovery sees it at one time.
public struct DiscoveredGroup: Equatable, Sendable {
    /// `expected` only where the configuration says it, `roll` never: those are memory.
    public var info: GroupInfo
    /// Ascending by process; never empty.
    public var workers: [DiscoveredWorker]
    /// Who keeps the master, or all workers where they have none.
    public var link: ManagerLink?
    /// Which row of the table decided: `gunicorn: title`.
    public var rule: String
    /// What it went by, in a sentence for people. Holds text of processes: hostile until drawn safely.
    public var why: String

    public init(
        info: GroupInfo, workers: [DiscoveredWorker], link: ManagerLink? = nil, rule: String = "", why: String = ""
    ) {
        self.info = info
        self.workers = workers
        self.link = link
        self.rule = rule
        self.why = why
    }
}

/// One worker of a group.
public struct DiscoveredWorker: Equatable, Sendable {
    public var process: ProcessRef
    /// The number it publishes, see `WorkerInfo.slot`; unique in its group: of two that publish the same, the later
    /// started has it. `nil` where it publishes none.
    public var slot: UInt32?
    /// Who keeps this very process, where that is not its master.
    public var link: ManagerLink?
    /// Ascending by process.
    public var folded: [FoldedProcess]
    /// What tells it from its like where they have names: `web_00`, `web@2.service`, a pod.
    public var instance: String?

    public init(
        process: ProcessRef, slot: UInt32? = nil, link: ManagerLink? = nil, folded: [FoldedProcess] = [],
        instance: String? = nil
    ) {
        self.process = process
        self.slot = slot
        self.link = link
        self.folded = folded
        self.instance = instance
    }
}
