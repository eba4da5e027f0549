internal import Model
internal import Wire

/// The newest snapshots, kept as what would have been sent: pieces of a keyframe and the deltas that follow it.
///
/// It takes as much memory as the stream takes bytes, some 7 of them for a worker and a sweep. Bounded twice: older than
/// `age` goes, and beyond `byteLimit` the oldest goes, whole pieces at a time, since a delta without its keyframe is nothing.
struct SnapshotRing: Sendable {
    struct Settings: Sendable {
        var interest: Interest
        /// Two snapshots are at least this far apart, give or take half of it: others are not taken.
        var spacing: Duration
        /// How long a piece is.
        var pieceLength: Duration
        /// How far back it reaches, give or take a piece.
        var age: Duration
        var byteLimit: Int
    }

    private struct Kept: Sendable {
        var info: PastPiece
        var bytes: [UInt8]
    }

    let settings: Settings
    /// Oldest first.
    private var kept: [Kept] = []
    /// The snapshot that the next delta starts from: the last one of the newest piece.
    private var base: Snapshot?
    private(set) var byteCount = 0

    init(_ settings: Settings) { self.settings = settings }

    /// - Parameter newest: number of the newest piece of all rings; counted up if this begins one.
    mutating func take(_ snapshot: Snapshot, newest: inout UInt64) {
        let at = snapshot.monotonic
        // An earlier one is of another clock, and follows on nothing.
        let base = base.flatMap { $0.monotonic <= at ? $0 : nil }
        if let base, at - base.monotonic < settings.spacing * 0.5 { return }
        let narrow = snapshot.narrowed(to: settings.interest)
        if let base, let piece = kept.last, at - piece.info.first < settings.pieceLength {
            append(.delta(Delta(subscription: 0, from: base, to: narrow)), at: at)
        } else {
            newest += 1
            kept.append(
                Kept(info: PastPiece(number: newest, first: at, last: at, snapshots: 0, byteCount: 0), bytes: []))
            append(.keyframe(subscription: 0, narrow), at: at)
        }
        self.base = narrow
        forget(now: at)
    }

    /// To the newest piece.
    private mutating func append(_ message: Message, at instant: MonotonicInstant) {
        let (place, message) = (kept.count - 1, message.encoded())
        kept[place].bytes += message
        kept[place].info.last = instant
        kept[place].info.snapshots += 1
        kept[place].info.byteCount = UInt32(clamping: kept[place].bytes.count)
        byteCount += message.count
    }

    private mutating func forget(now: MonotonicInstant) {
        // The newest piece stays, so that there is always something to go on from; it is begun anew when it is too long.
        while kept.count > 1, now - kept[0].info.last > settings.age || byteCount > settings.byteLimit {
            byteCount -= kept.removeFirst().bytes.count
        }
        if byteCount > settings.byteLimit {
            kept = []
            byteCount = 0
            base = nil
        }
    }

    /// Oldest first.
    var pieces: [PastPiece] { kept.map(\.info) }

    /// `nil` for a piece that is not here, or not here any more, and for an offset beyond its end.
    func part(of number: UInt64, from offset: UInt32) -> PastPart? {
        guard let piece = kept.first(where: { $0.info.number == number }), offset <= piece.info.byteCount else {
            return nil
        }
        return PastPart(
            piece: number, offset: offset,
            bytes: Array(piece.bytes.dropFirst(Int(offset)).prefix(Wire.Limits.pastPartBytes)),
            byteCount: piece.info.byteCount)
    }
}
