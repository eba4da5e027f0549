import Model

/// Our calendar as a clock that never steps: what the wall clock said at one moment, and monotonic from there. Times of
/// recordings are instants of it: nanoseconds since 1970, in UTC.
struct SteadyClock: Hashable, Sendable {
    /// What has to be added to an instant of our monotonic clock.
    private let offset: UInt64

    /// Wraps on purpose, and so does `instant`: any two numbers have a difference.
    init(now: MonotonicInstant, wall: WallTime) { offset = UInt64(bitPattern: wall.nanoseconds) &- now.nanoseconds }

    func instant(_ now: MonotonicInstant) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: now.nanoseconds &+ offset)
    }

    /// An instant of this clock as a date.
    static func wall(_ instant: MonotonicInstant) -> WallTime {
        WallTime(nanoseconds: Int64(clamping: instant.nanoseconds))
    }

    static func instant(_ wall: WallTime) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64(max(wall.nanoseconds, 0)))
    }
}
