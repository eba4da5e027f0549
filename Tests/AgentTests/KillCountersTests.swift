import Glibc
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

@Suite struct KillCountersTests {
    /// A control group of little memory; version 1, which needs nothing from the groups above.
    private final class SmallGroup {
        let path: String

        init?() {
            let parent = "/sys/fs/cgroup/memory"
            guard geteuid() == 0, access(parent + "/memory.limit_in_bytes", W_OK) == 0 else { return nil }
            path = parent + "/looptop-test-\(getpid())"
            guard mkdir(path, 0o700) == 0 else { return nil }
            write("memory.limit_in_bytes", "\(24 << 20)")
        }

        func write(_ file: String, _ text: String) {
            let descriptor = open(path + "/" + file, O_WRONLY | O_CLOEXEC)
            let bytes = Array(text.utf8)
            _ = Glibc.write(descriptor, bytes, bytes.count)
            close(descriptor)
        }

        deinit { rmdir(path) }
    }

    private static let hungry = """
        import sys
        print("up", flush=True)
        sys.stdin.readline()
        x = bytearray(200 << 20)
        for i in range(0, len(x), 4096): x[i] = 1
        """

    private func id(of child: Child, _ reader: ProcReader) throws -> WorkerID {
        let stat = try reader.processStat(of: try reader.processDirectory(child.pid))
        return WorkerID(boot: try reader.bootID(), pid: child.pid, startTicks: stat.startTicks)
    }

    @Test func aWorkerTheKernelKilledForMemoryIsToldFromOneThatWasKilled() throws {
        guard let group = SmallGroup() else { return }  // no version 1, or not root
        let reader = ProcReader()
        let now = Clocks.monotonic()
        var counters = KillCounters()
        let children = try (0..<2).map { _ in try Child(["/usr/bin/python3", "-c", Self.hungry], isTalking: true) }
        defer { for child in children { child.reap() } }
        // What they needed to start is not the group's: one that still starts would be killed beside the other.
        for child in children { #expect(child.nextLine() == "up") }
        for child in children { group.write("cgroup.procs", "\(child.pid)") }
        let ids = try children.map { try id(of: $0, reader) }
        for id in ids { counters.watch(id, reader: reader, now: now) }
        _ = children[0].ask("go")  // the line breaks
        children[0].finish()
        let killed = counters.count(for: ids[0], reader: reader)
        #expect(killed == 1)
        let first = counters.explains(ids[0], .signal(9), kills: killed)
        #expect(first)
        children[1].send(SIGKILL)
        children[1].finish()
        let second = counters.explains(ids[1], .signal(9), kills: counters.count(for: ids[1], reader: reader))
        #expect(!second)
        for id in ids { counters.forget(id) }
        #expect(counters.count(for: ids[0], reader: reader) == nil)
        for child in children { child.reap() }
    }

    @Test func whoIsNotWatchedIsNotExplained() throws {
        var counters = KillCounters()
        let stranger = WorkerID(boot: BootID(high: 0, low: 1), pid: 1 << 30, startTicks: 1)
        counters.watch(stranger, reader: ProcReader(), now: Clocks.monotonic())
        #expect(counters.count(for: stranger, reader: ProcReader()) == nil)
        let told = counters.explains(stranger, .signal(9), kills: 7)
        #expect(!told)
        counters.refresh(reader: ProcReader(), now: Clocks.monotonic())
    }
}
