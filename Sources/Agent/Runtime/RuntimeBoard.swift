import Model
import Synchronization

/// The newest report of each process that reports. Written by the receiver's thread, read by the sampler's.
final class RuntimeBoard: Sendable {
    /// Three reports that did not come: the loop is blocked, or the process stopped. What it said before is history.
    static let stale = Duration.seconds(3)

    /// A process of this boot, named so that none that gets its number later can be taken for it.
    struct Owner: Hashable, Sendable {
        var pid: Int32
        var startTicks: UInt64
    }

    private let entries = Mutex<[Owner: (report: RuntimeReport, at: MonotonicInstant)]>([:])

    func note(_ report: RuntimeReport, of owner: Owner, at now: MonotonicInstant) {
        entries.withLock { $0[owner] = (report, now) }
    }

    /// It ended, or reports no more.
    func remove(_ owner: Owner) {
        entries.withLock { _ = $0.removeValue(forKey: owner) }
    }

    var count: Int { entries.withLock { $0.count } }

    /// Sets the columns of `row` that only the runtime knows; absent where it said nothing, or nothing lately.
    func fill(_ row: inout WorkerRow, worker: WorkerID, now: MonotonicInstant) {
        let entry = entries.withLock { $0[Owner(pid: worker.pid, startTicks: worker.startTicks)] }
        let report = entry.flatMap { now - $0.at < Self.stale ? $0.report : nil }
        row[.runtimeDelayMaxMicroseconds] = report?.delayMaxMicroseconds
        row[.runtimeDelayP99Microseconds] = report?.delayP99Microseconds
        row[.runtimeUtilisationPermille] = report?.utilisationPermille
        row[.runtimeHeapBytes] = report?.heapBytes
        row[.runtimeGCMicroseconds] = report?.gcMicroseconds
    }
}
