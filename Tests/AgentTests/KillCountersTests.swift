import Glibc
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

@Suite struct KillCountersTests {
    private static let hungry = """
        import sys
        print("up", flush=True)
        sys.stdin.readline()
        x = bytearray(200 << 20)
        for i in range(0, len(x), 4096): x[i] = 1
        """

    @Test func aWorkerTheKernelKilledForMemoryIsToldFromOneThatWasKilled() throws {
        guard let group = SmallGroup() else { return }  // no version 1, or not root
        let reader = ProcReader()
        let now = Clocks.monotonic()
        var cgroups = WorkerCgroups()
        let children = try (0..<2).map { _ in try Child(["/usr/bin/python3", "-c", Self.hungry], isTalking: true) }
        defer { for child in children { child.reap() } }
        // What they needed to start is not the group's: one that still starts would be killed beside the other.
        for child in children { #expect(child.nextLine() == "up") }
        for child in children { group.write("cgroup.procs", "\(child.pid)") }
        let ids = try children.map { try SmallGroup.id(of: $0, reader) }
        for id in ids { cgroups.watch(id, reader: reader, now: now) }
        _ = children[0].ask("go")  // the line breaks
        children[0].finish()
        let killed = cgroups.kills.count(for: ids[0], reader: reader)
        #expect(killed == 1)
        let first = cgroups.explains(ids[0], .signal(9), kills: killed)
        #expect(first)
        children[1].send(SIGKILL)
        children[1].finish()
        let second = cgroups.explains(ids[1], .signal(9), kills: cgroups.kills.count(for: ids[1], reader: reader))
        #expect(!second)
        for id in ids { cgroups.forget(id) }
        #expect(cgroups.kills.count(for: ids[0], reader: reader) == nil)
        for child in children { child.reap() }
    }

    @Test func whoIsNotWatchedIsNotExplained() throws {
        var cgroups = WorkerCgroups()
        let stranger = WorkerID(boot: BootID(high: 0, low: 1), pid: 1 << 30, startTicks: 1)
        cgroups.watch(stranger, reader: ProcReader(), now: Clocks.monotonic())
        #expect(cgroups.kills.count(for: stranger, reader: ProcReader()) == nil)
        let told = cgroups.explains(stranger, .signal(9), kills: 7)
        #expect(!told)
        cgroups.refresh(reader: ProcReader(), now: Clocks.monotonic())
    }
}
