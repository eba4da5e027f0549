import CLinux
import Discovery
import Glibc
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

@Suite struct WatchedWorkerTests {
    /// A copy of what the kernel says of a living process, so that a test can change it.
    private struct Copy {
        let child: Child
        let root = TemporaryDirectory()
        let files = TemporaryDirectory()
        let status: String
        let reader: ProcReader

        init() throws {
            let child = try Child(["/bin/sleep", "60"])
            func text(_ name: String) throws -> String {
                let file = try #require(fopen("/proc/\(child.pid)/\(name)", "re"))
                defer { fclose(file) }
                var bytes = [UInt8](repeating: 0, count: 8192)
                let count = fread(&bytes, 1, bytes.count, file)
                return String(decoding: bytes.prefix(count), as: UTF8.self)
            }
            self.child = child
            for name in ["stat", "schedstat", "io", "limits"] { _ = try files.write(name, try text(name)) }
            _ = try files.write("fd", "")
            status = try text("status")
            symlink(files.path, root.path + "/\(child.pid)")
            root.note("\(child.pid)")
            reader = ProcReader(root: root.path)
        }

        func watch() throws -> WatchedWorker {
            let stat = try reader.processStat(of: try reader.processDirectory(child.pid))
            let entry = ProcessEntry(
                pid: child.pid, parentPID: getpid(), startTicks: stat.startTicks, uid: getuid(), name: "sleep",
                arguments: ["/bin/sleep", "60"])
            let info = WorkerInfo(
                id: WorkerID(boot: Samples.boot, pid: child.pid, startTicks: stat.startTicks), parentPID: getpid(),
                groupKey: "sleep", slot: 1, uid: getuid(), name: "sleep", arguments: ["/bin/sleep", "60"],
                started: WallTime(nanoseconds: 1))
            return try WatchedWorker(
                info: info, entry: entry, link: nil, seen: Clocks.monotonic(), mark: 1, keep: false, hasCounters: false,
                isNewborn: false, reader: reader)
        }
    }

    /// A process on its way out gives up its memory first, and is told to have ended later.
    @Test func theLastMemoryIsRememberedWhenThereIsNoneAnyMore() throws {
        let copy = try Copy()
        _ = try copy.files.write("status", copy.status)
        let worker = try copy.watch()
        try worker.read(.everything, thread: nil, reader: copy.reader, now: Clocks.monotonic())
        let resident = try #require(worker.row[.residentBytes])
        #expect(worker.lastResidentBytes == resident)
        let without = copy.status.split(separator: "\n").filter { !$0.hasPrefix("Vm") && !$0.hasPrefix("Rss") }
        _ = try copy.files.write("status", without.joined(separator: "\n") + "\n")
        try worker.read(.everything, thread: nil, reader: copy.reader, now: Clocks.monotonic())
        #expect(worker.row[.residentBytes] == nil)
        #expect(worker.lastResidentBytes == resident)
    }

    /// This process has several threads. What they do after the sweep's moment is of the next one.
    @Test func theClockOfSeveralThreadsIsThatOfTheSweep() throws {
        let reader = ProcReader()
        let stat = try reader.processStat(ofProcess: getpid())
        let entry = ProcessEntry(
            pid: getpid(), parentPID: getppid(), startTicks: stat.startTicks, uid: getuid(), name: "tests",
            arguments: ["tests"])
        let info = WorkerInfo(
            id: WorkerID(boot: Samples.boot, pid: getpid(), startTicks: stat.startTicks), parentPID: getppid(),
            groupKey: "tests", slot: 1, uid: getuid(), name: "tests", arguments: [], started: WallTime(nanoseconds: 1))
        let sweep = Clocks.monotonic()
        let worker = try WatchedWorker(
            info: info, entry: entry, link: nil, seen: sweep, mark: 1, keep: true, hasCounters: true, isNewborn: false,
            reader: reader)
        var process = looptop_process()
        process.start = stat.startTicks * Clocks.nanosecondsPerFileTick
        process.threads = 2
        process.open_files = .init(LOOPTOP_UNKNOWN_FILES)
        let told = ProcessCounters(process, nanosecondsPerTick: Clocks.nanosecondsPerFileTick)
        worker.readClock(sweep: sweep)
        let then = Clocks.ownCPUNanoseconds()
        while Clocks.ownCPUNanoseconds() < then + 2_000_000 {}
        try worker.take(told, isItsTurn: true, reader: reader, now: sweep)
        #expect(try #require(worker.row[.cpuNanoseconds]) <= then && worker.hasSeveralThreads)
        // Of the next one nobody read it in advance.
        try worker.take(told, isItsTurn: true, reader: reader, now: sweep + .seconds(1))
        #expect(try #require(worker.row[.cpuNanoseconds]) >= then + 2_000_000)
    }

    /// A real process that is given another limit, and opens more and more.
    @Test func itKnowsHowManyDescriptorsItMayHave() throws {
        let leaks = """
            import resource, sys
            print("up", flush=True)
            kept = []
            for line in sys.stdin:
                if line.startswith("limit"):
                    resource.setrlimit(resource.RLIMIT_NOFILE, (int(line.split()[1]), 400))
                else:
                    kept += [open("/dev/null") for _ in range(int(line))]
                print("done", flush=True)
            """
        let child = try Child(["/usr/bin/python3", "-c", leaks], isTalking: true)
        defer { child.reap() }
        #expect(child.nextLine() == "up")
        let reader = ProcReader()
        let stat = try reader.processStat(of: try reader.processDirectory(child.pid))
        let entry = ProcessEntry(
            pid: child.pid, parentPID: getpid(), startTicks: stat.startTicks, uid: getuid(), name: "python3",
            arguments: ["/usr/bin/python3"])
        let info = WorkerInfo(
            id: WorkerID(boot: Samples.boot, pid: child.pid, startTicks: stat.startTicks), parentPID: getpid(),
            groupKey: "leaks", slot: 1, uid: getuid(), name: "python3", arguments: [], started: WallTime(nanoseconds: 1)
        )
        let start = Clocks.monotonic()
        let worker = try WatchedWorker(
            info: info, entry: entry, link: nil, seen: start, mark: 1, keep: true, hasCounters: false, isNewborn: false,
            reader: reader)
        func share(_ order: String, after seconds: Int) throws -> Double? {
            #expect(child.ask(order) == "done")
            try worker.read(.everything, thread: nil, reader: reader, now: start + .seconds(seconds))
            return worker.row.openFilesShare(of: worker.info.openFilesLimit)
        }
        let few = try #require(try share("limit 200", after: 0))
        #expect(few < 0.1 && worker.info.openFilesLimit == 200)
        // For a while the old limit is believed, until it comes near.
        #expect(try share("limit 300", after: 1) ?? 1 < 0.1 && worker.info.openFilesLimit == 200)
        #expect(try share("150", after: 2) ?? 0 > 0.5 && worker.info.openFilesLimit == 300)
        _ = try share("limit 400", after: 303)
        #expect(worker.info.openFilesLimit == 400)
    }
}
