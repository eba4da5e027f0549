import Glibc
import Model
import Synchronization
import Testing

@testable import Agent

@Suite struct MemoryKeeperTests {
    private static let boot = BootID(high: 1, low: 2)

    private func keeper(_ directory: String, boot: BootID = boot, scope: String = "all") -> MemoryKeeper {
        MemoryKeeper(directory: directory, boot: boot, scope: scope, version: "0.1.0", now: Clocks.wall()) { text in
            Issue.record("\(text)")
        }
    }

    private static var group: KeptGroup {
        var group = KeptGroup(key: "gunicorn/web/1", app: "web", kind: GroupKind.gunicorn.rawValue)
        group.expected = 3
        group.missingSince = 17
        group.slots = [.init(number: 1, worker: KeptProcess(ProcessRef(pid: 7, startTicks: 8))), .init(number: 2)]
        group.lives = [
            .init(
                slot: 2, worker: KeptProcess(ProcessRef(pid: 9, startTicks: 10)), started: 1, ended: 2, signal: 9,
                oomKilled: false)
        ]
        return group
    }

    @Test func theNextRunReadsWhatThisOneLeft() throws {
        let directory = TemporaryDirectory()
        defer { unlink(directory.path + "/memory.json") }
        let first = keeper(directory.path)
        #expect(first.previous == nil && first.groups.isEmpty)
        first.keep([Self.group])
        first.stop()
        let second = keeper(directory.path)
        #expect(second.groups == [Self.group])
        #expect(second.isSameBoot)
        #expect(second.previous?.how == .stopped)
    }

    @Test func whoLeftNoWordDied() async throws {
        let directory = TemporaryDirectory()
        defer { unlink(directory.path + "/memory.json") }
        let first = keeper(directory.path)
        first.keep([Self.group])
        // Written by its task, and never stopped.
        while keeper(directory.path).groups.isEmpty { await Task.yield() }
        #expect(keeper(directory.path).previous?.how == .died)
        let other = keeper(directory.path, boot: BootID(high: 3, low: 4))
        #expect(other.previous?.how == .machineRestarted)
        #expect(!other.isSameBoot && other.groups == [Self.group])
        first.stop()
    }

    @Test func whatAnotherScopeSawIsNotMissed() throws {
        let directory = TemporaryDirectory()
        defer { unlink(directory.path + "/memory.json") }
        let first = keeper(directory.path)
        first.keep([Self.group])
        first.stop()
        #expect(keeper(directory.path, scope: "match=api").groups.isEmpty)
    }

    @Test func aDamagedFileIsSaidAndNotUsed() throws {
        let directory = TemporaryDirectory()
        defer { unlink(directory.path + "/memory.json") }
        let file = open(directory.path + "/memory.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        #expect(write(file, "{", 1) == 1)
        close(file)
        let said = Mutex(0)
        let keeper = MemoryKeeper(
            directory: directory.path, boot: Self.boot, scope: "", version: "0.1.0", now: Clocks.wall()
        ) { _ in said.withLock { $0 += 1 } }
        #expect(keeper.earlier == nil)
        #expect(said.withLock { $0 } == 1)
    }
}
