/// What does not change while a worker lives. Sent once.
public struct WorkerInfo: Hashable, Sendable {
    public var id: WorkerID
    public var parentPID: Int32
    /// `GroupInfo.key` of the group it belongs to.
    public var groupKey: String
    /// Its stable number within the group, from 1; a replacement takes the slot of the worker that ended.
    public var slot: UInt32
    /// Real user id. Source: `/proc/<pid>/status`, `Uid`.
    public var uid: UInt32
    /// Kernel name, up to 15 bytes. Text of another process: hostile until drawn through `SafeText`.
    public var name: String
    /// Command line with secrets replaced by `‹redacted›`. Hostile until drawn through `SafeText`.
    public var arguments: [String]
    /// When it started, on the agent's wall clock.
    public var started: WallTime

    public init(
        id: WorkerID, parentPID: Int32, groupKey: String, slot: UInt32, uid: UInt32, name: String,
        arguments: [String], started: WallTime
    ) {
        self.id = id
        self.parentPID = parentPID
        self.groupKey = groupKey
        self.slot = slot
        self.uid = uid
        self.name = name
        self.arguments = arguments
        self.started = started
    }
}
