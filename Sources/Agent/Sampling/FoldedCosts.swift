import Model
import ProcFS

/// What the processes cost that are folded into workers' rows. Each is read every few sweeps, in its own turn, and no file
/// is kept open.
struct FoldedCosts {
    /// Every so many sweeps.
    static let pause: UInt64 = 5
    /// All workers together; those beyond it are not read, and then their worker's sum is unknown.
    static let limit = 2048

    private struct Cost {
        var clock: UInt64
        /// CPU time since it was first seen, and what it had then.
        var total: UInt64
        var resident: UInt64
        var owner: WorkerID
    }

    private var costs: [ProcessRef: Cost] = [:]
    /// CPU time of those that ended, by worker: the column is a counter.
    private var past: [WorkerID: UInt64] = [:]
    private let pageSize: UInt64

    init(pageSize: UInt64) { self.pageSize = pageSize }

    /// Reads those of `all` that are folded into `worker` whose turn it is, and fills its columns.
    mutating func fill(
        _ row: inout WorkerRow, worker: WorkerID, folded all: [FoldedProcess], sweep: UInt64, reader: ProcReader
    ) {
        guard !all.isEmpty else { return }
        var (cpu, resident) = (past[worker] ?? 0, UInt64(0))
        var isKnown = true
        for folded in all {
            let isTurn = UInt64(UInt32(bitPattern: folded.process.pid)) % Self.pause == sweep % Self.pause
            if isTurn || costs[folded.process] == nil { read(folded.process, of: worker, reader: reader) }
            guard let cost = costs[folded.process] else {
                isKnown = false
                continue
            }
            cpu &+= cost.total
            resident &+= cost.resident
        }
        guard isKnown else { return }
        row[.foldedCPUNanoseconds] = cpu
        row[.foldedResidentBytes] = resident
    }

    /// Who is folded into which worker changed: what is of nobody any more is forgotten.
    mutating func keep(_ workers: some Sequence<WorkerInfo>) {
        var owners: [ProcessRef: WorkerID] = [:]
        for worker in workers {
            for folded in worker.folded { owners[folded.process] = worker.id }
        }
        for (process, cost) in costs where owners[process] != cost.owner {
            past[cost.owner, default: 0] &+= cost.total
            costs[process] = nil
        }
    }

    /// The worker ended.
    mutating func forget(_ worker: WorkerID) { past[worker] = nil }

    private mutating func read(_ process: ProcessRef, of worker: WorkerID, reader: ProcReader) {
        // The clock goes by number: what is found at that number afterwards tells whose it was.
        guard let clock = CPUClock.nanoseconds(ofProcess: process.pid) else { return }
        if let cost = costs[process], cost.clock == clock { return }  // it did not run
        guard costs[process] != nil || costs.count < Self.limit else { return }
        do {
            let stat = try reader.withHostFile("\(process.pid)/stat") { (text) throws(ProcError) in
                try ProcessStat(parsing: text)
            }
            guard stat.startTicks == process.startTicks, !stat.isDead else { return }
            let known = costs[process]
            let growth = known.map { clock >= $0.clock ? clock - $0.clock : 0 } ?? clock
            costs[process] = Cost(
                clock: clock, total: (known?.total ?? 0) &+ growth, resident: (stat.residentPages ?? 0) &* pageSize,
                owner: worker)
        } catch {
            return  // it ended, which the next look at all processes tells
        }
    }
}
