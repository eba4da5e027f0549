/// How finely the past of a host is kept.
public enum PastTier: UInt8, Hashable, Sendable, CaseIterable {
    /// Each sweep's host row and groups.
    case host = 1
    /// Each sweep, all workers.
    case workers = 2
    /// All workers, several sweeps in one: sums where they add up, the worst where it is what counts.
    case coarse = 3

    /// In texts.
    public var word: String {
        switch self {
        case .host: "host"
        case .workers: "workers"
        case .coarse: "coarse"
        }
    }
}

/// A stretch of the past that is fetched as a whole: a first snapshot and how each became the next.
public struct PastPiece: Hashable, Sendable {
    /// Counts up over all tiers of one run of the agent, from 1.
    public var number: UInt64
    /// Of its first and last snapshot, on the agent's clock.
    public var first: MonotonicInstant
    public var last: MonotonicInstant
    public var snapshots: UInt32
    /// How long it is by now. Only the newest of a tier still grows, and only at its end.
    public var byteCount: UInt32

    public init(
        number: UInt64, first: MonotonicInstant, last: MonotonicInstant, snapshots: UInt32, byteCount: UInt32
    ) {
        self.number = number
        self.first = first
        self.last = last
        self.snapshots = snapshots
        self.byteCount = byteCount
    }
}

/// A part of a piece, from `offset` on. Parts joined in order are KEYFRAME and DELTA messages as they are streamed.
public struct PastPart: Hashable, Sendable {
    public var piece: UInt64
    public var offset: UInt32
    public var bytes: [UInt8]
    /// Of the whole piece by now.
    public var byteCount: UInt32

    public init(piece: UInt64, offset: UInt32, bytes: [UInt8], byteCount: UInt32) {
        self.piece = piece
        self.offset = offset
        self.bytes = bytes
        self.byteCount = byteCount
    }
}
