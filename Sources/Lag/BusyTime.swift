/// How long a thread was busy, by the scheduler's counters.
public struct BusyTime: Equatable, Sendable {
    /// ns on a CPU.
    public var run: UInt64
    /// ns runnable without one.
    public var wait: UInt64

    public init(run: UInt64 = 0, wait: UInt64 = 0) {
        self.run = run
        self.wait = wait
    }

    public var all: Duration { .nanoseconds(Int64(clamping: run &+ wait)) }

    /// With waits for no more than four times the work they held up. A wait of a thread that does hardly anything is one wait,
    /// however long, and a record of switches tells all there is to know about it.
    public var worked: Duration {
        let (most, isMore) = run.multipliedReportingOverflow(by: 4)
        return isMore ? all : BusyTime(run: run, wait: min(wait, most)).all
    }

    public static func += (left: inout BusyTime, right: BusyTime) {
        left.run &+= right.run
        left.wait &+= right.wait
    }

    /// Counters that shrank did not grow.
    public static func - (left: BusyTime, right: BusyTime) -> BusyTime {
        BusyTime(run: left.run - min(left.run, right.run), wait: left.wait - min(left.wait, right.wait))
    }
}
