import Glibc
import Model
import ProcFS

/// What the control groups of the agent itself leave it of a core, and what of that its two kinds of looking may take.
struct OwnQuota {
    /// Groups and their quotas change seldom.
    private static let life = Duration.seconds(10)
    /// Looking at loops and looking at workers may have so much of it each; the other half is for who looks on.
    private static let share = 0.25

    private var readAt: MonotonicInstant?
    /// Share of a core.
    private(set) var limit = Double.infinity

    mutating func refresh(_ reader: ProcReader, now: MonotonicInstant) {
        if let readAt, now - readAt < Self.life { return }
        readAt = now
        do throws(ProcError) {
            let quotas = try reader.quotaGroups(of: getpid()).compactMap { reader.quota(ofGroup: $0) }
            limit = (quotas.min() ?? .infinity) * Self.share
        } catch {
            limit = .infinity  // what cannot be read is not known
        }
    }
}
