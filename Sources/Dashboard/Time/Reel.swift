import Model
import Wire

/// One source of a host's snapshots, read from some instant on.
struct Reel: Sendable {
    let source: RecordedPiece.Source
    /// The snapshot that comes next, and when it was taken; `nil` at the end of what is here by now.
    private(set) var head: (at: MonotonicInstant, snapshot: Snapshot)?
    /// Which piece is being read, and how far.
    private var piece: Int?
    private var reader = PieceReader()

    /// - Parameter start: snapshots before it are passed over.
    init(_ source: RecordedPiece.Source, of recording: HostRecording, from start: MonotonicInstant) {
        self.source = source
        let pieces = recording.pieces[source] ?? []
        piece = (pieces.first { recording.span(of: $0).map { $0.upperBound >= start } ?? false })?.id
        advance(in: recording)
        while let head, head.at < start { advance(in: recording) }
    }

    /// To the next snapshot. At the end it can be tried again, when more came.
    mutating func advance(in recording: HostRecording) {
        head = nil
        let pieces = recording.pieces[source] ?? []
        while let piece, let place = pieces.firstIndex(where: { $0.id == piece }) {
            if let next = read(pieces[place]), let at = recording.instant(next.monotonic, of: pieces[place].boot) {
                head = (at, next)
                return
            }
            guard place + 1 < pieces.count else { return }
            self.piece = pieces[place + 1].id
            reader = PieceReader()
        }
    }

    /// What cannot be read is a hole: the rest of the piece.
    private mutating func read(_ piece: RecordedPiece) -> Snapshot? {
        do throws(WireError) { return try reader.next(in: piece.bytes) } catch { return nil }
    }
}
