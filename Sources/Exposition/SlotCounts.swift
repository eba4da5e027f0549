public import Model

/// What is counted of each slot of one host for as long as the slot lives, whichever worker is in it: from the snapshots, one
/// after the other. A count never falls; where a slot is forgotten it begins anew, as after a start of who counts.
///
/// Takes about 250 bytes for a worker, and nothing grows while nobody comes or goes.
public struct SlotCounts: Sendable {
    struct Slot: Hashable, Sendable {
        var groupKey: String
        var number: UInt32
    }

    struct Count: Sendable {
        fileprivate let slot: Slot
        fileprivate var worker: WorkerID
        /// Of that worker.
        fileprivate var stretches: LagHistogram
        /// Of those before it, and of the time before it was watched anew.
        fileprivate var earlier = LagBuckets()
        /// How often another worker was met in the slot.
        private(set) var changes: UInt64 = 0

        fileprivate init(_ entry: WorkerEntry) {
            slot = Slot(entry)
            worker = entry.info.id
            stretches = entry.stretches
        }

        var lag: LagBuckets { earlier.adding(stretches) }

        fileprivate func isOf(_ entry: WorkerEntry) -> Bool {
            worker == entry.info.id && slot.number == entry.info.slot && slot.groupKey == entry.info.groupKey
        }

        fileprivate mutating func take(_ entry: WorkerEntry) {
            if worker != entry.info.id {
                worker = entry.info.id
                changes &+= 1
                earlier.add(stretches)
            } else if stretches == entry.stretches {
                return  // the same array, mostly: no count of it is looked at
            } else if !stretches.isContained(in: entry.stretches) {
                earlier.add(stretches)
            }
            stretches = entry.stretches
        }
    }

    /// So many slots without a worker are kept in mind; with more all of them are forgotten.
    static let mostResting = 4096

    /// One for each worker of the newest snapshot, in its order; `nil` for a worker whose slot another one of it has, too.
    private(set) var living: [Count?] = []
    private var resting: [Slot: Count] = [:]

    public init() {}

    /// The next snapshot of the same host.
    public mutating func take(_ snapshot: Snapshot) {
        guard hasSameWorkers(snapshot) else { return resettle(snapshot) }
        for index in living.indices { living[index]?.take(snapshot.workers[index]) }
    }

    private func hasSameWorkers(_ snapshot: Snapshot) -> Bool {
        guard living.count == snapshot.workers.count else { return false }
        for (index, entry) in snapshot.workers.enumerated() where living[index]?.isOf(entry) != true { return false }
        return true
    }

    private mutating func resettle(_ snapshot: Snapshot) {
        for count in living { if let count { resting[count.slot] = count } }
        var seen: Set<Slot> = []
        living = snapshot.workers.map { entry in
            let slot = Slot(entry)
            guard seen.insert(slot).inserted else { return nil }
            guard var count = resting.removeValue(forKey: slot) else { return Count(entry) }
            count.take(entry)
            return count
        }
        let groups = Set(snapshot.groups.map(\.info.key))
        resting = resting.filter { groups.contains($0.key.groupKey) }
        if resting.count > Self.mostResting { resting = [:] }
    }
}

extension SlotCounts.Slot {
    fileprivate init(_ entry: WorkerEntry) { self.init(groupKey: entry.info.groupKey, number: entry.info.slot) }
}

extension LagHistogram {
    /// Whether no count of it is larger than that of `later`.
    fileprivate func isContained(in later: LagHistogram) -> Bool {
        guard counts.count <= later.counts.count else { return false }
        for (bucket, count) in counts.enumerated() where count > later.counts[bucket] { return false }
        return true
    }
}
