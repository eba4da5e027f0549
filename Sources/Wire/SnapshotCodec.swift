internal import Model

/// The content of a snapshot: everything but its sequence, which the message holds.
extension Writer {
    mutating func content(of snapshot: Snapshot) {
        let snapshot = snapshot.isAsSent ? snapshot : snapshot.asSent
        let start = bytes.count
        write(snapshot, budget: .one(of: snapshot.workers.count))
        // Only a snapshot with the largest possible values everywhere gets here; this is what it can spare.
        if bytes.count - start > Limits.contentBytes {
            rewind(to: start)
            write(snapshot, budget: .bare)
        }
    }

    private mutating func write(_ snapshot: Snapshot, budget: WorkerBudget) {
        instant(snapshot.monotonic)
        wall(snapshot.wall)
        number(snapshot.limitations.rawValue)
        snapshot.host.write(to: &self)
        parts(snapshot.troubles, limit: Limits.troubles)
        var groupContext = GroupContext(isBare: budget.isBare)
        list(snapshot.groups, context: &groupContext)
        var workerContext = WorkerContext(groups: snapshot.groups, budget: budget)
        list(snapshot.workers, context: &workerContext)
    }
}

extension Snapshot {
    init(sequence: UInt64, from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let monotonic = try reader.instant("monotonic", in: bytes)
        let wall = try reader.wall("wall", in: bytes)
        let limitations = Limitations(rawValue: try reader.number("limitations", in: bytes))
        let host = try HostRow(from: &reader, in: bytes)
        let troubles: [HostTrouble] = try reader.parts("troubles", limit: Limits.troubles, in: bytes)
        var groupContext = GroupContext()
        let groups: [GroupEntry] = try reader.list(context: &groupContext, in: bytes)
        var workerContext = WorkerContext(groups: groups)
        self.init(
            sequence: sequence, monotonic: monotonic, wall: wall, limitations: limitations, host: host,
            troubles: troubles, groups: groups, workers: try reader.list(context: &workerContext, in: bytes))
    }
}
