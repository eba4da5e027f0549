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

    /// CPU time of the calling thread, in ns.
    static func threadCPUNanoseconds() -> UInt64 {
        let time = read(CLOCK_THREAD_CPUTIME_ID)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// The unit in which files of `/proc` count time, in ns: `_SC_CLK_TCK` of them are a second.
    static let nanosecondsPerFileTick = 1_000_000_000 / UInt64(max(1, sysconf(CInt(_SC_CLK_TCK))))

    /// Time between two ticks of the scheduler (CONFIG_HZ): what the coarse clocks are good for. Not the unit of
    /// files, which is always 10 ms.
    static var tick: Duration {
        var time = timespec()
        guard clock_getres(CLOCK_MONOTONIC_COARSE, &time) == 0, time.tv_sec == 0, time.tv_nsec > 0 else {
            return .milliseconds(4)
        }
        return .nanoseconds(Int64(time.tv_nsec))
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)  // cannot fail for the clocks named above
        return time
    }
}
