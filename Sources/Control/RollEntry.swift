internal import Model

/// One worker of a roll.
struct RollEntry: Sendable {
    enum Phase: Hashable, Sendable {
        case pending
        /// Ended by the roll, and replaced.
        case replaced
        /// It had gone by itself, or by others, and something came in its place.
        case byOthers
        case failed
    }

    var course: RestartCourse
    var phase = Phase.pending
    /// While it is under way.
    var machine: Restart?
    /// An attempt of this roll saw it end.
    var isEndedByUs = false
    var replacement: WorkerID?
    /// Lives in its place and did not come through its proof: the next attempt is its.
    var unproved: WorkerID?
    /// The present target is such a one.
    var isRetried = false
    var fallen: Set<WorkerID> = []
}
