import Model
import Wire

/// Fetches what an agent kept of the time before we looked, and of the time a link was lost.
///
/// States: *idle* → *listing* (which pieces are there?) → *fetching* (piece by piece, from the oldest on, part by part) →
/// *done*. Only one question is open at a time; an answer out of place does nothing. A piece that was dropped meanwhile is
/// skipped: a hole stays a hole. What the agent cannot say, or says wrongly, ends it.
struct Backfill: Sendable {
    /// More than this is not waited for.
    static let reach = Duration.seconds(15 * 60)
    /// A piece that says it is longer is not believed.
    static let longestPiece = 32 << 20

    private enum State: Sendable {
        case idle
        case listing
        /// Of the first of the pieces left: what came so far.
        case fetching([PastPiece], [UInt8])
        case done
    }

    let tier: PastTier
    private var state = State.idle
    /// How many bytes of the piece were read as messages.
    private var read = 0
    private var base: Snapshot?

    init(_ tier: PastTier) { self.tier = tier }

    var isIdle: Bool { if case .idle = state { true } else { false } }
    var isDone: Bool { if case .done = state { true } else { false } }

    mutating func start() { if isIdle { state = .listing } }

    /// What to ask now; the same until it is answered.
    var question: Query.Body? {
        switch state {
        case .idle, .done: nil
        case .listing: .pastPieces(tier)
        case .fetching(let pieces, let bytes):
            pieces.first.map { .past(piece: $0.number, offset: UInt32(clamping: bytes.count)) }
        }
    }

    /// - Returns: the snapshots that came with it, oldest first.
    mutating func take(_ answer: Answer.Body, to question: Query.Body) -> [Snapshot] {
        guard question == self.question else { return [] }
        switch (state, answer) {
        case (.listing, .pastPieces(tier, let pieces)):
            begin(Self.recent(pieces))
            return []
        case (.fetching(let pieces, let bytes), .past(let part)):
            return take(part, of: pieces, after: bytes)
        case (.fetching(let pieces, _), .unknown):
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
        state = pieces.isEmpty ? .done : .fetching(pieces, [])
        read = 0
        base = nil
    }

    private mutating func take(_ part: PastPart, of pieces: [PastPiece], after bytes: [UInt8]) -> [Snapshot] {
        guard let piece = pieces.first, part.piece == piece.number, Int(part.offset) == bytes.count,
            part.byteCount <= Self.longestPiece
        else {
            state = .done
            return []
        }
        let whole = bytes + part.bytes
        let snapshots: [Snapshot]
        do {
            snapshots = try messages(in: whole)
        } catch {
            begin(Array(pieces.dropFirst()))  // the rest of this piece cannot be read
            return []
        }
        if whole.count >= Int(part.byteCount) || part.bytes.isEmpty {
            begin(Array(pieces.dropFirst()))
        } else {
            state = .fetching(pieces, whole)
        }
        return snapshots
    }

    /// Those whole messages that were not read before.
    private mutating func messages(in bytes: [UInt8]) throws(WireError) -> [Snapshot] {
        var snapshots: [Snapshot] = []
        while bytes.count - read >= MessageHeader.byteCount {
            let rest = bytes.span.extracting(droppingFirst: read)
            let length = try MessageHeader(parsing: rest, maximum: Limits.toDashboardBytes).messageByteCount
            guard rest.count >= length else { break }
            switch try Message.decode(whole: rest.extracting(first: length)) {
            case .keyframe(_, let snapshot): base = snapshot
            case .delta(let delta):
                guard let known = base.take() else { return snapshots }
                base = try delta.applied(to: known)
            default: return snapshots
            }
            read += length
            if let base { snapshots.append(base) }
        }
        return snapshots
    }
}
