public import Model

/// A time in which a loop did not turn, 3 ms or more.
public struct Stall: Hashable, Sendable {
    public var end: MonotonicInstant
    public var length: Duration
    public var cause: StallCause
    /// The length is "at most".
    public var isBound: Bool
    /// The length is "at least": it was going on when watching began.
    public var isFloor: Bool
    /// Runnable tasks of the machine at worst while it waited for a CPU.
    public var runnable: UInt32?

    public init(
        end: MonotonicInstant, length: Duration, cause: StallCause, isBound: Bool = false, isFloor: Bool = false,
        runnable: UInt32? = nil
    ) {
        self.end = end
        self.length = length
        self.cause = cause
        self.isBound = isBound
        self.isFloor = isFloor
        self.runnable = runnable
    }

    public var start: MonotonicInstant { end + (.zero - length) }
}

/// A loop's lag over one window, as far as it is known. A stall belongs to the window in which it ends.
public struct LagWindow: Equatable, Sendable {
    /// Shorter stretches are in the histogram only.
    public static let shortestStall = Duration.milliseconds(3)
    /// More stalls of one window are counted in `stretches` and `max` and not listed; the longest are.
    public static let maximumStalls = 128

    public var start: MonotonicInstant
    public var end: MonotonicInstant
    public var tier: LagTier
    public var quality: LagQuality
    /// Since when the loop is watched without a break; `nil` before the first look.
    public var watchedSince: MonotonicInstant?
    /// Longest stretch, time-weighted percentiles; `nil` where the quality is `none`.
    public var max: Duration?
    public var p99: Duration?
    public var p50: Duration?
    /// Shares of the window, 0...1; `nil` when no two probes are in it.
    public var utilisation: Double?
    public var runQueue: Double?
    public var blocked: Double?
    /// A stall that is still going on at `end`: `length` is its age so far.
    public var open: Stall?
    /// Those that ended in the window, in order.
    public var stalls: [Stall]
    public var probeGapMax: Duration
    /// Stretches that ended in the window.
    public var stretches: LagHistogram

    public init(start: MonotonicInstant, end: MonotonicInstant, tier: LagTier, quality: LagQuality) {
        self.start = start
        self.end = end
        self.tier = tier
        self.quality = quality
        stalls = []
        probeGapMax = .zero
        stretches = LagHistogram()
    }

    /// The longest stall, the open one included.
    public var longest: Stall? { longest(with: open) }

    /// The same, where the open one is older by now.
    public func longest(with open: Stall?) -> Stall? {
        guard let ended = stalls.max(by: { $0.length < $1.length }) else { return open }
        return open.map { $0.length < ended.length ? ended : $0 } ?? ended
    }
}
