import Model
import Synchronization

/// Speaks to the prober from other threads. What is said is a state, not a queue: the prober takes the newest.
final class ProberControl: Sendable {
    struct Wishes: Sendable {
        /// Who is to be probed.
        var targets: Set<ProbedWorker.Target> = []
        /// At whom somebody is looking.
        var watched: Set<WorkerID> = []
        /// `ProbeBudget.limit`.
        var limit = Double.infinity
    }

    let bell: Doorbell
    private let wishes = Mutex(Wishes())
    private let stopping = Atomic<Bool>(false)

    init() throws(Fatal) { bell = try Doorbell() }

    func probe(_ target: ProbedWorker.Target) { change { $0.targets.insert(target) } }
    func forget(_ target: ProbedWorker.Target) { change { $0.targets.remove(target) } }
    func keep(within limit: Double) { change { $0.limit = limit } }
    func watch(_ workers: Set<WorkerID>) { change { $0.watched = workers } }

    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.ring()
    }

    var current: Wishes { wishes.withLock { $0 } }
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    private func change(_ body: (inout Wishes) -> Void) {
        wishes.withLock { body(&$0) }
        bell.ring()
    }
}
