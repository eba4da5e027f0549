import Model

/// How often the sampler sweeps, so that it keeps within its share of a core: every interval, or every second, fifth or
/// tenth.
///
/// - One step rarer: after three windows in a row above `budget`, since many workers that start at once, and an agent that
///   starts with many, cost something once;
///   or after three sweeps in a row that took longer than their pause, or more than `hardest` of a core over it: the first
///   looks at thousands of workers take two.
/// - One step back: after `calmWindows` in a row in which sweeping so often would have taken less than `lowMark` of the budget.
struct SweepPace: Equatable {
    static let factors = [1, 2, 5, 10]
    /// Shares of a core. The other half of 5 % is for looking at loops (`ProbeBudget.ceiling`).
    static let budget = 0.025
    /// For each worker, where that is more: hosts with thousands of them have more cores, and a sweep of one worker takes
    /// longer there.
    static let budgetOfWorker = 0.00001
    static let hardest = 0.25
    static let window = Duration.seconds(10)
    static let lowMark = 0.8
    static let calmWindows = 6
    /// Rarer is not worth its name, unless it was configured.
    static let longestPause = Duration.seconds(60)

    let interval: Duration
    /// Share of a core that is left in its control group; less than the budget counts in its place.
    var limit = Double.infinity
    /// How many workers it sweeps.
    var workers = 0
    private var step = 0
    private var calm = 0
    /// Windows above the budget, and sweeps that were too much, in a row.
    private var (hot, strained) = (0, 0)
    /// Of the last sweep, and where the window began.
    private var last: Mark?
    private var began: Mark?

    private struct Mark: Equatable {
        let at: MonotonicInstant
        let cpu: Duration
    }

    init(interval: Duration) { self.interval = interval }

    /// From one sweep to the next.
    var pause: Duration { pause(at: step) }

    var isStretched: Bool { pause > interval }

    /// After a sweep that took `swept`; `cpu` is what the sampler has used since it began. Its first sweep, which reads
    /// everything for the first time, counts for nothing.
    mutating func note(cpu: Duration, swept: Duration, now: MonotonicInstant) {
        let mark = Mark(at: now, cpu: cpu)
        defer { last = mark }
        guard let last, let began else {
            began = mark
            return
        }
        strained = swept > pause || share(from: last, to: mark) > Self.hardest ? strained + 1 : 0
        if strained > 2 { return turn(to: step + 1, mark) }
        guard now - began.at >= Self.window else { return }
        let used = share(from: began, to: mark)
        hot = used > budget ? hot + 1 : 0
        if hot > 2 { return turn(to: step + 1, mark) }
        self.began = mark
        guard step > 0 else { return }
        let expected = used * (pause.seconds / pause(at: step - 1).seconds)
        calm = expected < Self.lowMark * budget ? calm + 1 : 0
        if calm >= Self.calmWindows { turn(to: step - 1, mark) }
    }

    private var budget: Double { min(max(Self.budget, Double(workers) * Self.budgetOfWorker), limit) }

    private func pause(at step: Int) -> Duration {
        min(interval * Self.factors[step], max(interval, Self.longestPause))
    }

    private func share(from old: Mark, to new: Mark) -> Double {
        let elapsed = new.at - old.at
        return elapsed > .zero ? (new.cpu - old.cpu).seconds / elapsed.seconds : 0
    }

    private mutating func turn(to step: Int, _ mark: Mark) {
        self.step = min(max(step, 0), Self.factors.count - 1)
        began = mark
        (calm, hot, strained) = (0, 0, 0)
    }
}
