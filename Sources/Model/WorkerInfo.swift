/// What does not change while a worker lives. Sent once.
public struct WorkerInfo: Hashable, Sendable {
    public var id: WorkerID
    public var parentPID: Int32
    /// `GroupInfo.key` of the group it belongs to.
    public var groupKey: String
    /// Its stable number within the group, from 1; a replacement takes the slot of the worker that ended. Where the worker
    /// publishes a number (puma, unicorn, PM2, a template instance), it is that number, plus one where those begin at 0.
    public var slot: UInt32
    /// Real user id. Source: `/proc/<pid>/status`, `Uid`.
    public var uid: UInt32
    /// Kernel name, up to 15 bytes. Text of another process: hostile until drawn through `SafeText`.
    public var name: String
    /// Command line with secrets replaced by `‹redacted›`. Hostile until drawn through `SafeText`.
    public var arguments: [String]
    /// When it started, on the agent's wall clock.
    public var started: WallTime
    /// Who keeps this very process, where that is not its master.
    public var manager: Manager?
    /// How many descriptors it may have open. It may be given others while it lives. Source: `/proc/<pid>/limits`, the soft
    /// "Max open files".
    public var openFilesLimit: UInt64?
    /// Wrappers above and helpers below it that serve nobody themselves; their cost is in the row's `folded…` columns.
    public var folded: [FoldedProcess]

    public init(
        id: WorkerID, parentPID: Int32, groupKey: String, slot: UInt32, uid: UInt32, name: String,
        arguments: [String], started: WallTime, manager: Manager? = nil, openFilesLimit: UInt64? = nil,
        folded: [FoldedProcess] = []
    ) {
        self.id = id
        self.parentPID = parentPID
        self.groupKey = groupKey
        self.slot = slot
        self.uid = uid
        self.name = name
        self.arguments = arguments
        self.started = started
        self.manager = manager
        self.openFilesLimit = openFilesLimit
        self.folded = folded
    }
}

/// A process that is shown within the row of the worker it serves.
public struct FoldedProcess: Hashable, Sendable {
    /// The raw value is its number on the wire: never reused.
    public enum Role: UInt8, Sendable, CaseIterable {
        /// Above the worker, and only waits for it: `npm start`, `sh -c`, `dotenv run`.
        case wrapper = 1
        /// Below the worker, and serves it: Python's `resource_tracker`, a child without a loop.
        case helper = 2
    }

    public var process: ProcessRef
    public var role: Role
    /// Program and what it runs, short: `npm start`. Hostile until drawn through `SafeText`.
    public var title: String

    public init(process: ProcessRef, role: Role, title: String) {
        self.process = process
        self.role = role
        self.title = title
    }
}
