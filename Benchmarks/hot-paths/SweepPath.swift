import CLinux
import Discovery
import Glibc
import Model
import ProcFS

@testable import Agent

extension HotPaths {
    /// What the sampler does to each worker in a sweep, but for the question that is asked for many at once. Each is read as
    /// one that ran since the sweep before, or they are processes that sleep.
    static func sweep(of pids: [Int32], haveRun: Bool) throws -> HotPath {
        let reader = ProcReader()
        let workers = try pids.map { try watch($0, by: reader) }
        let thread = ThreadCounters(
            runNanoseconds: 1, waitNanoseconds: 1, voluntarySwitches: 1, involuntarySwitches: 1)
        func sample(_ round: Int, _ reading: WatchedWorker.Reading?) throws -> Int {
            let now = SteadyHost.moment(round + 2).monotonic
            for worker in workers {
                let found = try worker.look(isItsTurn: false, now: now)
                guard let reading = reading ?? found else { continue }
                try worker.read(reading, thread: thread, reader: reader, now: now)
            }
            return workers.count
        }
        // The first finds them new, the second come to rest.
        for round in -2..<0 { _ = try sample(round, .everything) }
        return HotPath(units: workers.count) { round in try sample(round, haveRun ? .counters : nil) }
    }

    /// The same where a BPF program told of all of them. Each ran since the sweep before, and had no page fault.
    static func sweepTold(of pids: [Int32]) throws -> HotPath {
        let reader = ProcReader()
        let workers = try pids.map { try watch($0, by: reader) }
        let nanosecondsPerTick: UInt64 = 10_000_000
        var told = workers.map { worker in
            var told = looptop_process()
            told.pid = UInt32(worker.info.id.pid)
            told.threads = 1
            told.start = worker.info.id.startTicks * nanosecondsPerTick
            told.open_files = 5
            told.state = 1
            return told
        }
        func sample(_ round: Int) throws -> Int {
            let now = SteadyHost.moment(round + 2).monotonic
            for index in told.indices {
                told[index].run += 1_000_000
                told[index].voluntary += 10
                try workers[index].take(
                    ProcessCounters(told[index], nanosecondsPerTick: nanosecondsPerTick), isItsTurn: false,
                    reader: reader, now: now)
            }
            return workers.count
        }
        for round in -2..<0 { _ = try sample(round) }
        return HotPath(units: workers.count, round: sample)
    }

    private static func watch(_ pid: Int32, by reader: ProcReader) throws -> WatchedWorker {
        let stat = try reader.processStat(of: try reader.processDirectory(pid))
        let entry = ProcessEntry(
            pid: pid, parentPID: getppid(), startTicks: stat.startTicks, uid: getuid(), name: "sleep",
            arguments: ["sleep"])
        let info = WorkerInfo(
            id: WorkerID(boot: BootID(high: 2, low: 1), pid: pid, startTicks: stat.startTicks), parentPID: getppid(),
            groupKey: "sleep", slot: 1, uid: getuid(), name: "sleep", arguments: ["sleep"],
            started: SteadyHost.began.wall)
        return try WatchedWorker(
            info: info, entry: entry, link: nil, seen: SteadyHost.began.monotonic, mark: UInt64(pid), keep: true,
            hasCounters: true, isNewborn: false, reader: reader)
    }
}

/// In the place of `looptop_pidfd_open`: Valgrind knows no pidfd before 3.21, and in a sweep nothing is done with one.
@_cdecl("__wrap_looptop_pidfd_open")
func placeholder(pid: CInt) -> CInt { open("/dev/null", O_RDONLY | O_CLOEXEC) }
