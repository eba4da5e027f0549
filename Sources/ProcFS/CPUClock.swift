internal import Glibc

/// The CPU-time clock of another process: all its threads, dead ones too, exact to the nanosecond, without a descriptor.
public enum CPUClock {
    /// CPU time used so far in ns, a counter; `nil` when no process has that number.
    ///
    /// Goes by number: a caller must know by other means (a pidfd) that the number still means the same process.
    public static func nanoseconds(ofProcess pid: Int32) -> UInt64? {
        // 0 would be the caller itself, and numbers that lose bits below too; the kernel's end at 1 << 22.
        guard pid > 0, pid <= 1 << 22 else { return nil }
        var time = timespec()
        // The kernel's encoding of a process clock (`MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)`), see posix-timers.h.
        guard clock_gettime(((~pid) << 3) | 2, &time) == 0 else { return nil }
        let (seconds, overflow) = UInt64(clamping: time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? nil : seconds + UInt64(clamping: time.tv_nsec)
    }
}
