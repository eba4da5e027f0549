import Synchronization

/// Speaks to the sampler from other threads.
final class SamplerControl: Sendable {
    let bell: Doorbell
    private let stopping = Atomic<Bool>(false)

    init() throws(Fatal) { bell = try Doorbell() }

    /// Ends the sampler's loop.
    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.ring()
    }

    /// Looks for new workers now rather than at the next sweep.
    func lookSoon() { bell.ring() }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }
}
