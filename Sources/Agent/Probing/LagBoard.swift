import Model
import Synchronization

/// The newest reading of each worker: the prober writes it, the sampler reads it when it publishes.
final class LagBoard: Sendable {
    struct State: Sendable {
        private(set) var readings: [LagReading] = []
        fileprivate var places: [WorkerID: Int] = [:]
        /// How much longer than planned the pauses between probes are, in thousandths.
        var stretchPermille: UInt64 = 1000

        subscript(_ worker: WorkerID) -> LagReading? { place(of: worker).map { readings[$0] } }

        /// Among the readings. `guess` is mostly right for who asks for the one after the other.
        func place(of worker: WorkerID, guess: Int = 0) -> Int? {
            if readings.indices.contains(guess), readings[guess].worker == worker { return guess }
            return places[worker]
        }

        fileprivate mutating func noteEnd(of worker: WorkerID) {
            if let place = place(of: worker) { readings[place].openHasEnded = true }
        }

        /// Mostly they are of the same workers as the ones before, and in the same order.
        fileprivate mutating func replace(_ new: [LagReading]) {
            let areSame =
                new.count == readings.count && new.indices.allSatisfy { new[$0].worker == readings[$0].worker }
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
        state.withLock { $0.noteEnd(of: worker) }
    }

    /// Replaces all readings: who is not among them is not probed any more.
    func post(_ readings: [LagReading], stretch: Double) {
        state.withLock { state in
            state.replace(readings)
            state.stretchPermille = UInt64(max(1, stretch) * 1000 + 0.5)
        }
    }
}
