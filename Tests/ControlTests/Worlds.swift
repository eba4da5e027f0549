import Model

@testable import Control

let boot = BootID(high: 0xB007, low: 1)

func worker(_ pid: Int32, ticks: UInt64 = 100) -> WorkerID { WorkerID(boot: boot, pid: pid, startTicks: ticks) }

func at(_ milliseconds: Int) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 0) + .seconds(1000) + .milliseconds(milliseconds)
}

func living(
    _ id: WorkerID, group: String = "web", slot: UInt32 = 1, lag: UInt64? = nil, seen: MonotonicInstant = at(0)
) -> LiveWorker {
    LiveWorker(id: id, groupKey: group, app: group, slot: slot, lagMicroseconds: lag, seen: seen)
}

/// TERM, ten seconds, KILL; the usual proof.
func restartCourse(
    _ target: WorkerID, slot: UInt32 = 1, departure: Departure = .signals(polite: 15, final: 9),
    prelude: RestartCourse.Prelude? = nil, grace: Duration = .seconds(10), proof: Proof = Proof()
) -> RestartCourse {
    RestartCourse(
        target: target, groupKey: "web", slot: slot, uid: 33, prelude: prelude, departure: departure, grace: grace,
        proof: proof)
}
