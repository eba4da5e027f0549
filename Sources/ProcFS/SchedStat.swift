/// Scheduling of the **main thread** of a process, from `/proc/<pid>/schedstat`; three counters.
/// Documentation/scheduler/sched-stats.rst.
///
/// Updated when the thread leaves the CPU and at ticks: stale by up to one tick (1-10 ms) while it runs.
public struct SchedStat: Equatable, Sendable {
    /// ns it ran.
    public var runNanoseconds: UInt64
    /// ns it was runnable without a CPU; added when it gets one.
    public var waitNanoseconds: UInt64
    /// Times it got a CPU. Unchanged: it did not run at all.
    public var timeslices: UInt64

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var fields = Fields(0..<text.count, in: text, file: "schedstat")
        runNanoseconds = try fields.next("run", in: text)
        waitNanoseconds = try fields.next("wait", in: text)
        timeslices = try fields.next("timeslices", in: text)
    }
}
