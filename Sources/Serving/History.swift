public import Model

/// What happened before somebody looked: the last quarter of an hour as it was, and a day in coarser steps.
public struct History: Sendable {
    public struct Settings: Sendable {
        /// Bytes for everything together.
        public var byteLimit: Int
        /// Time between two sweeps.
        public var interval: Duration

        public init(byteLimit: Int, interval: Duration) {
            self.byteLimit = byteLimit
            self.interval = interval
        }
    }

    public static let usualBytes = 8 << 20
    static let fineAge = Duration.seconds(15 * 60)
    static let coarseAge = Duration.seconds(24 * 3600)
    static let coarseSpacing = Duration.seconds(15)

    private var host: SnapshotRing
    private var workers: SnapshotRing
    private var coarse: SnapshotRing
    /// What the next coarse snapshot stands for so far.
    private var gathered = MergedSnapshot()
    /// After when; `nil` before the first.
    private var gatheredAfter: MonotonicInstant?
    /// Number of the newest piece.
    private var newest: UInt64 = 0
    /// 0: nothing is kept.
    private let byteLimit: Int

    public init(_ settings: Settings) {
        byteLimit = settings.byteLimit
        func ring(_ interest: Interest, _ spacing: Duration, piece: Duration, _ age: Duration, share: Double)
            -> SnapshotRing
        {
            SnapshotRing(
                SnapshotRing.Settings(
                    interest: interest, spacing: spacing, pieceLength: piece, age: age,
                    byteLimit: Int(Double(settings.byteLimit) * share)))
        }
        host = ring(.groups, settings.interval, piece: .seconds(300), Self.fineAge, share: 0.125)
        workers = ring(.workers, settings.interval, piece: .seconds(300), Self.fineAge, share: 0.5)
        coarse = ring(.workers, Self.coarseSpacing, piece: .seconds(3600), Self.coarseAge, share: 0.375)
    }

    public mutating func take(_ snapshot: Snapshot) {
        guard byteLimit > 0 else { return }
        host.take(snapshot, newest: &newest)
        workers.take(snapshot, newest: &newest)
        gathered.take(snapshot)
        let after = gatheredAfter ?? snapshot.monotonic
        gatheredAfter = after
        guard snapshot.monotonic - after >= Self.coarseSpacing, let all = gathered.snapshot else { return }
        coarse.take(all, newest: &newest)
        (gathered, gatheredAfter) = (MergedSnapshot(), snapshot.monotonic)
    }

    public func pieces(of tier: PastTier) -> [PastPiece] {
        switch tier {
        case .host: host.pieces
        case .workers: workers.pieces
        case .coarse: coarse.pieces
        }
    }

    public func part(of piece: UInt64, from offset: UInt32) -> PastPart? {
        host.part(of: piece, from: offset) ?? workers.part(of: piece, from: offset)
            ?? coarse.part(of: piece, from: offset)
    }

    public var byteCount: Int { host.byteCount + workers.byteCount + coarse.byteCount }
}
