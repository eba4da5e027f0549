import Model

/// The stable number of each worker within its group, from 1.
///
/// A worker that publishes a number has that one, whoever else would have it. Another one keeps what it has; a newcomer
/// takes the slot of the worker that ended, of several the one whose worker ended last (what has been free for long was one
/// too many, as after a scale down), and else the lowest free one. An agent that starts anew gives everybody the slot of before (`KeptMemory`), and numbers those it does not know by their age.
struct SlotTable: Sendable {
    /// A worker that lives.
    struct Claim: Hashable, Sendable {
        var worker: WorkerID
        /// The number it publishes; unique among the workers of its group.
        var published: UInt32?
        /// The slot it had in another group.
        var earlier: UInt32?

        init(_ worker: WorkerID, published: UInt32? = nil, earlier: UInt32? = nil) {
            self.worker = worker
            self.published = published == 0 ? nil : published
            self.earlier = earlier == 0 ? nil : earlier
        }
    }

    fileprivate struct Group {
        var taken: [UInt32: WorkerID] = [:]
        /// Slots whose workers ended, the first to end first.
        var freed: [UInt32] = []
    }

    /// Slots of the dead that are kept in mind for each group.
    static let freedLimit = 1024

    private var groups: [String: Group] = [:]

    /// The slots of all living workers of a group. Who had one and is not among them has left it.
    mutating func assign(_ claims: [Claim], in key: String) -> [WorkerID: UInt32] {
        var group = groups[key] ?? Group()
        let living = Set(claims.map(\.worker))
        for (slot, worker) in group.taken.sorted(by: { $0.key < $1.key }) where !living.contains(worker) {
            group.free(slot)
        }
        var slots: [WorkerID: UInt32] = [:]
        for claim in claims {
            if let number = claim.published { slots[claim.worker] = number }
        }
        var taken = Set(slots.values)
        for (slot, worker) in group.taken where slots[worker] == nil && taken.insert(slot).inserted {
            slots[worker] = slot
        }
        // By age: pids may have begun anew, so ticks come first.
        let newcomers = claims.filter { slots[$0.worker] == nil }.sorted {
            ($0.worker.startTicks, $0.worker.pid) < ($1.worker.startTicks, $1.worker.pid)
        }
        for claim in newcomers {
            let slot = group.place(for: claim, besides: taken)
            taken.insert(slot)
            slots[claim.worker] = slot
        }
        group.freed.removeAll(where: taken.contains)
        group.taken = Dictionary(slots.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        groups[key] = group
        return slots
    }

    /// That of the next newcomer, where it publishes none.
    func next(in key: String) -> UInt32 {
        let group = groups[key] ?? Group()
        return group.next(besides: Set(group.taken.keys))
    }

    /// The worker ended, or is none of the group any more.
    mutating func release(_ worker: WorkerID, in key: String) {
        guard let slot = groups[key]?.taken.first(where: { $0.value == worker })?.key else { return }
        groups[key]?.free(slot)
    }

    /// Who has which slot, ascending, and then the free ones.
    func kept(of key: String) -> [KeptGroup.Slot] {
        guard let group = groups[key] else { return [] }
        let taken = group.taken.sorted { $0.key < $1.key }.map { slot, worker in
            KeptGroup.Slot(
                number: slot, worker: KeptProcess(ProcessRef(pid: worker.pid, startTicks: worker.startTicks)))
        }
        return taken + group.freed.map { KeptGroup.Slot(number: $0, worker: nil) }
    }

    /// As an earlier run of this boot had it, before anybody claims one.
    mutating func restore(_ slots: [KeptGroup.Slot], of key: String, boot: BootID) {
        var group = Group()
        for slot in slots where slot.number > 0 {
            guard let worker = slot.worker else {
                group.free(slot.number)
                continue
            }
            group.taken[slot.number] = WorkerID(boot: boot, pid: worker.pid, startTicks: worker.ticks)
        }
        groups[key] = group
    }

    /// The groups of other keys are forgotten.
    mutating func keep(_ isKept: (String) -> Bool) { groups = groups.filter { isKept($0.key) } }
}

extension SlotTable.Group {
    fileprivate mutating func free(_ slot: UInt32) {
        taken[slot] = nil
        freed.append(slot)
        if freed.count > SlotTable.freedLimit { freed.removeFirst() }
    }

    fileprivate func place(for claim: SlotTable.Claim, besides taken: Set<UInt32>) -> UInt32 {
        if let earlier = claim.earlier, !taken.contains(earlier) { return earlier }
        return next(besides: taken)
    }

    fileprivate func next(besides taken: Set<UInt32>) -> UInt32 {
        if let slot = freed.last(where: { !taken.contains($0) }) { return slot }
        var slot: UInt32 = 1
        while taken.contains(slot), slot < .max { slot += 1 }
        return slot
    }
}
