import Model
import Synchronization

/// The newest reading of each worker: the prober writes it, the sampler reads it when it publishes.
final class LagBoard: Sendable {
    struct State: Sendable {
        var readings: [WorkerID: LagReading] = [:]
        /// How much longer than planned the pauses between probes are, in thousandths.
        var stretchPermille: UInt64 = 1000
    }

    private let state = Mutex(State())

    var newest: State { state.withLock { $0 } }

    /// What was open in the worker's newest reading is over.
    func noteEnd(of worker: WorkerID) { state.withLock { $0.readings[worker]?.openHasEnded = true } }

    /// Replaces all readings: who is not among them is not probed any more.
    func post(_ readings: [LagReading], stretch: Double) {
        var new = State()
        new.stretchPermille = UInt64(max(1, stretch) * 1000 + 0.5)
        for reading in readings { if let worker = reading.worker { new.readings[worker] = reading } }
        state.withLock { $0 = new }
    }
}
