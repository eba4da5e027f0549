import Model

/// The connections of all groups, as their last looks found them.
struct ConnectionTable: Sendable {
    private var groups: [String: GroupConnections] = [:]
    /// The group and the place within its last look.
    private var places: [WorkerID: (key: String, index: Int)] = [:]

    /// A later look of the same group replaces an earlier one, and is compared with it.
    mutating func take(_ look: ConnectionLook) {
        for worker in groups[look.key]?.look.workers ?? [] where places[worker.id]?.key == look.key {
            places[worker.id] = nil
        }
        for (index, worker) in look.workers.enumerated() { places[worker.id] = (look.key, index) }
        if groups[look.key] != nil {
            groups[look.key]?.take(look)
        } else {
            groups[look.key] = GroupConnections(look)
        }
    }

    /// Forgets all other groups.
    mutating func keep(only keys: Set<String>) {
        guard groups.contains(where: { !keys.contains($0.key) }) else { return }
        groups = groups.filter { keys.contains($0.key) }
        places = places.filter { keys.contains($0.value.key) }
    }

    /// `nil` where there was no look at it, or it may not be looked at.
    func report(for target: CommandTarget) -> ConnectionReport? {
        switch target {
        case .group(let group): groups[group.key]?.report()
        case .worker(let id): places[id].flatMap { groups[$0.key]?.report(worker: $0.index) }
        }
    }
}
