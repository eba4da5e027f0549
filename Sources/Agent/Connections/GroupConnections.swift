import Model

/// The connections of one group: the last look, and what only several looks tell.
struct GroupConnections: Sendable {
    private(set) var look: ConnectionLook
    /// Of connections in which something waits, by inode.
    private var progress: [UInt32: ConnectionProgress] = [:]
    private var tracker = PeerTracker()

    init(_ look: ConnectionLook) {
        self.look = ConnectionLook(key: look.key, at: look.at)
        take(look)
    }

    mutating func take(_ new: ConnectionLook) {
        var seen: [UInt32: MonotonicInstant] = [:]
        seen.reserveCapacity(look.connections.count)
        for connection in look.connections { seen[connection.inode] = connection.firstSeen }
        var waiting: [UInt32: ConnectionProgress] = [:]
        var tracker = self.tracker
        self.tracker = PeerTracker()  // one owner: it is changed in place
        tracker.begin(at: new.at)
        let progress = self.progress
        let slots = new.workers.map(\.slot)
        look = new
        look.update { connection in
            let known = seen[connection.inode]
            connection.firstSeen = known ?? new.at
            if ConnectionProgress.isWorthAWatch(connection) {
                if waiting[connection.inode] == nil {
                    var next = progress[connection.inode]
                    next?.note(connection, at: new.at)
                    waiting[connection.inode] = next ?? ConnectionProgress(connection, at: new.at)
                }
                connection.mark = waiting[connection.inode]?.mark(at: new.at) ?? .none
            }
            if connection.flags.contains(.isAccepted), !connection.flags.contains(.closeWait) {
                tracker.note(connection.peer, slot: slots[Int(connection.worker)], isNew: known == nil)
            }
        }
        tracker.end()
        self.tracker = tracker
        self.progress = waiting
    }

    /// Of the whole group, or of the worker at a place of the look; `nil` where its sockets may not be looked at.
    ///
    /// What is told of stickiness is told of the group: one worker has none of its own.
    func report(worker: Int? = nil) -> ConnectionReport? {
        if let worker {
            guard look.workers[worker].standing == .known else { return nil }
        } else {
            guard look.isKnown else { return nil }
        }
        let ranking = PeerRanking(look, worker: worker)
        return ConnectionReport(
            monotonic: look.at, established: worker.map { look.workers[$0].established } ?? look.established,
            closeWait: worker.map { look.workers[$0].closeWait } ?? look.closeWait,
            listeners: listeners(of: worker), peers: ranking.peers, peerCount: ranking.peerCount,
            stickiness: tracker.stickiness(workers: look.workers.count { $0.standing != .gone }))
    }

    /// The fullest first: that is the one to look at, where each worker has its own.
    private func listeners(of worker: Int?) -> [ListenerReport] {
        look.listeners
            .filter { listener in
                guard let worker else { return true }
                return listener.workers.isEmpty || listener.workers.contains { Int($0) == worker }
            }
            .map { ListenerReport(address: $0.address, queue: $0.queue, limit: $0.limit) }
            .sorted { left, right in
                // By the share that is taken, without a division by a limit of 0.
                let (one, other) = (UInt64(left.queue) * UInt64(right.limit), UInt64(right.queue) * UInt64(left.limit))
                if one != other { return one > other }
                if left.queue != right.queue { return left.queue > right.queue }
                return left.address < right.address
            }
    }
}
