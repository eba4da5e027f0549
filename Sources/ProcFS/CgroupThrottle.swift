/// How long a control group was held up by its CPU quota, from `cpu.stat` of its directory; two counters.
/// Documentation/admin-guide/cgroup-v2.rst, scheduler/sched-bwc.rst.
///
/// A group counts only what its own quota did: the groups above it count theirs. `nil` where there is no such line: the
/// root of version 2, or a group whose parent does not control the CPU.
public struct CgroupThrottle: Equatable, Sendable {
    /// ns, added up over its CPUs, and only when one is let go again. Version 2 `throttled_usec`, version 1
    /// `throttled_time`.
    public var throttledNanoseconds: UInt64?
    /// Periods in which it was throttled: grows as soon as it is. `nr_throttled`
    public var throttledPeriods: UInt64?

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var lines = Lines()
        while let line = lines.next(in: text) {
            if text.matches("throttled_usec ", at: line.lowerBound) {
                var fields = Fields(line.lowerBound + 15..<line.upperBound, in: text, file: "cpu.stat")
                let (value, overflow) = try fields.next("throttled_usec", in: text).multipliedReportingOverflow(
                    by: 1000)
                guard !overflow else { throw fields.malformed("throttled_usec") }
                throttledNanoseconds = value
            } else if text.matches("throttled_time ", at: line.lowerBound) {
                var fields = Fields(line.lowerBound + 15..<line.upperBound, in: text, file: "cpu.stat")
                throttledNanoseconds = try fields.next("throttled_time", in: text)
            } else if text.matches("nr_throttled ", at: line.lowerBound) {
                var fields = Fields(line.lowerBound + 13..<line.upperBound, in: text, file: "cpu.stat")
                throttledPeriods = try fields.next("nr_throttled", in: text)
            }
        }
    }
}
