import Model
import TestSupport
import Testing

@testable import Agent

private func worker(_ pid: Int32) -> WorkerID {
    WorkerID(boot: BootID(high: 1, low: 2), pid: pid, startTicks: UInt64(pid) * 10)
}

private func moment(_ seconds: Double) -> Moment {
    Moment(
        monotonic: MonotonicInstant(nanoseconds: UInt64(seconds * 1e9)),
        wall: WallTime(nanoseconds: Int64(seconds * 1e9)))
}

private let web = Ledger.Place(groupKey: "web", slot: 1)

@Suite struct LedgerTests {
    private static let command = CommandID(high: 7, low: 7)

    @Test func aSlotTellsOfItsLivesNewestFirst() {
        var ledger = Ledger()
        ledger.began(worker(1), in: web, started: moment(1).wall)
        ledger.ended(
            worker(1), at: moment(5), status: .signal(9), oomKilled: true,
            last: .init(cpuPermille: 900, residentBytes: 1 << 30, lagMicroseconds: 1200))
        ledger.began(worker(2), in: web, started: moment(5).wall)
        let lives = ledger.lives(in: web)
        #expect(
            lives == [
                Life(worker: worker(2), started: moment(5).wall),
                Life(
                    worker: worker(1), started: moment(1).wall, ended: moment(5).wall, status: .signal(9),
                    oomKilled: true,
                    lastCPUPermille: 900, lastResidentBytes: 1 << 30, lastLagMicroseconds: 1200),
            ])
        #expect(ledger.lives(in: Ledger.Place(groupKey: "web", slot: 2)).isEmpty)
    }

    @Test func theLastEndsAreThereWhenTheAgentStartsAnew() {
        var ledger = Ledger()
        for pid in Int32(1)...5 {
            ledger.began(worker(pid), in: web, started: moment(Double(pid)).wall)
            if pid < 5 {
                ledger.ended(worker(pid), at: moment(Double(pid) + 0.5), status: .signal(9), oomKilled: false)
            }
        }
        var next = Ledger()
        next.restore(ledger.kept(of: "web", slots: [1, 2]), of: "web", boot: BootID(high: 1, low: 2))
        next.began(worker(5), in: web, started: moment(5).wall)
        #expect(next.lives(in: web) == Array(ledger.lives(in: web).prefix(1 + KeptGroup.livesOfSlot)))
    }

    @Test func whoAskedForAnEndIsTold() {
        var ledger = Ledger()
        ledger.began(worker(1), in: web, started: moment(1).wall)
        ledger.note(worker(1), issuer: "user/eve", command: CommandID(high: 1, low: 1), now: moment(2).monotonic)
        ledger.note(worker(1), issuer: "user/ada", command: Self.command, now: moment(3).monotonic)
        #expect(ledger.lives(in: web).first?.endedBy == nil)
        let isUnknownAsked = ledger.ended(worker(9), at: moment(4), status: nil, oomKilled: false)
        #expect(!isUnknownAsked)
        ledger.ended(worker(1), at: moment(4), status: .signal(15), oomKilled: false)
        #expect(ledger.lives(in: web).first?.endedBy == "user/ada")
        #expect(ledger.lives(in: web).first?.command == Self.command)
    }

    @Test func anEndLongAfterWasNobodys() {
        var ledger = Ledger()
        ledger.began(worker(1), in: web, started: moment(1).wall)
        ledger.note(worker(1), issuer: "user/ada", command: Self.command, now: moment(2).monotonic)
        ledger.ended(worker(1), at: moment(903), status: nil, oomKilled: false)
        #expect(ledger.lives(in: web).first?.endedBy == nil)
    }

    @Test func strangersAreNotKept() {
        var ledger = Ledger()
        ledger.note(worker(1), issuer: "user/ada", command: Self.command, now: moment(2).monotonic)
        ledger.ended(worker(1), at: moment(3), status: nil, oomKilled: false)
        ledger.moved(worker(1), to: web)
        ledger.left(worker(1))
        #expect(ledger.lives(in: web).isEmpty)
        ledger.began(worker(1), in: web, started: moment(4).wall)
        ledger.ended(worker(1), at: moment(5), status: .code(0), oomKilled: false)
        ledger.ended(worker(1), at: moment(6), status: .code(1), oomKilled: true)
        #expect(ledger.lives(in: web).map(\.status) == [.code(0)])
        #expect(ledger.lives(in: web).first?.endedBy == nil)
    }

    @Test func aLifeMovesWithItsWorker() {
        var ledger = Ledger()
        let other = Ledger.Place(groupKey: "web", slot: 4)
        ledger.began(worker(1), in: web, started: moment(1).wall)
        ledger.began(worker(1), in: other, started: moment(1).wall)
        #expect(ledger.lives(in: web).isEmpty)
        #expect(ledger.lives(in: other).map(\.worker) == [worker(1)])
        ledger.moved(worker(1), to: web)
        #expect(ledger.lives(in: web).map(\.worker) == [worker(1)])
        ledger.left(worker(1))
        #expect(ledger.lives(in: web).isEmpty && ledger.count == 0)
    }

    @Test func aSlotKeepsItsLastHundred() {
        var ledger = Ledger()
        for pid in Int32(1)...150 {
            ledger.began(worker(pid), in: web, started: moment(Double(pid)).wall)
            ledger.ended(worker(pid), at: moment(Double(pid) + 0.5), status: .code(0), oomKilled: false)
        }
        #expect(ledger.lives(in: web).map(\.worker.pid) == Array((51...150).reversed()))
        #expect(ledger.count == 100)
    }

    @Test func ofTooManyTheOldestSlotsGo() {
        var ledger = Ledger()
        let first = Ledger.Place(groupKey: "group", slot: 0)
        ledger.began(worker(1), in: first, started: moment(1).wall)
        for slot in UInt32(0)..<1100 {
            for round in Int32(0)..<100 {
                let id = worker(Int32(slot) * 100 + round + 2)
                ledger.began(id, in: .init(groupKey: "group", slot: slot), started: moment(1).wall)
                ledger.ended(id, at: moment(2), status: nil, oomKilled: false)
            }
            #expect(ledger.count <= Ledger.limit)
        }
        #expect(ledger.lives(in: first).map(\.worker) == [worker(1)])  // it lives
        #expect(ledger.lives(in: .init(groupKey: "group", slot: 1)).isEmpty)
        #expect(ledger.lives(in: .init(groupKey: "group", slot: 1099)).count == 100)
    }
}
