import Model
import TestSupport
import Testing

@testable import Agent

/// Two workers of one pid are two workers.
private func worker(_ pid: Int32, ticks: UInt64 = 100) -> WorkerID {
    WorkerID(boot: BootID(high: 1, low: 2), pid: pid, startTicks: ticks)
}

@Suite struct SlotTableTests {
    /// The slots of these workers, in their order.
    private static func slots(_ table: inout SlotTable, _ claims: [SlotTable.Claim], in key: String = "web") -> [UInt32]
    {
        let slots = table.assign(claims, in: key)
        #expect(Set(slots.values).count == claims.count)
        #expect(slots.values.allSatisfy { $0 > 0 })
        return claims.map { slots[$0.worker] ?? 0 }
    }

    private static func slots(_ table: inout SlotTable, _ pids: Int32..., in key: String = "web") -> [UInt32] {
        slots(&table, pids.map { SlotTable.Claim(worker($0)) }, in: key)
    }

    @Test func slotsCountFromOneByAge() {
        var table = SlotTable()
        let claims = [worker(9, ticks: 1), worker(3, ticks: 7), worker(2, ticks: 7)].map { SlotTable.Claim($0) }
        #expect(Self.slots(&table, claims) == [1, 3, 2])
    }

    /// The youngest has the lowest slot, since it replaced the first one.
    @Test func everybodyKeepsItsSlotWhenTheAgentStartsAnew() {
        var table = SlotTable()
        _ = Self.slots(&table, 1, 2, 3)
        table.release(worker(1), in: "web")
        #expect(Self.slots(&table, 2, 3, 9) == [2, 3, 1])
        var next = SlotTable()
        next.restore(table.kept(of: "web"), of: "web", boot: BootID(high: 1, low: 2))
        #expect(Self.slots(&next, 2, 3, 9) == [2, 3, 1])
        // Who ended meanwhile left its slot to who came meanwhile.
        var later = SlotTable()
        later.restore(table.kept(of: "web"), of: "web", boot: BootID(high: 1, low: 2))
        #expect(Self.slots(&later, 3, 9, 10) == [3, 1, 2])
    }

    @Test func aWorkerKeepsItsSlot() {
        var table = SlotTable()
        #expect(Self.slots(&table, 1, 2) == [1, 2])
        table.release(worker(1), in: "web")
        #expect(Self.slots(&table, 2) == [2])
        #expect(Self.slots(&table, 2) == [2])
    }

    @Test func aReplacementTakesTheSlotOfWhoEnded() {
        var table = SlotTable()
        _ = Self.slots(&table, 1, 2, 3, 4)
        table.release(worker(2), in: "web")
        #expect(Self.slots(&table, 1, 3, 4, 9) == [1, 3, 4, 2])
        #expect(Self.slots(&table, 1, 3, 4, 9, 10) == [1, 3, 4, 2, 5])
    }

    @Test func ofSeveralTheLastToEndIsFollowedFirst() {
        var table = SlotTable()
        _ = Self.slots(&table, 1, 2, 3, 4)
        table.release(worker(3), in: "web")
        table.release(worker(1), in: "web")
        #expect(Self.slots(&table, 2, 4, 8) == [2, 4, 1])
        #expect(Self.slots(&table, 2, 4, 8, 9) == [2, 4, 1, 3])
    }

    /// A scale down leaves a slot empty, which is nobody's while others are restarted.
    @Test func whatWasOneTooManyIsNotFilledByARestart() {
        var table = SlotTable()
        _ = Self.slots(&table, 1, 2, 3, 4)
        table.release(worker(1), in: "web")
        #expect(Self.slots(&table, 2, 3, 4) == [2, 3, 4])
        for (old, new, others) in [(2, 12, [3, 4]), (3, 13, [12, 4]), (4, 14, [12, 13])] as [(Int32, Int32, [Int32])] {
            let slot = Self.slots(&table, [SlotTable.Claim(worker(old))] + others.map { SlotTable.Claim(worker($0)) })[
                0]
            table.release(worker(old), in: "web")
            #expect(
                Self.slots(&table, [SlotTable.Claim(worker(new))] + others.map { SlotTable.Claim(worker($0)) })[0]
                    == slot)
        }
    }

    @Test func whoIsMissingHasLeft() {
        var table = SlotTable()
        _ = Self.slots(&table, 1, 2)
        #expect(Self.slots(&table, 2, 3) == [2, 1])
    }

    @Test func aPublishedNumberIsTheSlot() {
        var table = SlotTable()
        let claims = [
            SlotTable.Claim(worker(1), published: 4), .init(worker(2)), .init(worker(3), published: 1),
            .init(worker(4), published: 0),
        ]
        #expect(Self.slots(&table, claims) == [4, 2, 1, 3])
    }

    /// A worker gives itself its title a moment after it was forked.
    @Test func whoPublishesALivingOnesSlotHasIt() {
        var table = SlotTable()
        #expect(Self.slots(&table, 1, 2, 3) == [1, 2, 3])
        let claims = [SlotTable.Claim(worker(1), published: 2), .init(worker(2), published: 1), .init(worker(3))]
        #expect(Self.slots(&table, claims) == [2, 1, 3])
        let moved = [SlotTable.Claim(worker(1), published: 3), .init(worker(2), published: 1), .init(worker(3))]
        #expect(Self.slots(&table, moved) == [3, 1, 2])
    }

    @Test func whoComesFromAnotherGroupKeepsItsNumberWhereItIsFree() {
        var table = SlotTable()
        _ = Self.slots(&table, 1, 2)
        let claims = [
            SlotTable.Claim(worker(1)), .init(worker(2)), .init(worker(3), earlier: 7), .init(worker(4), earlier: 2),
        ]
        #expect(Self.slots(&table, claims) == [1, 2, 7, 3])
    }

    @Test func aPidGivenAwayAgainIsAnotherWorker() {
        var table = SlotTable()
        let claims = [SlotTable.Claim(worker(7, ticks: 1)), .init(worker(7, ticks: 2))]
        #expect(Self.slots(&table, claims) == [1, 2])
    }

    @Test func groupsDoNotShareSlots() {
        var table = SlotTable()
        _ = Self.slots(&table, 1)
        #expect(Self.slots(&table, 2, in: "api") == [1])
    }

    @Test func releasingAStrangerChangesNothing() {
        var table = SlotTable()
        _ = Self.slots(&table, 1)
        table.release(worker(2), in: "web")
        table.release(worker(1), in: "api")
        #expect(Self.slots(&table, 1, 3) == [1, 2])
    }

    @Test func aForgottenGroupBeginsAnew() {
        var table = SlotTable()
        _ = Self.slots(&table, 1, 2)
        table.release(worker(1), in: "web")
        table.release(worker(2), in: "web")
        table.keep { $0 != "web" }
        #expect(Self.slots(&table, 3) == [1])
    }

    /// Whatever comes and goes: every worker has one slot, no two have the same, and nobody who publishes nothing moves.
    @Test func slotsAreUniqueAndStable() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<50 {
            var table = SlotTable()
            var living: [WorkerID: (published: UInt32?, slot: UInt32)] = [:]
            var next: Int32 = 1
            for _ in 0..<60 {
                for id in living.keys where Int.random(in: 0..<5, using: &random) == 0 {
                    living[id] = nil
                    if Bool.random(using: &random) { table.release(id, in: "web") }
                }
                let numbers = Set(living.values.compactMap(\.published))
                var claims = living.map { SlotTable.Claim($0.key, published: $0.value.published) }
                for _ in 0..<Int.random(in: 0..<4, using: &random) {
                    let wish = UInt32.random(in: 1...6, using: &random)
                    let isFree = !numbers.contains(wish) && !claims.contains { $0.published == wish }
                    claims.append(.init(worker(next), published: isFree && Bool.random(using: &random) ? wish : nil))
                    next += 1
                }
                let slots = table.assign(claims, in: "web")
                #expect(slots.count == claims.count)
                #expect(Set(slots.values).count == claims.count)
                for claim in claims {
                    if let number = claim.published { #expect(slots[claim.worker] == number) }
                    if let before = living[claim.worker], claim.published == nil,
                        !claims.contains(where: { $0.published == before.slot })
                    {
                        #expect(slots[claim.worker] == before.slot)
                    }
                    living[claim.worker] = (claim.published, slots[claim.worker] ?? 0)
                }
            }
        }
    }
}
