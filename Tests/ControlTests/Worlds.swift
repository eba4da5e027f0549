import Model

@testable import Control

let boot = BootID(high: 0xB007, low: 1)

func worker(_ pid: Int32, ticks: UInt64 = 100) -> WorkerID { WorkerID(boot: boot, pid: pid, startTicks: ticks) }

func at(_ milliseconds: Int) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 0) + .seconds(1000) + .milliseconds(milliseconds)
}

func living(
    _ id: WorkerID, group: String = "web", slot: UInt32 = 1, seen: MonotonicInstant = at(0)
) -> LiveWorker {
    LiveWorker(id: id, groupKey: group, app: group, slot: slot, seen: seen)
}
