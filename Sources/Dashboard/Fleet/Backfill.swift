import Model
import Wire

/// Fetches what an agent kept of the time before we looked, and of the time a link was lost.
///
/// States: *listing* (which pieces are there?) → *fetching* (piece by piece, from the oldest on, part by part) → *done*. Only
/// one question is open at a time; an answer out of place does nothing. A piece that was dropped meanwhile is
/// skipped: a hole stays a hole. What the agent cannot say, or says wrongly, ends it.
struct Backfill: Sendable {
    /// More than this is not waited for.
    static let reach = Duration.seconds(15 * 60)
    /// A piece that says it is longer is not believed.
    static let longestPiece = 32 << 20

    private enum State: Sendable {
        case listing
        /// The pieces left, of which the first is on its way.
        case fetching([PastPiece])
        case done
    }

    let tier: PastTier
    private var state = State.listing
    /// Of the piece on its way: how much came of it.
    private var byteCount = 0
    /// What came last, and is no whole snapshot yet: never more than a message may have.
    private var bytes: [UInt8] = []
    private var reader = PieceReader()

    init(_ tier: PastTier) { self.tier = tier }

    var unreadBytes: Int { bytes.count }
    var isListing: Bool { if case .listing = state { true } else { false } }
    var isDone: Bool { if case .done = state { true } else { false } }

    /// What to ask now; the same until it is answered.
    var question: Query.Body? {
        switch state {
        case .done: nil
        case .listing: .pastPieces(tier)
        case .fetching(let pieces):
            pieces.first.map { .past(piece: $0.number, offset: UInt32(clamping: byteCount)) }
        }
    }

    /// - Returns: the snapshots that came with it, oldest first.
    mutating func take(_ answer: Answer.Body, to question: Query.Body) -> [Snapshot] {
        guard question == self.question else { return [] }
        switch (state, answer) {
        case (.listing, .pastPieces(tier, let pieces)):
            begin(Self.recent(pieces))
            return []
        case (.fetching(let pieces), .past(let part)):
            return take(part, of: pieces)
        case (.fetching(let pieces), .unknown):
            begin(Array(pieces.dropFirst()))
            return []
        default:
            state = .done
            return []
        }
    }

    /// Of those that reach into the time that is shown.
    private static func recent(_ pieces: [PastPiece]) -> [PastPiece] {
        guard let newest = pieces.map(\.last).max() else { return [] }
        return pieces.filter { newest - $0.last < reach && $0.byteCount <= longestPiece }
    }

    private mutating func begin(_ pieces: [PastPiece]) {
        state = pieces.isEmpty ? .done : .fetching(pieces)
        byteCount = 0
        bytes = []
        reader = PieceReader()
    }

    private mutating func take(_ part: PastPart, of pieces: [PastPiece]) -> [Snapshot] {
        guard let piece = pieces.first, part.piece == piece.number, Int(part.offset) == byteCount,
            part.byteCount <= Self.longestPiece
        else {
            state = .done
            return []
        }
        byteCount += part.bytes.count
        bytes += part.bytes
        let snapshots: [Snapshot]
        do {
            snapshots = try self.snapshots()
        } catch {
            begin(Array(pieces.dropFirst()))  // the rest of this piece cannot be read
            return []
        }
        if byteCount >= Int(part.byteCount) || part.bytes.isEmpty { begin(Array(pieces.dropFirst())) }
        return snapshots
    }

    /// Those that are whole by now.
    private mutating func snapshots() throws(WireError) -> [Snapshot] {
        var snapshots: [Snapshot] = []
        while let snapshot = try reader.next(in: bytes) { snapshots.append(snapshot) }
        reader.drop(from: &bytes)
        return snapshots
    }
}
