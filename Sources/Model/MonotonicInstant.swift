/// Now, on both clocks of this machine.
public struct Moment: Sendable {
    public var monotonic: MonotonicInstant
    public var wall: WallTime

    public init(monotonic: MonotonicInstant, wall: WallTime) {
        self.monotonic = monotonic
        self.wall = wall
    }
}

/// A moment on one machine's `CLOCK_MONOTONIC`, in nanoseconds since an arbitrary start. clock_gettime(2).
///
/// Instants of two machines must never be compared; a `Link` translates with the offset it measured by PING.
public struct MonotonicInstant: Hashable, Comparable, Sendable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Later by `duration`; a negative duration stops at the start of the clock instead of trapping.
    public static func + (instant: Self, duration: Duration) -> Self {
        let step = duration.nanoseconds
        if step >= 0 {
            let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(UInt64(step))
            return Self(nanoseconds: overflow ? .max : sum)
        }
        return Self(nanoseconds: instant.nanoseconds - min(instant.nanoseconds, step.magnitude))
    }

    /// Earlier by `duration`; stops at the start of the clock, as `+` does.
    public static func - (instant: Self, duration: Duration) -> Self {
        let step = duration.nanoseconds
        // The least number has no opposite; a nanosecond of 292 years is not missed.
        return instant + .nanoseconds(step == .min ? .max : -step)
    }

    /// Time from `earlier` to `later`; negative when they are the other way round.
    public static func - (later: Self, earlier: Self) -> Duration {
        later >= earlier
            ? .nanoseconds(Int64(clamping: later.nanoseconds - earlier.nanoseconds))
            : .nanoseconds(-Int64(clamping: earlier.nanoseconds - later.nanoseconds))
    }
}

/// Nanoseconds since 1970-01-01 UTC as the machine's wall clock says: a label for people, never used for durations.
public struct WallTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Time from `earlier` to here, negative where that is later; `nil` where it is more than can be counted (292 years).
    public func elapsed(since earlier: Self) -> Duration? {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return overflow ? nil : .nanoseconds(difference)
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to what an `Int64` holds (292 years).
    public var nanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }

    /// As seconds, for arithmetic and display.
    public var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
