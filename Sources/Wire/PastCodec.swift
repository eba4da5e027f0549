internal import Model

/// Within questions and answers about the past.
extension PastPiece: WirePart {
    /// Number, two instants, snapshots, bytes.
    static var minimumByteCount: Int { 5 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            number: try reader.varint("piece", in: bytes), first: try reader.instant("first", in: bytes),
            last: try reader.instant("last", in: bytes), snapshots: try reader.number("snapshots", in: bytes),
            byteCount: try reader.number("bytes", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.varint(number)
        writer.instant(first)
        writer.instant(last)
        writer.number(snapshots)
        writer.number(byteCount)
    }
}

extension PastPart {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let piece = try reader.varint("piece", in: bytes)
        let offset: UInt32 = try reader.number("offset", in: bytes)
        let byteCount: UInt32 = try reader.number("bytes", in: bytes)
        self.init(
            piece: piece, offset: offset,
            bytes: try reader.blob("part", limit: Limits.pastPartBytes, in: bytes), byteCount: byteCount)
    }

    func write(to writer: inout Writer) {
        writer.varint(piece)
        writer.number(offset)
        writer.number(byteCount)
        writer.blob(bytes, limit: Limits.pastPartBytes)
    }
}
