import Glibc
import Model

/// The only place of the dashboard that looks at a clock; everything else is told the time.
enum Clocks {
    /// CLOCK_MONOTONIC. clock_gettime(2)
    static func monotonic() -> MonotonicInstant {
        let time = read(CLOCK_MONOTONIC)
        return MonotonicInstant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// CLOCK_REALTIME.
    static func wall() -> WallTime {
        let time = read(CLOCK_REALTIME)
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)  // cannot fail for these two clocks
        return time
    }
}
