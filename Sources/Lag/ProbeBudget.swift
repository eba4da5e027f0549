import Model

/// Keeps probing within a share of a CPU: a factor by which all periods are to be stretched, decided once a second from
/// what the last second cost.
///
/// It may take 1.5 % of a core per 100 workers, pro rata, and never less than 1 % of a core: what one saturated worker
/// under an operator's eyes may cost (it takes 6 ms/s at 10 ms and 8 to 12 at 5 ms). Pro rata alone would give a host with
/// four workers 0.06 %, less than the wake-ups for one of them. Up to 66 workers the floor holds. For all together it takes
/// at most 2.5 % of a core, which is half of what the agent may take, unless more was asked for per 100.
///
/// - Over the allowance: the factor rises within one note by as much as is over, and 5 % more, at most to double; cost is
///   about inverse to the periods, and where a part of it is not, the next note raises again.
/// - Below 80 % of it for three notes in a row: the factor falls by 10 % a note, never so far that the cost would be expected
///   above 90 %.
/// - In between nothing moves. A steady load therefore ends at a steady factor, and noise of ±10 % does not move it.
public struct ProbeBudget: Sendable {
    /// Share of a core per 100 workers.
    public static let usual = 0.015
    /// Share of a core, however few the workers are.
    public static let floor = 0.01
    /// Share of a core, however many they are.
    public static let ceiling = 0.025
    /// 50 ms become 400, 10 ms 80: rarer, and lag would no more be worth its name.
    public static let maximumStretch = 8.0

    static let headroom = 1.05
    static let steepestRise = 2.0
    static let lowMark = 0.8
    static let expectedMark = 0.9
    static let fall = 0.9
    static let patience = 3
    /// From the first on an operator hears of it, until it is below the second again.
    public static let slowed = 1.5
    static let recovered = 1.2

    public let perHundredWorkers: Double
    /// Share of a core that is left in its control group, which probing never exceeds.
    public var limit = Double.infinity
    /// 1...`maximumStretch`: periods are to be multiplied by it.
    public private(set) var stretch = 1.0
    /// Probes come so much less often than they should that it is worth a word. It does not flicker: see `recovered`.
    public private(set) var isSlowed = false
    /// Notes below the low mark in a row.
    private var lowNotes = 0

    /// - Parameter perHundredWorkers: share of a core; `.infinity` never stretches.
    public init(perHundredWorkers: Double = usual) { self.perHundredWorkers = perHundredWorkers }

    /// Probes come less often than they should.
    public var isStretched: Bool { stretch > 1 }

    /// Share of a core that probing so many workers may take.
    public func allowance(workers: Int) -> Double {
        let share = perHundredWorkers * Double(max(workers, 1)) / 100
        return min(limit, max(Self.floor, min(share, max(Self.ceiling, perHundredWorkers))))
    }

    /// A period as it is to be kept now.
    public func stretched(_ period: Duration) -> Duration { isStretched ? period * stretch : period }

    /// What probing `workers` workers took in the last second or so. Without workers, or without time, nothing is learnt.
    public mutating func note(cpu: Duration, over elapsed: Duration, workers: Int) {
        defer { isSlowed = stretch >= (isSlowed ? Self.recovered : Self.slowed) }
        guard workers > 0 else {
            stretch = 1
            lowNotes = 0
            return
        }
        guard elapsed > .zero else { return }
        let used = max(cpu.seconds, 0) / elapsed.seconds / allowance(workers: workers)
        lowNotes = used < Self.lowMark ? lowNotes + 1 : 0
        if used > 1 {
            stretch = min(stretch * min(used * Self.headroom, Self.steepestRise), Self.maximumStretch)
        } else if lowNotes >= Self.patience, isStretched {
            let lower = stretch * max(Self.fall, used / Self.expectedMark)
            stretch = lower < 1.02 ? 1 : lower
        }
    }
}
