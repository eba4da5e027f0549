import Glibc
import Model
import ProcFS

/// Samples of the workers. Most of a sweep's cost is the kernel's, so a worker is asked no more than its CPU clock makes
/// necessary (measured in docs/PERFORMANCE.md).
extension Sampler {
    /// Each worker is read in full after so long, but not before its tenth sweep, in its own turn, even if it sleeps: its
    /// memory can be reclaimed.
    private static let fullReadPause = Duration.seconds(10)
    /// Of the time in which clocks are read. CPU times are to be exact to 0.1 ms.
    private static let mostLost = Duration.microseconds(100)
    private var fullReadEvery: UInt64 { UInt64(max(10, (Self.fullReadPause.seconds / pace.pause.seconds).rounded())) }

    /// One full sweep: deaths, births, counters, deaths again, and out with it.
    func sweep() {
        let start = Clocks.monotonic()
        defer { sweepTime = Clocks.monotonic() - start }
        noteEnds()
        giveUpOnReaping(at: Clocks.monotonic())
        let told = readTasks()
        lookForWorkers(among: told == nil ? nil : tasks?.pids)
        let areTold = told != nil
        let now = told ?? Clocks.monotonic()
        sweptTicks = ticksSinceBoot
        hostTotals.begin()
        for key in totals.keys { totals[key]?.begin() }
        var lost: Set<WorkerID> = []
        crowds.removeAll(keepingCapacity: true)
        let fullReadEvery = fullReadEvery
        for (index, worker) in roster.enumerated() {
            if index + Prefetch.far < roster.count { Prefetch.object(roster[index + Prefetch.far], bytes: 576) }
            attempt(on: worker, lost: &lost) { () throws(ProcError) in
                let isItsTurn = (worker.mark &+ sequence) % fullReadEvery == 0
                if areTold, let told = tasks?.counters(of: worker.id.pid) {
                    try worker.take(told, isItsTurn: isItsTurn, reader: reader, now: now)
                } else if let reading = try worker.look(isItsTurn: isItsTurn, now: now) {
                    readings.append((worker, reading))
                }
            }
            if areTold, worker.hasSeveralThreads { crowds.append(worker) }
        }
        readWorkers(now: now, lost: &lost)
        set(.ioDenied, roster.contains { $0.ioDenied })
        set(.sweepsStretched, pace.isStretched)
        set(.signalsDenied, !mayKill && roster.contains { $0.info.uid != geteuid() })
        // The CPU clock goes by number, so a worker that ended during the sweep must not be reported from it.
        noteEnds()
        sequence += 1
        cgroups.refresh(reader: reader, now: now)
        publish(at: Moment(monotonic: now, wall: Clocks.wall()), without: lost)
    }

    /// What a BPF program tells of all processes, where there is one, and when; and before anything else the clocks that it does
    /// not tell. Once more where this thread lost its CPU meanwhile, while the others worked on: a sweep is told of one moment.
    private func readTasks() -> MonotonicInstant? {
        guard let tasks else { return nil }
        var told: MonotonicInstant
        var isAgain = false
        repeat {
            let (start, cpu) = (Clocks.monotonic(), Clocks.threadCPUNanoseconds())
            let answer = tasks.read()
            guard answer == 0 else {
                output.warn("each worker is read by itself: the BPF program that counts for all: \(reason(answer))")
                if answer == EPERM { self.tasks = nil }
                return nil
            }
            told = Clocks.monotonic()
            for worker in crowds { worker.readClock(sweep: told) }
            let worked = Duration.nanoseconds(Int64(clamping: Clocks.threadCPUNanoseconds() &- cpu))
            isAgain = !isAgain && Clocks.monotonic() - start - worked > Self.mostLost
        } while isAgain
        return told
    }

    /// The second half of the samples, of who has to be read: a batch of main threads at a time, and then their files.
    private func readWorkers(now: MonotonicInstant, lost: inout Set<WorkerID>) {
        for start in stride(from: 0, to: readings.count, by: ThreadCounterBatch.size) {
            let batch = readings[start..<min(readings.count, start + ThreadCounterBatch.size)]
            let threads = threadCounters.flatMap { $0.ask(batch.lazy.map(\.worker.id.pid)) ? $0 : nil }
            for index in batch.indices {
                let (worker, reading) = batch[index]
                attempt(on: worker, lost: &lost) { () throws(ProcError) in
                    let thread = try threads?.counters(at: index - start)
                    try worker.read(reading, thread: thread, reader: reader, now: now)
                }
            }
        }
        // Who ends from here on is let go at once, and its descriptors with it.
        readings.removeAll(keepingCapacity: true)
    }

    private func attempt(
        on worker: WatchedWorker, lost: inout Set<WorkerID>, _ body: () throws(ProcError) -> Void
    ) {
        do {
            try body()
        } catch .vanished {
            lost.insert(worker.id)  // its pidfd tells more, now or soon
        } catch {
            output.warn("pid \(worker.id.pid): \(error)")
        }
    }
}
