import CLinux
import Discovery
import Lag
import Model
import ProcFS

/// A living worker and the descriptors through which it is read. They name the process itself: once it is gone they
/// fail, and never read another process that was given its number.
final class WatchedWorker {
    private(set) var info: WorkerInfo
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

    /// A process that did not run had no burst of work either.
    private static let idle = LoopUse(utilisation: 0, meanBurst: nil, bound: .zero, runShare: 0, waitShare: 0)

    /// How many descriptors it holds while it is watched.
    let descriptors: UInt64

    private let directory: OwnedFD
    private let status: KeptFile
    private let schedstat: KeptFile
    private let io: KeptFile
    /// How old its limit of descriptors may be.
    private static let limitPatience = Duration.seconds(60)
    private var limitReadAt: MonotonicInstant?
    /// When `row` was read in full.
    private var readAt: MonotonicInstant?
    /// The CPU time that `cpuGrowth` has told of so far. Apart from `row`, which stays as it was where a sweep fails.
    private var counted: UInt64?

    /// Takes hold of the process, and checks that it is the one meant: a number can be given away between two looks.
    /// Throws `.vanished` when it is not. `keep` says whether its files stay open between sweeps, `isNewborn` that all its
    /// CPU time was used since the last sweep.
    init(
        info: WorkerInfo, entry: ProcessEntry, link: ManagerLink?, seen: MonotonicInstant, mark: UInt64, keep: Bool,
        isNewborn: Bool, reader: ProcReader
    ) throws(ProcError) {
        let directory = try reader.processDirectory(info.id.pid)
        let raw = looptop_pidfd_open(info.id.pid)
        guard raw >= 0 else { throw ProcError(errno: -raw, file: "pidfd") }
        let pidfd = OwnedFD(adopting: raw)
        let stat = try reader.processStat(of: directory)
        guard stat.startTicks == info.id.startTicks, !stat.isDead else { throw .vanished(file: "stat") }
        self.info = info
        self.entry = entry
        self.link = link
        self.seen = seen
        self.mark = mark
        self.pidfd = pidfd
        descriptors = keep ? 5 : 2
        counted = isNewborn ? 0 : nil
        status = KeptFile("status", of: directory, keep: keep)
        schedstat = KeptFile("schedstat", of: directory, keep: keep)
        io = KeptFile("io", of: directory, keep: keep)
        self.directory = directory
    }

    /// It is the same process under another title, parent or group.
    func describe(as info: WorkerInfo, from entry: ProcessEntry, link: ManagerLink?) {
        self.info = info
        self.entry = entry
        self.link = link
    }

    /// Reads what changed since the last sweep. A worker whose CPU clock did not move did not run, so none of its own
    /// counters changed: only `everything` reads it nevertheless (memory can be reclaimed from a sleeping process).
    func sample(reader: ProcReader, everything: Bool, now: MonotonicInstant) throws(ProcError) {
        guard let clock = CPUClock.nanoseconds(ofProcess: info.id.pid) else { throw .vanished(file: "cpu clock") }
        cpuGrowth = counted.map { clock >= $0 ? clock - $0 : 0 } ?? 0
        if counted != nil, let elapsed = readAt.map({ (now - $0).nanoseconds }), elapsed > 0 {
            cpuPermille = cpuGrowth.multipliedReportingOverflow(by: 1000).partialValue / UInt64(elapsed)
        }
        counted = clock
        if row[.cpuNanoseconds] == clock, !everything {
            use = readAt.map { _ in Self.idle }
            readAt = now
            return
        }
        var next = row
        next[.cpuNanoseconds] = clock
        let status = try self.status.read(by: reader, of: directory) { (text) throws(ProcError) in
            try ProcessStatus(parsing: text)
        }
        next[.residentBytes] = status.residentBytes
        lastResidentBytes = status.residentBytes ?? lastResidentBytes
        next[.threads] = status.threads
        next[.voluntarySwitches] = status.voluntarySwitches
        next[.involuntarySwitches] = status.involuntarySwitches
        next[.state] = UInt64(status.state)
        let schedule = try schedstat.read(by: reader, of: directory) { (text) throws(ProcError) in
            try SchedStat(parsing: text)
        }
        next[.loopRunNanoseconds] = schedule.runNanoseconds
        next[.loopWaitNanoseconds] = schedule.waitNanoseconds
        next[.openFiles] = try reader.descriptorCount(of: directory)
        readLimit(for: next, reader: reader, now: now)
        try readIO(into: &next, reader: reader)
        use = readAt.flatMap { LoopUse.between(row, next, elapsed: now - $0) }
        readAt = now
        row = next
    }

    /// Rarely: 10 us. Of a worker that comes near its limit each time, for it may have been given another one.
    private func readLimit(for row: WorkerRow, reader: ProcReader, now: MonotonicInstant) {
        let isNear = row.openFilesShare(of: info.openFilesLimit).map { $0 > Threshold.openFiles.warn } ?? false
        guard isNear || limitReadAt.map({ now - $0 >= Self.limitPatience }) ?? true else { return }
        limitReadAt = now
        do {
            info.openFilesLimit = try reader.withFile("limits", of: directory) { (text) throws(ProcError) in
                try ProcessLimits(parsing: text).openFiles
            }
        } catch {
            info.openFilesLimit = nil  // it is gone, or nobody may know
        }
    }

    /// How it ended, as long as its parent has not reaped it.
    func statusAsDead(reader: ProcReader) -> ExitStatus? {
        do {
            // The counters of `io` are hidden from whom the status is hidden from.
            return ExitStatus.ofDead(
                try reader.processStat(of: directory), mayKnow: !ioDenied && row[.readBytes] != nil)
        } catch {
            return nil  // reaped
        }
    }

    private func readIO(into row: inout WorkerRow, reader: ProcReader) throws(ProcError) {
        guard !ioDenied else { return }
        do {
            let io = try self.io.read(by: reader, of: directory) { (text) throws(ProcError) in
                try ProcessIO(parsing: text)
            }
            row[.readBytes] = io.readBytes
            row[.writtenBytes] = io.writtenBytes
        } catch .denied {
            ioDenied = true
        }
    }
}
