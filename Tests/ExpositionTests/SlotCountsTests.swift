import Model
import TestSupport
import Testing

@testable import Exposition

@Suite struct SlotCountsTests {
    /// By slot: how many stretches, and how many changes.
    static func read(_ counts: SlotCounts, _ snapshot: Snapshot) -> [UInt32: (stretches: UInt64, changes: UInt64)] {
        var found: [UInt32: (UInt64, UInt64)] = [:]
        for (count, entry) in zip(counts.living, snapshot.workers) {
            guard let count else { continue }
            found[entry.info.slot] = (LagBucketsTests.places(count.lag).reduce(0, +), count.changes)
        }
        return found
    }

    static func take(_ snapshots: [[WorkerEntry]]) -> [UInt32: (stretches: UInt64, changes: UInt64)] {
        var counts = SlotCounts()
        for workers in snapshots { counts.take(Samples.snapshot(workers)) }
        return read(counts, Samples.snapshot(snapshots.last ?? []))
    }

    static func entry(_ pid: Int32, _ number: Int, slot: UInt32 = 1) -> WorkerEntry {
        Samples.worker(pid, slot: slot, lengths: Array(repeating: .milliseconds(20), count: number))
    }

    @Test func aRestartGoesOnInTheSlot() {
        let slots = Self.take([[Self.entry(10, 3)], [Self.entry(10, 5)], [Self.entry(11, 0)], [Self.entry(11, 2)]])
        #expect(slots[1]?.stretches == 7 && slots[1]?.changes == 1)
    }

    @Test func aSlotThatIsEmptyForAWhileIsKept() {
        let slots = Self.take([
            [Self.entry(10, 3), Self.entry(20, 1, slot: 2)], [Self.entry(20, 1, slot: 2)], [Self.entry(30, 2)],
        ])
        #expect(slots[1]?.stretches == 5 && slots[1]?.changes == 1)
    }

    @Test func theSameWorkerWatchedAnewIsNoRestart() {
        let slots = Self.take([[Self.entry(10, 3)], [Self.entry(10, 1)], [Self.entry(10, 2)]])
        #expect(slots[1]?.stretches == 5 && slots[1]?.changes == 0)
    }

    @Test func aSlotThatTwoClaimIsToldOnce() {
        let slots = Self.take([[Self.entry(10, 3), Self.entry(20, 9)]])
        #expect(slots[1]?.stretches == 3 && slots.count == 1)
    }

    @Test func aGroupThatIsGoneIsForgotten() {
        var counts = SlotCounts()
        counts.take(Samples.snapshot([Self.entry(10, 3)]))
        counts.take(Samples.snapshot([], groups: []))
        let snapshot = Samples.snapshot([Self.entry(11, 1)])
        counts.take(snapshot)
        #expect(Self.read(counts, snapshot)[1]?.stretches == 1)
    }

    @Test func noMoreSlotsAreKeptThanMayBe() {
        var counts = SlotCounts()
        counts.take(Samples.snapshot((1...4097).map { Self.entry(Int32($0), 1, slot: UInt32($0)) }))
        counts.take(Samples.snapshot([]))
        let snapshot = Samples.snapshot([Self.entry(5000, 1, slot: 1)])
        counts.take(snapshot)
        #expect(Self.read(counts, snapshot)[1]?.stretches == 1)
    }

    /// Workers come, go, change slots and are watched anew.
    @Test func noCountFallsWhileItsSlotIsTold() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<50 {
            var counts = SlotCounts()
            var before: [UInt32: (stretches: UInt64, changes: UInt64)] = [:]
            var stretches: [Int32: Int] = [:]
            for _ in 0..<60 {
                var workers: [WorkerEntry] = []
                var slots = Array(1...UInt32(6)).shuffled(using: &random)
                for pid in Int32(1)...8 where !slots.isEmpty && Bool.random(using: &random) {
                    let isAnew = Int.random(in: 0..<8, using: &random) == 0
                    let number = isAnew ? 0 : (stretches[pid] ?? 0) + Int.random(in: 0..<3, using: &random)
                    stretches[pid] = number
                    workers.append(Self.entry(pid, number, slot: slots.removeLast()))
                }
                let snapshot = Samples.snapshot(workers)
                counts.take(snapshot)
                let now = Self.read(counts, snapshot)
                #expect(now.count == workers.count)
                for (slot, count) in now {
                    let earlier = before[slot] ?? (0, 0)
                    #expect(count.stretches >= earlier.stretches && count.changes >= earlier.changes)
                    before[slot] = count
                }
            }
        }
    }
}
