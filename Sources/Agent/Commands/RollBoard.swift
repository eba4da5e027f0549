import Model
import Synchronization

/// The rolls to be shown with their groups. The desk writes, the sampler reads.
final class RollBoard: Sendable {
    private let rolls = Mutex<[String: RollSummary]>([:])

    /// The roll of that group that is under way, rests, or ended last.
    func summary(of groupKey: String) -> RollSummary? { rolls.withLock { $0[groupKey] } }

    func set(_ summary: RollSummary?, of groupKey: String) { rolls.withLock { $0[groupKey] = summary } }
}
