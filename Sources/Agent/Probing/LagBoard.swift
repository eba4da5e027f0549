import Model
import Synchronization

/// The newest reading of each worker: the prober writes it, the sampler reads it when it publishes.
final class LagBoard: Sendable {
    struct State: Sendable {
        fileprivate var readings: [LagReading] = []
        fileprivate var places: [WorkerID: Int] = [:]
        /// How much longer than planned the pauses between probes are, in thousandths.
        var stretchPermille: UInt64 = 1000

        subscript(_ worker: WorkerID) -> LagReading? { places[worker].map { readings[$0] } }

        /// Mostly they are of the same workers as the ones before, and in the same order.
        fileprivate mutating func replace(_ new: [LagReading]) {
            let areSame = new.count == readings.count && zip(new, readings).allSatisfy { $0.worker == $1.worker }
            readings = new
            guard !areSame else { return }
            places.removeAll(keepingCapacity: true)
            for (place, reading) in new.enumerated() { if let worker = reading.worker { places[worker] = place } }
        }
    }

    private let state = Mutex(State())

    var newest: State { state.withLock { $0 } }

    /// What was open in the worker's newest reading is over.
    func noteEnd(of worker: WorkerID) {
        state.withLock { state in if let place = state.places[worker] { state.readings[place].openHasEnded = true } }
    }

    /// Replaces all readings: who is not among them is not probed any more.
    func post(_ readings: [LagReading], stretch: Double) {
        state.withLock { state in
            state.replace(readings)
            state.stretchPermille = UInt64(max(1, stretch) * 1000 + 0.5)
        }
    }
}
