public import Model

/// How much of an interval an event loop was busy, from the main thread's scheduler counters alone: the cheap tier.
///
/// It is not a lag measurement. From counters at the ends of an interval nothing tells one 300 ms callback from three
/// hundred short ones, so there is a utilisation, a mean and an upper bound, and no lag. It says nothing of a loop that
/// is *blocked* (waiting for a disk, a lock, a child) or *stopped*: such a loop uses no CPU and looks idle here. It means
/// nothing for a process whose loop does not run on the main thread.
public struct LoopUse: Equatable, Sendable {
    /// Share of the interval the loop was not waiting for events, 0...1: `(run + wait·i/(v+i)) / elapsed`, where v and i
    /// count voluntary and involuntary switches. Run-queue wait counts as far as it followed a preemption; the part that
    /// followed a wake-up came before the loop noticed. Within about 1 % of Node's own figure for loops that do not block.
    public var utilisation: Double
    /// (run + wait) per voluntary switch: an *average* stretch of work, blind to the one long stretch among many short.
    /// `nil` when the thread never gave up the CPU by itself: no burst ended.
    public var meanBurst: Duration?
    /// No stretch of *running or waiting for a CPU* inside this interval was longer: `min(run + wait, elapsed)`. A stretch
    /// that began before the interval was longer than this says, and the kernel's counters are behind by up to a tick
    /// (1-10 ms) for a thread that is running at that moment. Show it as "at most", never as a lag.
    public var bound: Duration
    /// Share of the interval the main thread ran, 0...1.
    public var runShare: Double
    /// Share of the interval the main thread wanted a CPU and had none, 0...1.
    public var waitShare: Double

    public init(utilisation: Double, meanBurst: Duration?, bound: Duration, runShare: Double, waitShare: Double) {
        self.utilisation = utilisation
        self.meanBurst = meanBurst
        self.bound = bound
        self.runShare = runShare
        self.waitShare = waitShare
    }
}

extension LoopUse {
    /// From two rows of the **same** worker taken `elapsed` apart. `nil` when a counter is unknown or shrank, or no time
    /// passed.
    public static func between(_ earlier: WorkerRow, _ later: WorkerRow, elapsed: Duration) -> LoopUse? {
        guard elapsed > .zero,
            let run = later.growth(of: .loopRunNanoseconds, since: earlier),
            let wait = later.growth(of: .loopWaitNanoseconds, since: earlier),
            let voluntary = later.growth(of: .voluntarySwitches, since: earlier),
            let involuntary = later.growth(of: .involuntarySwitches, since: earlier)
        else { return nil }
        let wall = elapsed.seconds * 1e9
        let switches = Double(voluntary) + Double(involuntary)
        // Without a switch nothing says what the wait followed; it is then not counted as the loop's.
        let preempted = switches > 0 ? Double(wait) * (Double(involuntary) / switches) : 0
        let (sum, overflow) = run.addingReportingOverflow(wait)
        let busy = Duration.nanoseconds(overflow ? Int64.max : Int64(clamping: sum))
        let bound = min(busy, elapsed)
        return LoopUse(
            utilisation: share(Double(run) + preempted, of: wall),
            meanBurst: voluntary > 0 ? .nanoseconds(busy.nanoseconds / Int64(clamping: voluntary)) : nil,
            bound: bound,
            runShare: share(Double(run), of: wall),
            waitShare: share(Double(wait), of: wall))
    }

    private static func share(_ part: Double, of whole: Double) -> Double { min(max(part / whole, 0), 1) }
}
