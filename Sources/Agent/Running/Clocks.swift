import Glibc
import Model
import Transport

/// The only place where the agent looks at a clock.
enum Clocks {
    static func now() -> Moment { Moment(monotonic: monotonic(), wall: wall()) }

    static func monotonic() -> MonotonicInstant { NetworkClock.system.monotonic() }
    static func wall() -> WallTime { NetworkClock.system.wall() }

    /// Since boot in ns, on the clock that goes on while the machine sleeps: what start ticks count on.
    static func sinceBootNanoseconds() -> UInt64 {
        let time = read(CLOCK_BOOTTIME)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// CPU time of this process, all threads, in ns.
    static func ownCPUNanoseconds() -> UInt64 {
        let time = read(CLOCK_PROCESS_CPUTIME_ID)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)  // cannot fail for the clocks named above
        return time
    }
}
