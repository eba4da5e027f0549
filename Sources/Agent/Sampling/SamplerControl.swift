import Synchronization

/// Speaks to the sampler from other threads.
final class SamplerControl: Sendable {
    /// Sizes that wait for the next look; beyond so many groups the news is dropped, and learned from what is seen.
    private static let sizeLimit = 1000

    let bell: Doorbell
    private let stopping = Atomic<Bool>(false)
    private let sizes = Mutex<[String: UInt32?]>([:])

    init() throws(Fatal) { bell = try Doorbell() }

    /// Ends the sampler's loop.
    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.ring()
    }

    /// Looks for new workers now rather than at the next sweep.
    func lookSoon() { bell.ring() }

    /// A group's master was made to have so many workers, or, with `nil`, another number.
    func sizeWasSet(groupKey: String, to size: UInt32?) {
        sizes.withLock { if $0[groupKey] != nil || $0.count < Self.sizeLimit { $0[groupKey] = .some(size) } }
    }

    func takeSizes() -> [String: UInt32?] {
        sizes.withLock { sizes in
            defer { sizes = [:] }
            return sizes
        }
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }
}
