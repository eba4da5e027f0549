/// Which processes a user wants watched; without limits, all.
public struct Scope: Sendable {
    /// Only this process and what descends from it.
    public var underPID: Int32?
    /// Asked with the joined command line of a worker and, where there is one, of its master; either will do.
    public var match: (@Sendable (String) -> Bool)?
    /// Never workers: the agent itself and its ancestors. They may still be named as a master.
    public var excludedPIDs: Set<Int32>

    public init(
        underPID: Int32? = nil, match: (@Sendable (String) -> Bool)? = nil, excludedPIDs: Set<Int32> = []
    ) {
        self.underPID = underPID
        self.match = match
        self.excludedPIDs = excludedPIDs
    }

    func admits(_ worker: Int, master: Int?, in scene: Scene) -> Bool {
        let entry = scene.entries[worker]
        if excludedPIDs.contains(entry.pid) { return false }
        if let underPID, !scene.table.isWithin(entry, pid: underPID) { return false }
        guard let match else { return true }
        return match(entry.joinedArguments) || master.map { match(scene.entries[$0].joinedArguments) } ?? false
    }
}
