/// How long a control group was held up by its CPU quota, from `cpu.stat` of its directory; a counter.
/// Documentation/admin-guide/cgroup-v2.rst, scheduler/sched-bwc.rst.
///
/// A group counts only what its own quota did: the groups above it count theirs. `nil` where there is no such line: the
/// root of version 2, or a group whose parent does not control the CPU.
public struct CgroupThrottle: Equatable, Sendable {
    /// ns, added up over its CPUs, and only when one is let go again. Version 2 `throttled_usec`, version 1
    /// `throttled_time`.
    public var throttledNanoseconds: UInt64?

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var lines = Lines()
        while let line = lines.next(in: text) {
            if text.matches("throttled_usec ", at: line.lowerBound) {
                var fields = Fields(line.lowerBound + 15..<line.upperBound, in: text, file: "cpu.stat")
                let (value, overflow) = try fields.next("throttled_usec", in: text).multipliedReportingOverflow(
                    by: 1000)
                guard !overflow else { throw fields.malformed("throttled_usec") }
                throttledNanoseconds = value
            } else if let nanoseconds = try text.number(
                after: "throttled_time ", of: line, "throttled_time", file: "cpu.stat")
            {
                throttledNanoseconds = nanoseconds
            }
        }
    }
}
