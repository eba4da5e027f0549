import CLinux
import Glibc
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

/// What a BPF program tells beside the files that say the same. Loading it needs CAP_BPF and CAP_PERFMON, and a kernel that
/// describes its types.
@Suite(.serialized) struct TaskIteratorTests {
    private static let mayLoad: Bool = {
        let both: UInt64 = 1 << 38 | 1 << 39  // capability.h
        do {
            return try ProcReader().withFile("status", ofProcess: getpid()) { (text) throws(ProcError) in
                try Capabilities(parsing: text).effective & both == both
            } && access(KernelTypes.path, R_OK) == 0 && isFirstNamespace
        } catch { return false }
    }()

    /// The number of the first pid namespace is the kernel's own: PROC_PID_INIT_INO.
    private static var isFirstNamespace: Bool {
        var target = [UInt8](repeating: 0, count: 64)
        let length = readlink("/proc/self/ns/pid", &target, target.count)
        return String(decoding: target.prefix(max(0, length)), as: UTF8.self) == "pid:[4026531836]"
    }

    @Test func whoMayLoadItHasItAndNobodyElse() {
        do throws(TaskIterator.Unavailable) {
            _ = try TaskIterator()
            #expect(Self.mayLoad)
        } catch {
            #expect(!Self.mayLoad, "\(error.reason)")
            #expect(!error.reason.isEmpty)
        }
    }

    /// Opens files and threads, writes, and stops itself: nothing of it changes while it is looked at.
    private static let stopped = """
        import os, signal, sys, tempfile, threading
        kept = [open("/dev/null") for _ in range(int(sys.argv[1]))]
        for _ in range(int(sys.argv[2])):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
        done = threading.Thread(target=lambda: sum(range(3000000)))
        done.start(); done.join()
        with tempfile.TemporaryFile() as file:
            file.write(b"x" * 300000); file.flush(); os.fsync(file.fileno())
        print("up", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
        """

    private static func letter(of pid: pid_t, _ reader: ProcReader) throws -> UInt8 {
        try reader.withFile("stat", ofProcess: pid) { (text) throws(ProcError) in try ThreadState(parsing: text) }
            .letter
    }

    @Test(.enabled(if: mayLoad), arguments: [(0, 0), (100, 0), (3000, 0), (5, 3)])
    func itSaysWhatTheFilesSay(files: Int, threads: Int) throws {
        let child = try Child(["/usr/bin/python3", "-c", Self.stopped, "\(files)", "\(threads)"], isTalking: true)
        defer {
            kill(child.pid, SIGKILL)
            child.reap()
        }
        #expect(child.nextLine() == "up")
        let reader = ProcReader()
        try wait(for: "a stopped child") { try Self.letter(of: child.pid, reader) == UInt8(ascii: "T") }
        let tasks = try TaskIterator()
        #expect(tasks.read() == 0)
        let told = try #require(tasks.counters(of: child.pid))
        let status = try reader.withFile("status", ofProcess: child.pid) { (text) throws(ProcError) in
            try ProcessStatus(parsing: text)
        }
        let schedule = try reader.withFile("schedstat", ofProcess: child.pid) { (text) throws(ProcError) in
            try SchedStat(parsing: text)
        }
        let io = try reader.withFile("io", ofProcess: child.pid) { (text) throws(ProcError) in
            try ProcessIO(parsing: text)
        }
        #expect(told.startTicks == (try reader.processStat(ofProcess: child.pid)).startTicks)
        #expect(told.threads == UInt64(threads + 1) && told.threads == status.threads)
        #expect(told.voluntarySwitches == status.voluntarySwitches)
        #expect(told.involuntarySwitches == status.involuntarySwitches)
        #expect(told.waitNanoseconds == schedule.waitNanoseconds)
        #expect(told.runNanoseconds == schedule.runNanoseconds)
        #expect(told.state == UInt8(ascii: "T") && !told.isDead)
        let descriptors = try reader.descriptorCount(ofProcess: child.pid)
        #expect(told.openFiles == (files < 2000 ? descriptors : nil))
        #expect(try #require(descriptors) >= UInt64(files))
        // A thread that ended counts; those that live are in neither sum.
        #expect(told.endedNanoseconds > 1_000_000)
        let clock = try #require(CPUClock.nanoseconds(ofProcess: child.pid))
        if threads == 0 {
            #expect(told.runNanoseconds + told.endedNanoseconds == clock)
            let storage = try #require(told.storage)
            #expect(storage.read == io.readBytes && storage.written == io.writtenBytes)
            #expect(storage.written >= 300_000)
        } else {
            #expect(told.runNanoseconds + told.endedNanoseconds <= clock)
            #expect(told.storage == nil)
        }
    }

    @Test(.enabled(if: mayLoad)) func allProcessesAreThereInOrderAndNobodyElse() throws {
        let child = try Child(["/bin/sleep", "60"])
        let ended = try Child(["/bin/true"])
        ended.reap()
        let tasks = try TaskIterator()
        #expect(tasks.read() == 0)
        let pids = tasks.pids
        #expect(pids == pids.sorted() && Set(pids).count == pids.count)
        #expect(pids.contains(child.pid) && pids.contains(getpid()) && pids.contains(1))
        #expect(tasks.counters(of: ended.pid) == nil)
        // In any order.
        for pid in [getpid(), child.pid, getpid(), child.pid] { #expect(tasks.counters(of: pid) != nil, "\(pid)") }
        // What of a process changes when its memory does, and only then.
        let mark = try #require(tasks.counters(of: child.pid)).memoryMark
        #expect(tasks.read() == 0)
        #expect(tasks.counters(of: child.pid)?.memoryMark == mark)
        let zombie = try Child(["/bin/true"])
        let reader = ProcReader()
        try wait(for: "a zombie") { try Self.letter(of: zombie.pid, reader) == UInt8(ascii: "Z") }
        #expect(tasks.read() == 0)
        #expect(tasks.counters(of: zombie.pid)?.isDead == true)
        zombie.reap()
    }

    /// Two samplers of one fleet that stands still: one is told, the other one reads.
    @Test(.enabled(if: mayLoad)) func aSamplerThatIsToldSaysTheSameAsOneThatReads() throws {
        let fleet = try Fleet("--workers", "3")
        let (told, reading) = (try Watch(fleet, tasks: try TaskIterator()), try Watch(fleet))
        try told.settle(workers: 3)
        let pids = told.last.workers.map(\.info.id.pid)
        let reader = ProcReader()
        for pid in pids { kill(pid, SIGSTOP) }
        try wait(for: "stopped workers") {
            try pids.allSatisfy { try Self.letter(of: $0, reader) == UInt8(ascii: "T") }
        }
        try reading.settle(workers: 3)
        // Each is read in full once.
        for _ in 0..<10 {
            told.sampler.sweep()
            reading.sampler.sweep()
        }
        #expect(told.last.workers.map(\.info.id) == reading.last.workers.map(\.info.id))
        for (one, other) in zip(told.last.workers, reading.last.workers) {
            for field in WorkerField.allCases { #expect(one.row[field] == other.row[field], "\(field)") }
            #expect(one.row[.residentBytes] != nil)
        }
        for pid in pids { kill(pid, SIGCONT) }
        #expect(told.findings.warnings.isEmpty)
    }

    /// Exits and births are seen as without it, and busy workers' CPU time is that of their own clocks.
    @Test(.enabled(if: mayLoad)) func whoIsToldSeesExitsBirthsAndWork() throws {
        let fleet = try Fleet("--workers", "2", "--busy", "1:40")
        let watch = try Watch(fleet, tasks: try TaskIterator())
        try watch.settle(workers: 2)
        for _ in 0..<20 {
            let pids = watch.last.workers.map(\.info.id.pid)
            let before = pids.map { CPUClock.nanoseconds(ofProcess: $0) }
            watch.sampler.sweep()
            let after = pids.map { CPUClock.nanoseconds(ofProcess: $0) }
            for (index, entry) in watch.last.workers.enumerated() {
                let (low, high) = (try #require(before[index]), try #require(after[index]))
                #expect((low...high).contains(try #require(entry.row[.cpuNanoseconds])))
            }
            usleep(10_000)
        }
        let victim = try #require(watch.last.workers.first).info.id
        kill(victim.pid, SIGKILL)
        try watch.sweep(until: "a replacement") { found in
            found.exits.contains { $0.info.id == victim } && found.snapshots.last?.workers.count == 2
        }
        #expect(watch.last.workers.allSatisfy { $0.info.id != victim })
        #expect(watch.findings.warnings.isEmpty)
    }

    /// Behind the filter a program that was loaded before it still runs, and none can be loaded.
    @Test(.enabled(if: mayLoad)) func itRunsBehindTheFilter() throws {
        nonisolated(unsafe) let tasks = try TaskIterator()
        nonisolated(unsafe) var (canRead, canLoad) = (false, true)
        let thread = try NamedThread("filtered") {
            guard looptop_refuse_calls() >= 0 else { return }
            canRead = tasks.read() == 0
            canLoad = (try? TaskIterator()) != nil
        }
        thread.join()
        #expect(canRead && !canLoad)
    }
}
