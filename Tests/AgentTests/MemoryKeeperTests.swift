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

    /// Nothing in it is absent: what is not written is missed.
    private static var whole: KeptGroup {
        var group = KeptGroup(key: "gunicorn/\"web\"/\\1", app: "we\u{1}b\n\t\u{7f}é😀\u{2028}/", kind: 4)
        group.respawn = 2
        group.ports = [80, .max]
        group.manager = .init(kind: 1, name: "\u{1f}\u{0}web.service")
        group.master = KeptProcess(ProcessRef(pid: .max, startTicks: .max))
        group.expected = .max
        (group.found, group.vanished, group.deserted, group.missingSince) = (.min, .max, -1, 0)
        group.workers = [7, 9].map { KeptProcess(ProcessRef(pid: $0, startTicks: 8)) }
        group.slots = group.workers.map { .init(number: 3, worker: $0) }
        group.lives = [
            .init(
                slot: 2, worker: group.workers[1], started: -5, ended: 2, code: 255, signal: 9, oomKilled: true,
                endedBy: "user/\"eve\"\r\n"),
            .init(
                slot: 3, worker: group.workers[0], started: 5, ended: 6, code: 0, signal: 0, oomKilled: false,
                endedBy: ""),
        ]
        return group
    }

    private static func holdsNothing(_ value: Any) -> Bool {
        let mirror = Mirror(reflecting: value)
        let isContainer = mirror.displayStyle == .optional || mirror.displayStyle == .collection
        return isContainer && mirror.children.isEmpty || mirror.children.contains { holdsNothing($0.value) }
    }

    @Test func allIsReadAsItWasWritten() throws {
        #expect(!Self.holdsNothing(Self.whole))
        let directory = TemporaryDirectory()
        defer { unlink(directory.path + "/memory.json") }
        let first = keeper(directory.path, scope: "match=\"a\\b\"")
        // An app without anything, and one with a free slot, between those with all.
        let groups = [Self.whole, KeptGroup(key: "", app: "", kind: 0), Self.group, Self.whole]
        first.keep(groups)
        first.stop()
        let second = keeper(directory.path, scope: "match=\"a\\b\"")
        #expect(second.groups == groups)
        #expect(second.earlier?.boot == Self.boot.hex && second.earlier?.run.version == "0.1.0")
        #expect(second.earlier?.run.stopped == second.earlier?.run.heard)
    }

    @Test func whatAnEarlierVersionWroteIsRead() throws {
        let directory = TemporaryDirectory()
        defer { unlink(directory.path + "/memory.json") }
        let text = """
            {"boot":"00000000000000010000000000000002","groups":[{"app":"web","expected":3,"found":0,"key":"gunicorn/web/1",\
            "kind":\(GroupKind.gunicorn.rawValue),"lives":[{"ended":2,"oomKilled":false,"signal":9,"slot":2,"started":1,\
            "worker":{"pid":9,"ticks":10}}],"missingSince":17,"ports":[],"respawn":0,"slots":[{"number":1,"worker":{"pid":7,\
            "ticks":8}},{"number":2}],"workers":[]}],"run":{"began":5,"heard":6,"version":"0.1.0"},"schema":1,"scope":"all"}
            """
        let file = open(directory.path + "/memory.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        #expect(write(file, text, text.utf8.count) == text.utf8.count)
        close(file)
        let keeper = keeper(directory.path)
        #expect(keeper.groups == [Self.group])
        #expect(keeper.isSameBoot && keeper.previous?.how == .died)
    }

    /// Each time they are handed over, when they were found comes out of two clocks that are not read at the same instant.
    @Test func clocksThatAreReadOneAfterTheOtherAreNoNews() {
        let memory = KeptMemory(boot: "", scope: "", run: KeptMemory.Run(version: "", began: 0, heard: 0))
        var state = MemoryKeeper.State(memory: memory)
        func now(_ second: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: second * 1_000_000_000) }
        #expect(state.isDue([], at: now(1)))
        state.written = [Self.whole.steady]
        state.writtenAt = now(1)
        var group = Self.whole
        (group.found, group.vanished, group.deserted) = (group.found + 1000, 5, 6)
        #expect(!state.isDue([group], at: now(60)))
        #expect(state.isDue([group], at: now(61)))
        group.vanished = nil
        #expect(state.isDue([group], at: now(2)))
        group = Self.whole
        group.workers.removeLast()
        #expect(state.isDue([group], at: now(2)))
        #expect(state.isDue([], at: now(2)))
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
