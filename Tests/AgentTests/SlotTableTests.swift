import Model
import Testing

@testable import Agent

/// Two workers of one pid are two workers.
private func worker(_ pid: Int32, ticks: UInt64 = 100) -> WorkerID {
    WorkerID(boot: BootID(high: 1, low: 2), pid: pid, startTicks: ticks)
}

@Suite struct SlotTableTests {
    @Test func slotsCountFromOneInTheOrderOfArrival() {
        var table = SlotTable()
        #expect((1...3).map { table.slot(of: worker($0), in: "web") } == [1, 2, 3])
    }

    @Test func aWorkerKeepsItsSlot() {
        var table = SlotTable()
        _ = table.slot(of: worker(1), in: "web")
        let second = table.slot(of: worker(2), in: "web")
        table.release(worker(1), in: "web")
        #expect(table.slot(of: worker(2), in: "web") == second)
    }

    @Test func aReplacementTakesTheSlotOfWhoEnded() {
        var table = SlotTable()
        for pid in Int32(1)...4 { _ = table.slot(of: worker(pid), in: "web") }
        table.release(worker(2), in: "web")
        #expect(table.slot(of: worker(9), in: "web") == 2)
        #expect(table.slot(of: worker(10), in: "web") == 5)
    }

    @Test func aPidGivenAwayAgainIsAnotherWorker() {
        var table = SlotTable()
        #expect(table.slot(of: worker(7, ticks: 1), in: "web") == 1)
        #expect(table.slot(of: worker(7, ticks: 2), in: "web") == 2)
    }

    @Test func groupsDoNotShareSlots() {
        var table = SlotTable()
        _ = table.slot(of: worker(1), in: "web")
        #expect(table.slot(of: worker(2), in: "api") == 1)
    }

    @Test func releasingAStrangerChangesNothing() {
        var table = SlotTable()
        _ = table.slot(of: worker(1), in: "web")
        table.release(worker(2), in: "web")
        table.release(worker(1), in: "api")
        #expect(table.slot(of: worker(3), in: "web") == 2)
    }
}
