import Model

/// A boot, its workers and its time, for tests that only need them to be the same.
enum Samples {
    static let boot = BootID(high: 0xB007, low: 1)

    static func instant(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0) + .seconds(1000 + seconds)
    }

    static func worker(_ pid: Int32) -> WorkerID { WorkerID(boot: boot, pid: pid, startTicks: UInt64(pid) * 10) }
}

struct Strange: Error { var message: String }
