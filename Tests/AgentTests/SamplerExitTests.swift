import Control
import Glibc
import Model
import ProcFS
import Testing

@testable import Agent

extension SamplerTests {
    /// Ends of workers, and who comes after them.
    @Suite(.serialized) struct Ends {
        /// Since Linux 6.15 the kernel tells everybody how a process ended.
        private static func tellsStatus() throws -> Bool {
            let release = try Surroundings.host(id: HostID(high: 0, low: 0), name: nil, interval: .zero).kernel
            let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
            return numbers.count == 2 && (numbers[0], numbers[1]) >= (6, 15)
        }

        @Test(arguments: [SIGTERM, SIGKILL]) func anEndIsReportedOnceWithItsStatus(_ signal: CInt) throws {
            let watch = try Watch(try Fleet("--workers", "3"))
            try watch.settle(workers: 3)
            let victim = try #require(watch.last.workers.first).info
            kill(victim.id.pid, signal)
            try watch.sweep(until: "the end") { !$0.exits.isEmpty }
            try watch.settle(workers: 3)
            for _ in 0..<3 { watch.sampler.sweep() }
            #expect(watch.findings.exits.map(\.info.id) == [victim.id])
            #expect(watch.findings.exits.map(\.app) == watch.last.groups.map(\.info.app))
            if try Self.tellsStatus() {
                #expect(watch.findings.exits.map(\.status) == [.signal(UInt8(signal))])
            }
            #expect(watch.last.host[.exits] == 1)
            #expect(watch.last.groups.first { $0.info.key == victim.groupKey }?.row[.exits] == 1)
        }

        @Test func aReplacementTakesTheSlotAndTheOthersKeepTheirs() throws {
            let watch = try Watch(try Fleet("--workers", "3"))
            try watch.settle(workers: 3)
            let before = watch.last.workers.map(\.info)
            let victim = before[1]
            kill(victim.id.pid, SIGKILL)
            try watch.sweep(until: "the end") { !$0.exits.isEmpty }
            try watch.settle(workers: 3)
            let after = watch.last.workers.map(\.info)
            for info in before where info.id != victim.id {
                #expect(after.first { $0.id == info.id }?.slot == info.slot)
            }
            let newcomer = try #require(after.first { info in !before.contains { $0.id == info.id } })
            #expect(newcomer.slot == victim.slot)
            #expect(newcomer.groupKey == victim.groupKey)
            #expect(watch.findings.started.count == 4)
        }

        @Test func ofTwoTheOneThatIsLeftKeepsGroupAndSlot() throws {
            let watch = try Watch(try Fleet("--workers", "2"))
            try watch.settle(workers: 2)
            let before = watch.last.workers.map(\.info)
            let settled = watch.findings.snapshots.count
            kill(before[0].id.pid, SIGKILL)
            try watch.sweep(until: "the end") { !$0.exits.isEmpty }
            try watch.settle(workers: 2)
            for snapshot in watch.findings.snapshots.suffix(from: settled) {
                let survivor = snapshot.workers.first { $0.info.id == before[1].id }?.info
                #expect(survivor == before[1])
            }
            #expect(watch.last.workers.map(\.info.slot).sorted() == [1, 2])
            #expect(watch.findings.started.count == 3)
        }

        @Test func groupCountersNeverShrinkThroughEnds() throws {
            let watch = try Watch(try Fleet("--workers", "2", "--busy", "0:20"))
            try watch.settle(workers: 2)
            for round in 1...2 {
                for worker in watch.last.workers { kill(worker.info.id.pid, SIGKILL) }
                try watch.sweep(until: "the ends") { $0.exits.count == round * 2 }
                try watch.settle(workers: 2)
            }
            let key = try #require(watch.last.groups.first?.info.key)
            let rows = watch.findings.snapshots.compactMap { $0.groups.first { $0.info.key == key }?.row }
            let cpu = rows.compactMap { $0[.cpuNanoseconds] }
            #expect(cpu == cpu.sorted())
            #expect(rows.last?[.exits] == 4)
            let host = watch.findings.snapshots.compactMap { $0.host[.workersCPUNanoseconds] }
            #expect(host == host.sorted())
        }

        @Test func aZombieIsReportedOnceAndNeverTakenUpAgain() throws {
            let fleet = try Fleet("--workers", "3")
            let watch = try Watch(fleet)
            try watch.settle(workers: 3)
            kill(fleet.master, SIGSTOP)  // so that nobody reaps
            try wait(for: "a stopped master") { state(of: fleet.master) == "T" }
            let victim = try #require(watch.last.workers.first).info.id
            kill(victim.pid, SIGKILL)
            try wait(for: "a zombie") { state(of: victim.pid) == "Z" }
            try watch.sweep(until: "the end") { !$0.exits.isEmpty }
            for _ in 0..<10 {
                watch.sampler.sweep()
                usleep(10_000)
            }
            #expect(state(of: victim.pid) == "Z")
            #expect(watch.findings.exits.map(\.info.id) == [victim])
            #expect(watch.findings.exits.first?.status == .signal(9), "told by what is left of it")
            #expect(watch.findings.started.count == 3)
            #expect(!watch.last.workers.contains { $0.info.id == victim })
            #expect(!watch.findings.living.contains { $0.id == victim })
            kill(fleet.master, SIGCONT)
            try watch.settle(workers: 3)
            #expect(watch.findings.exits.count == 1)
            #expect(watch.findings.started.count == 4)
        }

        @Test func manyEndsBetweenTwoSweepsAreAllReported() throws {
            let watch = try Watch(try Fleet("--workers", "150", "--no-respawn"))
            try watch.settle(workers: 150)
            let all = Set(watch.last.workers.map(\.info.id))
            let group = watch.last.groups.first?.info.key
            for id in all where id != all.max() { kill(id.pid, SIGKILL) }
            try wait(for: "the ends") { all.allSatisfy { $0 == all.max() || state(of: $0.pid) == nil } }
            watch.sampler.sweep()
            #expect(watch.last.workers.map(\.info.id) == all.max().map { [$0] })
            #expect(Set(watch.findings.exits.map(\.info.id)) == all.subtracting(all.max().map { [$0] } ?? []))
            #expect(watch.findings.exits.count == 149)
            #expect(watch.last.host[.exits] == 149)
            #expect(watch.last.groups.first { $0.info.key == group }?.row[.exits] == 149)
        }

        @Test func workersOrphanedOutOfTheScopeAreWatchedUntilTheyEnd() throws {
            let fleet = try Fleet(belowAShell: "--workers", "2")
            let watch = try Watch(fleet)
            try watch.settle(workers: 2)
            // While the fleet is being made, its first two processes can be all that there is to see.
            try watch.sweep(until: "two workers below a master") { _ in
                watch.last.workers.count == 2 && watch.last.groups.first?.info.masterPID != nil
            }
            let master = try #require(watch.last.groups.first?.info.masterPID)
            defer { kill(master, SIGKILL) }
            let before = watch.last.workers.map(\.info.id)
            fleet.end()  // the shell; master and workers go on
            try watch.sweep(until: "word of it") { $0.warnings.contains { $0.contains("has ended") } }
            // Looked at again in their first seconds, they are found to have other ancestors.
            let end = Clocks.monotonic() + .milliseconds(1200)
            try watch.sweep(until: "later looks") { _ in Clocks.monotonic() > end }
            #expect(watch.last.workers.map(\.info.id) == before)
            #expect(watch.last.groups.map(\.info.key) == Array(Set(watch.last.workers.map(\.info.groupKey))))
            kill(master, SIGKILL)  // and the workers with it
            try watch.sweep(until: "both ends") { $0.exits.count == 2 }
            #expect(Set(watch.findings.exits.map(\.info.id)) == Set(before))
        }

        @Test func anEndHeardWhileCalledToLookIsNotLost() throws {
            let watch = try Watch(try Fleet("--workers", "3"))
            try watch.settle(workers: 3)
            let victim = try #require(watch.last.workers.last).info.id
            kill(victim.pid, SIGKILL)
            try wait(for: "its end") { state(of: victim.pid) == nil }
            watch.control.lookSoon()  // both are known to the poller now
            watch.sampler.sweep()
            #expect(watch.findings.exits.map(\.info.id) == [victim])
        }
    }
}
