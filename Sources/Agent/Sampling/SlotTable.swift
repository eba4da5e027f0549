import Model

/// The stable number of each worker within its group, from 1. A newcomer takes the lowest free number, which is that of
/// the worker that ended.
struct SlotTable: Sendable {
    private var taken: [String: [UInt32: WorkerID]] = [:]

    /// The slot of `worker`, given now if it has none yet: the one it had elsewhere where that is free, else the lowest.
    mutating func slot(of worker: WorkerID, in group: String, preferring wish: UInt32? = nil) -> UInt32 {
        var slots = taken[group] ?? [:]
        if let held = slots.first(where: { $0.value == worker }) { return held.key }
        var free: UInt32 = 1
        if let wish, wish > 0, slots[wish] == nil { free = wish }
        while slots[free] != nil { free += 1 }
        slots[free] = worker
        taken[group] = slots
        return free
    }

    mutating func release(_ worker: WorkerID, in group: String) {
        guard let slot = taken[group]?.first(where: { $0.value == worker })?.key else { return }
        taken[group]?[slot] = nil
        if taken[group]?.isEmpty == true { taken[group] = nil }
    }
}
