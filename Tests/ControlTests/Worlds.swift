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

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
