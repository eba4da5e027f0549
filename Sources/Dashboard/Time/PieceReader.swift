import Model
import Wire

/// Reads a piece of the past: KEYFRAME and DELTA messages, one behind the other, to which more may still be added.
struct PieceReader: Sendable {
    /// Where the next message begins.
    private(set) var offset = 0
    private var base: Snapshot?

    /// Gives up what was read by now.
    mutating func drop(from bytes: inout [UInt8]) {
        if offset > 0 { bytes.removeFirst(offset) }
        offset = 0
    }

    /// The next snapshot; `nil` at the end of what is whole by now. After an error nothing more can be read.
    mutating func next(in bytes: [UInt8]) throws(WireError) -> Snapshot? {
        guard bytes.count - offset >= MessageHeader.byteCount else { return nil }
        let rest = bytes.span.extracting(droppingFirst: offset)
        let length = try MessageHeader(parsing: rest, maximum: Limits.toDashboardBytes).messageByteCount
        guard rest.count >= length else { return nil }
        let snapshot: Snapshot
        switch try Message.decode(whole: rest.extracting(first: length)) {
        case .keyframe(_, let whole): snapshot = whole
        case .delta(let delta):
            guard let known = base.take() else { throw .malformed(message: "past", field: "keyframe", offset: offset) }
            snapshot = try delta.applied(to: known)
        default: throw .malformed(message: "past", field: "message", offset: offset)
        }
        base = snapshot
        offset += length
        return snapshot
    }
}
