import Glibc
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

@Suite struct MemoryRoomTests {
    private static let eats = """
        import sys
        x = bytearray(12 << 20)
        for i in range(0, len(x), 4096): x[i] = 1
        print("up", flush=True)
        sys.stdin.readline()
        """

    private func share(_ fill: MemoryRoom.Fill?) -> Double { fill.map { Double($0.used) / Double($0.limit) } ?? 0 }

    @Test func itKnowsHowFullALimitedControlGroupIs() throws {
        guard let group = SmallGroup() else { return }  // no version 1, or not root
        let reader = ProcReader()
        let now = Clocks.monotonic()
        var cgroups = WorkerCgroups()
        let child = try Child(["/bin/sh", "-c", "read go; exec /usr/bin/python3 -c '\(Self.eats)'"], isTalking: true)
        defer { child.reap() }
        group.write("cgroup.procs", "\(child.pid)")
        let id = try SmallGroup.id(of: child, reader)
        cgroups.watch(id, reader: reader, now: now)
        let before = try #require(cgroups.room.fullest(of: [id]))
        #expect(before.limit == 24 << 20)
        #expect(child.ask("go") == "up")
        cgroups.refresh(reader: reader, now: now + .seconds(1))
        #expect(cgroups.room.fullest(of: [id]) == before, "it is not read that often")
        cgroups.refresh(reader: reader, now: now + MemoryRoom.patience)
        let after = try #require(cgroups.room.fullest(of: [id]))
        #expect(after.used >= before.used + 12 << 20 && after.used <= after.limit)
        group.write("memory.limit_in_bytes", "-1")
        cgroups.refresh(reader: reader, now: now + MemoryRoom.patience * 2)
        #expect(cgroups.room.fullest(of: [id]) == nil)
        cgroups.forget(id)
        child.finish()
    }

    @Test func whoIsNotLimitedOrNotThereHasNone() throws {
        var cgroups = WorkerCgroups()
        let stranger = WorkerID(boot: BootID(high: 0, low: 1), pid: 1 << 30, startTicks: 1)
        cgroups.watch(stranger, reader: ProcReader(), now: Clocks.monotonic())
        #expect(cgroups.room.fullest(of: [stranger]) == nil)
        #expect(cgroups.room.fullest(of: []) == nil)
        cgroups.forget(stranger)
        cgroups.refresh(reader: ProcReader(), now: Clocks.monotonic())
    }
}
