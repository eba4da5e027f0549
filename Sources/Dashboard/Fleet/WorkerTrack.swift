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
    /// Share of time the runtime says it collected garbage.
    var collecting: Double?
    /// Of one core, by the processes folded into the row.
    var foldedCPU: Double?

    init() {}

    init(from earlier: WorkerRow, to later: WorkerRow, over elapsed: Duration) {
        cpu = later.rate(of: .cpuNanoseconds, since: earlier, over: elapsed).map { $0 / 1e9 }
        loop = LoopUse.between(earlier, later, elapsed: elapsed)
        read = later.rate(of: .readBytes, since: earlier, over: elapsed)
        written = later.rate(of: .writtenBytes, since: earlier, over: elapsed)
        voluntarySwitches = later.rate(of: .voluntarySwitches, since: earlier, over: elapsed)
        involuntarySwitches = later.rate(of: .involuntarySwitches, since: earlier, over: elapsed)
        foldedCPU = later.rate(of: .foldedCPUNanoseconds, since: earlier, over: elapsed).map { $0 / 1e9 }
        collecting = later.rate(of: .runtimeGCMicroseconds, since: earlier, over: elapsed).map { $0 / 1e6 }
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
        /// Share of time the loop was runnable without a CPU.
        var runQueueWait = Series()
        var lag = LagHistory()
    }

    /// The end of a worker: seen as an event, or by its absence.
    struct End: Sendable {
        var at: MonotonicInstant
        var wall: WallTime
        /// `nil` where nobody told.
        var status: ExitStatus?
        /// Something of its cgroup was killed for memory at that time.
        var oomKilled = false
        /// Told by the agent: final. Otherwise only absent from a snapshot, which a later one may correct.
        var certain: Bool
    }

    private(set) var info: WorkerInfo
    private(set) var row: WorkerRow
    private(set) var rates = WorkerRates()
    private(set) var lag = LagReading()
    /// As the agent counts them: they only grow.
    private(set) var stretches = LagHistogram()
    private(set) var history: History {
        _read { yield histories[0] }
        _modify { yield &histories[0] }
    }
    /// One, in a place of its own: a copy of a track takes one reference to it and not dozens.
    private var histories = [History()]
    private(set) var grade = Grade()
    /// On our clock.
    let firstSeen: MonotonicInstant
    /// When its newest sample was taken, on our clock.
    private(set) var sampledAt: MonotonicInstant
    private(set) var end: End?

    /// When its newest sample was taken, on the agent's clock.
    private var sampled: MonotonicInstant
    private var lagLevel = HeldLevel()
    private var openFilesLevel = HeldLevel()
    /// Of its host.
    private let cores: UInt32?
    /// Of its app.
    let limits: WorkerLimits

    init(
        _ entry: WorkerEntry, sampled: MonotonicInstant, at sampledAt: MonotonicInstant, cores: UInt32?,
        limits: WorkerLimits = WorkerLimits()
    ) {
        self.cores = cores
        self.limits = limits
        info = entry.info
        row = entry.row
        lag = LagReading(entry.row)
        stretches = entry.stretches
        self.sampled = sampled
        self.sampledAt = sampledAt
        firstSeen = sampledAt
        record(after: nil)
        // What a row says of the moment needs no second one.
        judge(interval: .seconds(1))
    }

    /// Share of time the loop was not waiting for events: as probed, else from the main thread's counters.
    var utilisation: Double? { lag.utilisation ?? rates.loop?.utilisation }
    /// Share of time it wanted a CPU and had none, from where that is known.
    var runQueueWait: Double? { lag.runQueue ?? rates.loop?.waitShare }
    var runtime: RuntimeReading? { RuntimeReading(row, collecting: rates.collecting) }

    /// A newer sample of the same worker; `sampled` on the agent's clock, `sampledAt` the same moment on ours. `cadence`: the
    /// planned time since the one before, where the agent says.
    mutating func update(
        _ entry: WorkerEntry, sampled: MonotonicInstant, at sampledAt: MonotonicInstant, interval: Duration,
        cadence: Duration? = nil
    ) {
        let elapsed = sampled - self.sampled
        // A snapshot taken before the end may arrive after the event that told of it.
        guard elapsed > .zero, end?.certain != true else { return }
        let gap = SampleGap(elapsed, interval: interval, cadence: cadence)
        rates = gap.recent.map { WorkerRates(from: row, to: entry.row, over: $0) } ?? WorkerRates()
        info = entry.info
        row = entry.row
        lag = LagReading(entry.row)
        stretches = entry.stretches
        self.sampled = sampled
        self.sampledAt = sampledAt
        end = nil
        record(after: gap)
        judge(interval: interval)
    }

    mutating func ended(_ end: End) {
        // The event may follow the snapshot that lacked the worker, and knows more.
        if self.end == nil || end.certain { self.end = end }
    }

    private mutating func record(after gap: SampleGap?) {
        func append(_ value: Double?, to series: inout Series) { series.append(value, after: gap) }
        append(rates.cpu, to: &history.cpu)
        append(row[.residentBytes].map { Double($0) }, to: &history.residentBytes)
        append(row[.openFiles].map { Double($0) }, to: &history.openFiles)
        append(row[.threads].map { Double($0) }, to: &history.threads)
        append(utilisation, to: &history.utilisation)
        append(rates.loop?.meanBurst?.seconds, to: &history.meanBurst)
        append(rates.loop?.bound.seconds, to: &history.lagBound)
        append(runQueueWait, to: &history.runQueueWait)
        history.lag.take(lag, stretches, sampled: sampled, at: sampledAt, after: gap)
    }

    private mutating func judge(interval: Duration) {
        var grade = Grade()
        judgeLag(&grade, interval: interval)
        let thread = lag.method?.kind == LoopKind.none ? "main thread" : "loop"
        grade.add(limits.loopUtilisation, history.utilisation, rule: "util", interval: interval) {
            "\(thread) \($0) used"
        }
        grade.add(limits.workerCPU, history.cpu, rule: "cpu", interval: interval) { "CPU \($0) of one core" }
        judgeOpenFiles(&grade, interval: interval)
        self.grade = grade
    }

    /// The limit is judged as a number: what may be open is a worker's own.
    private mutating func judgeOpenFiles(_ grade: inout Grade, interval: Duration) {
        guard let most = info.openFilesLimit, most > 0 else {
            openFilesLevel = HeldLevel()
            return
        }
        let share = limits.openFiles
        let counts = share.with(warn: share.warn * Double(most), crit: share.crit * Double(most))
        openFilesLevel.follow(counts, history.openFiles, interval: interval)
        let level = openFilesLevel.level
        guard level > .ok else { return }
        let limit = share.text(share.limit(of: level))
        let reason =
            openFilesLevel.value.map {
                "\(Int($0)) of \(most) descriptors open, above \(limit): raise its limit (LimitNOFILE), or look for a leak"
            } ?? "more than \(limit) of \(most) descriptors were open, and it has not settled yet"
        grade.add(level, reason, rule: "fds")
    }

    /// A stall that is not over counts at once, lag once it lasted; what is only bounded counts when there is evidence
    /// that it hangs, and not before: a busy loop that turns has a high bound, too.
    private mutating func judgeLag(_ grade: inout Grade, interval: Duration) {
        let open = lag.openStall.flatMap { $0.isBound && !lag.isHung ? nil : $0 }
        if let open {
            let level = lag.isHung ? .crit : limits.openStall.level(of: open.length.seconds)
            grade.add(level, "loop \(open.text(cores: cores))", rule: "stall")
        } else if lag.isHung {
            grade.add(.crit, "data waits unread, and the loop does not come for it", rule: "stall")
        }
        lagLevel.follow(limits.lagP99, history.lag.tail, interval: interval)
        grade.add(lagLevel, of: limits.lagP99, rule: "lag99", "lag p99")
    }
}

extension [WorkerID: WorkerTrack] {
    /// A sample of a worker that may be new; `sampled` on the agent's clock, `at` the same moment on ours. `limits` are
    /// those of its app, `cadence` is the planned time since the sample before it, where the agent says.
    ///
    /// - Returns: how it is graded.
    @discardableResult
    mutating func take(
        _ entry: WorkerEntry, sampled: MonotonicInstant, at: MonotonicInstant, interval: Duration, cores: UInt32?,
        limits: WorkerLimits = WorkerLimits(), cadence: Duration? = nil
    ) -> Level {
        guard let place = index(forKey: entry.info.id) else {
            let track = WorkerTrack(entry, sampled: sampled, at: at, cores: cores, limits: limits)
            self[entry.info.id] = track
            return track.grade.level
        }
        // Where it lies: a track is large.
        values[place].update(entry, sampled: sampled, at: at, interval: interval, cadence: cadence)
        return values[place].grade.level
    }
}
