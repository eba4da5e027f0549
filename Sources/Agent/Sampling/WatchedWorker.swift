import CLinux
import Discovery
import Glibc
import Lag
import Model
import ProcFS

/// A living worker and the descriptors through which it is read. They name the process itself: once it is gone they
/// fail, and never read another process that was given its number.
final class WatchedWorker {
    let id: WorkerID
    private(set) var shared: SharedWorkerInfo
    var info: WorkerInfo { shared.info }
    /// What `info` was made of.
    private(set) var entry: ProcessEntry
    /// Who keeps this very process, where that is not its master.
    private(set) var link: ManagerLink?
    /// When the agent first saw it.
    let seen: MonotonicInstant
    /// What the poller calls it.
    let mark: UInt64
    let pidfd: OwnedFD
    private(set) var row = WorkerRow()
    /// The last that was known: a process on its way out has no memory any more, before its end is told.
    private(set) var lastResidentBytes: UInt64?
    /// The loop's use in the last interval in which the worker was read; `nil` until two readings exist.
    private(set) var use: LoopUse?
    /// CPU time since the previous sweep.
    private(set) var cpuGrowth: UInt64 = 0
    /// The same, as a share of one core.
    private(set) var cpuPermille: UInt64?
    /// `/proc/<pid>/io` was refused: needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
    private(set) var ioDenied = false
    private var hasReadIO = false

    /// A process that did not run had no burst of work either.
    private static let idle = LoopUse(utilisation: 0, meanBurst: nil, bound: .zero, runShare: 0, waitShare: 0)

    /// How many descriptors it holds while it is watched.
    let descriptors: UInt64

    private let files: Files
    /// How old its limit of descriptors may be.
    private static let limitPatience = Duration.seconds(300)
    private var limitReadAt: MonotonicInstant?
    /// When `row` was brought up to date.
    private var readAt: MonotonicInstant?
    /// The CPU time that `cpuGrowth` has told of so far. Apart from `row`, which stays as it was where a sweep fails.
    private var counted: UInt64?
    /// It ran in the sweep before this one.
    private var ran = false
    /// Of several threads, as `readClock` found it for the sweep of an instant.
    private var clock: (nanoseconds: UInt64, sweep: MonotonicInstant)?
    /// `ProcessCounters.memoryMark` when its memory was read.
    private var memoryMark: UInt64?

    /// What stays open of a worker: the process file system's most expensive part is opening.
    private struct Files: ~Copyable {
        /// `statm` where `TaskIterator` or `ThreadCounterBatch` tells of the main thread; else `status`, which costs four times as much and
        /// says both.
        let memory: KeptFile
        let schedstat: KeptFile?
        let io: KeptFile
    }

    /// Of which of them, besides the pidfd, it takes how many descriptors.
    static func descriptors(keep: Bool, hasCounters: Bool) -> UInt64 { !keep ? 1 : hasCounters ? 3 : 4 }

    /// Takes hold of the process, and checks that it is the one meant: a number can be given away between two looks.
    /// Throws `.vanished` when it is not. `keep` says whether its files stay open between sweeps, `hasCounters` whether
    /// `read` is given the counters of its main thread, `isNewborn` that all its CPU time was used since the last sweep.
    init(
        info: WorkerInfo, entry: ProcessEntry, link: ManagerLink?, seen: MonotonicInstant, mark: UInt64, keep: Bool,
        hasCounters: Bool, isNewborn: Bool, reader: ProcReader
    ) throws(ProcError) {
        let pid = info.id.pid
        let raw = looptop_pidfd_open(pid)
        guard raw >= 0 else { throw ProcError(errno: -raw, file: "pidfd") }
        let pidfd = OwnedFD(adopting: raw)
        let files = Files(
            memory: KeptFile(hasCounters ? "statm" : "status", ofProcess: pid, keep: keep, reader: reader),
            schedstat: hasCounters ? nil : KeptFile("schedstat", ofProcess: pid, keep: keep, reader: reader),
            io: KeptFile("io", ofProcess: pid, keep: keep, reader: reader))
        // After the others: what is kept open is of the process that this tells of, or of none.
        let stat = try reader.processStat(ofProcess: pid)
        guard stat.startTicks == info.id.startTicks, !stat.isDead else { throw .vanished(file: "stat") }
        id = info.id
        shared = SharedWorkerInfo(info)
        self.entry = entry
        self.link = link
        self.seen = seen
        self.mark = mark
        self.pidfd = pidfd
        self.files = files
        descriptors = Self.descriptors(keep: keep, hasCounters: hasCounters)
        counted = isNewborn ? 0 : nil
    }

    /// It is the same process under another title, parent or group.
    func describe(as info: WorkerInfo, from entry: ProcessEntry, link: ManagerLink?) {
        shared = SharedWorkerInfo(info)
        self.entry = entry
        self.link = link
    }

    /// What a sweep has to read of a worker.
    enum Reading {
        case counters
        /// Also what changes seldom, or without the worker: its state, and memory that is reclaimed while it sleeps.
        case everything
    }

    /// The first half of a sample without `TaskIterator`: its CPU clock, and what that says of the rest. Where it stood still
    /// the worker did not run, so none of its own counters changed: `nil`. Everything is read when it is its turn, and when it
    /// came to rest: in which state, and with how much memory.
    func look(isItsTurn: Bool, now: MonotonicInstant) throws(ProcError) -> Reading? {
        guard let clock = CPUClock.nanoseconds(ofProcess: id.pid) else { throw .vanished(file: "cpu clock") }
        let isDue = note(clock, isItsTurn: isItsTurn, now: now)
        if isDue { return .everything }
        if ran { return .counters }
        sleptOn(now)
        return nil
    }

    /// The CPU clock of a process of several threads, which `TaskIterator` does not tell: to be read right after it, for all of a
    /// sweep is told of one moment.
    func readClock(sweep: MonotonicInstant) {
        clock = CPUClock.nanoseconds(ofProcess: id.pid).map { ($0, sweep) }
    }

    var hasSeveralThreads: Bool { row[.threads].map { $0 > 1 } ?? false }

    /// Takes its CPU time. Returns whether everything is to be read.
    private func note(_ clock: UInt64, isItsTurn: Bool, now: MonotonicInstant) -> Bool {
        cpuGrowth = counted.map { clock >= $0 ? clock - $0 : 0 } ?? 0
        if counted != nil, let elapsed = readAt.map({ (now - $0).nanoseconds }), elapsed > 0 {
            cpuPermille = cpuGrowth.multipliedReportingOverflow(by: 1000).partialValue / UInt64(elapsed)
        }
        counted = clock
        let cameToRest = ran && row[.cpuNanoseconds] == clock
        ran = row[.cpuNanoseconds] != clock
        return isItsTurn || cameToRest || readAt == nil
    }

    private func sleptOn(_ now: MonotonicInstant) {
        use = Self.idle
        readAt = now
    }

    /// The whole sample, where a BPF program told of it: of its files only its memory is read, where that can have changed,
    /// and what the program does not say.
    func take(
        _ told: ProcessCounters, isItsTurn: Bool, reader: ProcReader, now: MonotonicInstant
    ) throws(ProcError) {
        guard told.startTicks == id.startTicks, !told.isDead else { throw .vanished(file: "task") }
        let pid = id.pid
        let clock =
            told.threads == 1
            ? told.runNanoseconds &+ told.endedNanoseconds
            : clock.flatMap { $0.sweep == now ? $0.nanoseconds : nil } ?? CPUClock.nanoseconds(ofProcess: pid)
        guard let clock else { throw .vanished(file: "cpu clock") }
        guard note(clock, isItsTurn: isItsTurn, now: now) || ran else { return sleptOn(now) }
        var next = row
        next[.cpuNanoseconds] = clock
        next[.loopRunNanoseconds] = told.runNanoseconds
        next[.loopWaitNanoseconds] = told.waitNanoseconds
        next[.voluntarySwitches] = told.voluntarySwitches
        next[.involuntarySwitches] = told.involuntarySwitches
        next[.threads] = told.threads
        next[.state] = UInt64(told.state)
        // Other threads' page faults are not in the mark. What is given back without a trace in it waits for the worker's turn.
        if isItsTurn || told.threads > 1 || memoryMark != told.memoryMark {
            try readMemory(into: &next, reader: reader)
            memoryMark = told.memoryMark
        }
        next[.openFiles] = if let count = told.openFiles { count } else { try reader.descriptorCount(ofProcess: pid) }
        readLimit(for: next, reader: reader, now: now)
        // The program tells them of all, `io` of those of whom it may be known: how they end is hidden from the same.
        if hasReadIO, let storage = told.storage {
            (next[.readBytes], next[.writtenBytes]) = (storage.read, storage.written)
        } else {
            try readIO(into: &next, reader: reader)
        }
        finish(next, now: now)
    }

    private func finish(_ next: WorkerRow, now: MonotonicInstant) {
        lastResidentBytes = next[.residentBytes] ?? lastResidentBytes
        use = readAt.flatMap { LoopUse.between(row, next, elapsed: now - $0) }
        readAt = now
        row = next
    }

    /// Of who is given the counters of its main thread.
    private func readMemory(into row: inout WorkerRow, reader: ProcReader) throws(ProcError) {
        row[.residentBytes] = try files.memory.read(by: reader) { (text) throws(ProcError) in
            try StatM(parsing: text).residentBytes
        }
    }

    /// The second half, where the first one asks for it; `thread` is its main thread, where somebody else was asked.
    func read(
        _ reading: Reading, thread: ThreadCounters?, reader: ProcReader, now: MonotonicInstant
    ) throws(ProcError) {
        var next = row
        next[.cpuNanoseconds] = counted
        let pid = id.pid
        if let thread {
            next[.loopRunNanoseconds] = thread.runNanoseconds
            next[.loopWaitNanoseconds] = thread.waitNanoseconds
            next[.voluntarySwitches] = thread.voluntarySwitches
            next[.involuntarySwitches] = thread.involuntarySwitches
        }
        if reading == .counters, thread != nil {
            try readMemory(into: &next, reader: reader)
            next[.threads] = try reader.threadCount(ofProcess: pid)
        } else {
            let status = try readStatus(by: reader)
            next[.residentBytes] = status.residentBytes
            next[.threads] = status.threads
            next[.state] = UInt64(status.state)
            if thread == nil {
                let schedule = try readSchedule(by: reader)
                next[.loopRunNanoseconds] = schedule.runNanoseconds
                next[.loopWaitNanoseconds] = schedule.waitNanoseconds
                next[.voluntarySwitches] = status.voluntarySwitches
                next[.involuntarySwitches] = status.involuntarySwitches
            }
        }
        next[.openFiles] = try reader.descriptorCount(ofProcess: pid)
        readLimit(for: next, reader: reader, now: now)
        try readIO(into: &next, reader: reader)
        finish(next, now: now)
    }

    private func readStatus(by reader: ProcReader) throws(ProcError) -> ProcessStatus {
        func parse(_ text: Span<UInt8>) throws(ProcError) -> ProcessStatus { try ProcessStatus(parsing: text) }
        return files.schedstat == nil
            ? try reader.withFile("status", ofProcess: id.pid, parse) : try files.memory.read(by: reader, parse)
    }

    private func readSchedule(by reader: ProcReader) throws(ProcError) -> SchedStat {
        func parse(_ text: Span<UInt8>) throws(ProcError) -> SchedStat { try SchedStat(parsing: text) }
        switch files.schedstat {
        case .some(let file): return try file.read(by: reader, parse)
        case .none: return try reader.withFile("schedstat", ofProcess: id.pid, parse)
        }
    }

    /// Rarely: 10 us. Of a worker that comes near its limit each time, for it may have been given another one.
    private func readLimit(for row: WorkerRow, reader: ProcReader, now: MonotonicInstant) {
        let isNear = row.openFilesShare(of: info.openFilesLimit).map { $0 > Threshold.openFiles.warn } ?? false
        guard isNear || limitReadAt.map({ now - $0 >= Self.limitPatience }) ?? true else { return }
        limitReadAt = now
        var new = info
        do {
            new.openFilesLimit = try reader.withFile("limits", ofProcess: id.pid) { (text) throws(ProcError) in
                try ProcessLimits(parsing: text).openFiles
            }
        } catch {
            new.openFilesLimit = nil  // it is gone, or nobody may know
        }
        if new != info { shared = SharedWorkerInfo(new) }
    }

    /// How it ended, as long as its parent has not reaped it.
    func statusAsDead(reader: ProcReader) -> ExitStatus? {
        do {
            // The counters of `io` are hidden from whom the status is hidden from.
            let stat = try reader.processStat(ofProcess: id.pid)
            guard stat.startTicks == id.startTicks else { return nil }
            return ExitStatus.ofDead(stat, mayKnow: hasReadIO)
        } catch {
            return nil  // reaped
        }
    }

    private func readIO(into row: inout WorkerRow, reader: ProcReader) throws(ProcError) {
        guard !ioDenied else { return }
        do {
            let io = try files.io.read(by: reader) { (text) throws(ProcError) in
                try ProcessIO(parsing: text)
            }
            row[.readBytes] = io.readBytes
            row[.writtenBytes] = io.writtenBytes
            hasReadIO = true
        } catch .denied {
            ioDenied = true
        }
    }
}
