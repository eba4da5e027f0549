import Model

/// A stretch of a host's past, as its agent would stream it.
struct RecordedPiece: Sendable {
    /// Where it is from.
    enum Source: Hashable, Sendable, CaseIterable {
        /// What came in while we looked.
        case live
        /// What the agent keeps.
        case host, workers, coarse

        init(_ tier: PastTier) {
            switch tier {
            case .host: self = .host
            case .workers: self = .workers
            case .coarse: self = .coarse
            }
        }
    }

    /// How much is in its snapshots.
    enum Detail: Comparable, Sendable {
        case host, groups, workers

        init(of snapshot: Snapshot) {
            self = !snapshot.workers.isEmpty ? .workers : !snapshot.groups.isEmpty ? .groups : .host
        }
    }

    /// Never used twice within a recording.
    let id: Int
    /// At its agent; 0 for what we recorded.
    let number: UInt64
    let boot: BootID
    var detail: Detail
    /// Of its first and last snapshot, on the agent's clock.
    var first: MonotonicInstant
    var last: MonotonicInstant
    var bytes: [UInt8] = []
    /// How far it was looked through for changes of the host's state; `nil` where it cannot be read.
    var scan: PieceReader? = PieceReader()
    /// The host's state where that is.
    var level: Level?
}
