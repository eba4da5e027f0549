import Lag
import Model

/// Rates of one worker between its two newest samples; `nil` is unknown.
struct WorkerRates: Sendable {
    /// Of one core: 1 is one core busy.
    var cpu: Double?
    var loop: LoopUse?
    /// Bytes per second.
    var read: Double?
    var written: Double?
    /// Of the main thread, per second.
    var voluntarySwitches: Double?
    var involuntarySwitches: Double?

    init() {}

    init(from earlier: WorkerRow, to later: WorkerRow, over elapsed: Duration) {
        cpu = later.rate(of: .cpuNanoseconds, since: earlier, over: elapsed).map { $0 / 1e9 }
        loop = LoopUse.between(earlier, later, elapsed: elapsed)
        read = later.rate(of: .readBytes, since: earlier, over: elapsed)
        written = later.rate(of: .writtenBytes, since: earlier, over: elapsed)
        voluntarySwitches = later.rate(of: .voluntarySwitches, since: earlier, over: elapsed)
        involuntarySwitches = later.rate(of: .involuntarySwitches, since: earlier, over: elapsed)
    }
}

/// What came in about one worker since it was first seen, kept for a while after it ended.
struct WorkerTrack: Sendable {
    struct History: Sendable {
        var cpu = Series()
        var residentBytes = Series()
        var openFiles = Series()
        var threads = Series()
        var utilisation = Series()
        /// Seconds.
        var meanBurst = Series()
        /// Seconds; an upper bound, not a measured lag.
        var lagBound = Series()
        /// Share of time the main thread was runnable without a CPU.
        var runQueueWait = Series()
    }

    /// The end of a worker: seen as an event, or by its absence.
    struct End: Sendable {
        var at: MonotonicInstant
        var wall: WallTime
        /// `nil` where nobody told.
        var status: ExitStatus?
        /// Told by the agent: final. Otherwise only absent from a snapshot, which a later one may correct.
        var certain: Bool
    }

    private(set) var info: WorkerInfo
    private(set) var row: WorkerRow
    private(set) var rates = WorkerRates()
    private(set) var history = History()
    private(set) var grade = Grade()
    /// On our clock.
    let firstSeen: MonotonicInstant
    /// When its newest sample was taken, on our clock.
    private(set) var sampledAt: MonotonicInstant
    private(set) var end: End?

    /// When its newest sample was taken, on the agent's clock.
    private var sampled: MonotonicInstant

    init(_ entry: WorkerEntry, sampled: MonotonicInstant, at sampledAt: MonotonicInstant) {
        info = entry.info
        row = entry.row
        self.sampled = sampled
        self.sampledAt = sampledAt
        firstSeen = sampledAt
        record(missing: 0)
    }

    /// A newer sample of the same worker; `sampled` on the agent's clock, `sampledAt` the same moment on ours.
    mutating func update(
        _ entry: WorkerEntry, sampled: MonotonicInstant, at sampledAt: MonotonicInstant, interval: Duration
    ) {
        let elapsed = sampled - self.sampled
        // A snapshot taken before the end may arrive after the event that told of it.
        guard elapsed > .zero, end?.certain != true else { return }
        let intervals = (elapsed.seconds / interval.seconds).rounded()
        // After a longer pause the average since then is not what is going on now.
        rates = intervals <= 3 ? WorkerRates(from: row, to: entry.row, over: elapsed) : WorkerRates()
        info = entry.info
        row = entry.row
        self.sampled = sampled
        self.sampledAt = sampledAt
        end = nil
        record(missing: Int(min(intervals, Double(Series.capacity))) - 1)
        judge(interval: interval)
    }

    mutating func ended(_ end: End) {
        // The event may follow the snapshot that lacked the worker, and knows more.
        if self.end == nil || end.certain { self.end = end }
    }

    private mutating func record(missing: Int) {
        func append(_ value: Double?, to series: inout Series) {
            series.appendGap(missing)
            series.append(value)
        }
        append(rates.cpu, to: &history.cpu)
        append(row[.residentBytes].map { Double($0) }, to: &history.residentBytes)
        append(row[.openFiles].map { Double($0) }, to: &history.openFiles)
        append(row[.threads].map { Double($0) }, to: &history.threads)
        append(rates.loop?.utilisation, to: &history.utilisation)
        append(rates.loop?.meanBurst?.seconds, to: &history.meanBurst)
        append(rates.loop?.bound.seconds, to: &history.lagBound)
        append(rates.loop?.waitShare, to: &history.runQueueWait)
    }

    private mutating func judge(interval: Duration) {
        var grade = Grade()
        grade.add(.loopUtilisation, history.utilisation, interval: interval) { "loop \($0) used" }
        grade.add(.workerCPU, history.cpu, interval: interval) { "CPU \($0) of one core" }
        self.grade = grade
    }
}
