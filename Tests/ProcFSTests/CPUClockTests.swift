import Glibc
import ProcFS
import TestSupport
import Testing

struct CPUClockTests {
    @Test func agreesWithTheClockAProcessHasOfItself() throws {
        let before = own()
        let clock = try #require(CPUClock.nanoseconds(ofProcess: getpid()))
        let after = own()
        #expect(before <= clock && clock <= after)
    }

    @Test func agreesWithGetrusage() throws {
        let before = usage()
        let clock = try #require(CPUClock.nanoseconds(ofProcess: getpid()))
        let after = usage()
        #expect(before <= clock + 1_000)  // getrusage counts microseconds
        // getrusage does not see the current tick of other running threads: 10 ms each at most.
        #expect(clock <= after + 10_000_000 * 64)
    }

    @Test func readsAnotherProcess() throws {
        let child = try Child.answering()
        child.finish()
        let zombie = CPUClock.nanoseconds(ofProcess: child.pid)
        let spent = nanoseconds(child.reap())
        // A zombie's clock may be gone already; what it says until then is what the parent is told.
        if let zombie, zombie > 0 { #expect(zombie / 1_000_000 <= spent / 1_000_000 + 1) }
        #expect(CPUClock.nanoseconds(ofProcess: child.pid) == nil)
    }

    @Test func aNumberNobodyHasGivesNothing() {
        #expect(CPUClock.nanoseconds(ofProcess: .max) == nil)
        #expect(CPUClock.nanoseconds(ofProcess: 0) == nil)
        #expect(CPUClock.nanoseconds(ofProcess: -1) == nil)
        #expect(CPUClock.nanoseconds(ofProcess: .min) == nil)
    }

    private func own() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func usage() -> UInt64 {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return nanoseconds(usage)
    }

    private func nanoseconds(_ usage: rusage) -> UInt64 {
        UInt64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000_000
            + UInt64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1_000
    }
}
