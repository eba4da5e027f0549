import Control
import Discovery
import Glibc
import Model
import TestSupport
import Testing

@testable import Agent

extension SamplerTests {
    /// What the sampler tells of groups, and what it takes from the configuration.
    @Suite(.serialized) struct Groups {
        @Test func theDeskIsToldOfWorkersAndGroups() throws {
            let watch = try Watch(try Fleet("--workers", "2"))
            try watch.settle(workers: 2)
            // One that is looked at while it begins its program has no words yet, and is looked at again soon.
            try watch.sweep(until: "the master's words") { !($0.groups.first?.masterArguments.isEmpty ?? true) }
            let living = watch.findings.living
            #expect(living.map(\.id) == watch.last.workers.map(\.info.id))
            #expect(living.map(\.slot) == watch.last.workers.map(\.info.slot))
            #expect(living.allSatisfy { $0.uid == getuid() && $0.lagMicroseconds == nil && $0.link == nil })
            #expect(living.allSatisfy { $0.app == watch.last.groups[0].info.app })
            let group = try #require(watch.findings.groups.first)
            #expect(watch.findings.groups.map(\.info) == watch.last.groups.map(\.info))
            #expect(group.uid == getuid())
            #expect(group.masterArguments.contains("--workers"))
            #expect(group.executable?.hasSuffix("/looptop-demo-worker") ?? false)
            #expect(group.rule == nil && group.serverVersion == nil)
        }

        @Test func aNewConfigurationIsPutInForce() throws {
            let directory = TemporaryDirectory()
            let file = try directory.write("agent.json5", "{}")
            let box = try ConfigurationBox(named: file)
            let watch = try Watch(try Fleet("--workers", "2"))
            watch.sampler.configuration = box
            try watch.settle(workers: 2)
            let before = watch.last.groups[0].info
            #expect(before.expected == nil)  // they are younger than ten seconds
            _ = try directory.write(
                "agent.json5", "{apps: {'\(before.app)': {rename: 'shop', expected: 5, restart: {grace: '3s'}}}}")
            _ = try box.reload()
            try watch.sweep(until: "the new name") { $0.snapshots.last?.groups.first?.info.app == "shop" }
            let named = watch.last.groups[0].info
            #expect(named.key == before.key)
            #expect(named.expected == 5)
            #expect(watch.findings.groups.first?.rule?.grace == .seconds(3))
            #expect(watch.findings.living.allSatisfy { $0.app == "shop" })
            _ = try directory.write("agent.json5", "{apps: {'\(before.app)': {hide: true}}}")
            _ = try box.reload()
            try watch.sweep(until: "nothing to see") { $0.snapshots.last?.groups.isEmpty ?? false }
            #expect(watch.last.workers.isEmpty)
            #expect(watch.findings.exits.isEmpty)
            _ = try directory.write("agent.json5", "{}")
            _ = try box.reload()
            try watch.settle(workers: 2)
            #expect(watch.last.groups[0].info.key == before.key)
        }

        @Test func aSizeThatWasSetIsExpected() throws {
            let watch = try Watch(try Fleet("--workers", "2"))
            try watch.settle(workers: 2)
            let key = watch.last.groups[0].info.key
            watch.control.sizeWasSet(groupKey: key, to: 4)
            watch.sampler.sweep()
            #expect(watch.last.groups[0].info.expected == 4)
            // Its workers end, and its master lives: the group stays, without any.
            kill(watch.fleet.master, SIGSTOP)
            try wait(for: "a stopped master") { state(of: watch.fleet.master) == "T" }
            for worker in watch.last.workers { kill(worker.info.id.pid, SIGKILL) }
            try watch.sweep(until: "both ends") { $0.exits.count == 2 }
            watch.sampler.sweep()
            #expect(watch.last.workers.isEmpty)
            #expect(watch.last.groups.map(\.info.expected) == [4])
            #expect(watch.last.groups.map { $0.row[.workers] } == [0])
            #expect(watch.findings.groups.map(\.info.masterPID) == [watch.fleet.master])
            kill(watch.fleet.master, SIGCONT)
            try watch.settle(workers: 2)
            #expect(watch.last.workers.map(\.info.slot).sorted() == [1, 2])
        }

        @Test func theLedgerTellsWhoLivedInASlot() throws {
            let ledger = LedgerBox()
            let watch = try Watch(try Fleet("--workers", "2", "--busy", "1:30"))
            watch.sampler.ledger = ledger
            try watch.settle(workers: 2)
            try watch.sweep(until: "some use") { ($0.snapshots.last?.sequence ?? 0) > 3 }
            let victim = try #require(watch.last.workers.first { $0.info.slot == 1 }).info
            let command = CommandID(high: 7, low: 7)
            ledger.note(worker: victim.id, issuer: "user/ada", command: command, now: Clocks.monotonic())
            kill(victim.id.pid, SIGKILL)
            try watch.sweep(until: "the end") { !$0.exits.isEmpty }
            try watch.settle(workers: 2)
            let lives = ledger.lives(groupKey: victim.groupKey, slot: 1)
            #expect(lives.count == 2)
            let successor = try #require(lives.first)
            #expect(successor.ended == nil && successor.worker != victim.id)
            let past = try #require(lives.last)
            #expect(past.worker == victim.id && past.started == victim.started)
            #expect(past.ended == watch.findings.exits.first?.at.wall)
            #expect(past.status == watch.findings.exits.first?.status)
            #expect(past.endedBy == "user/ada" && past.command == command)
            #expect(!past.oomKilled)
            #expect(try #require(past.lastResidentBytes) > 100_000)
            #expect(past.lastCPUPermille != nil && past.lastLagMicroseconds == nil)
            #expect(watch.findings.ended == [victim.id])
            #expect(ledger.lives(groupKey: victim.groupKey, slot: 2).map(\.ended) == [nil])
        }
    }
}
