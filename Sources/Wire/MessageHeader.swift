/// The eight bytes before every body: u32 length, u8 type, u8 flags, u16 reserved, all big-endian.
public struct MessageHeader: Hashable, Sendable {
    public static let byteCount = 8
    /// Flag bit 0: a receiver that does not know the type must close rather than skip the message.
    public static let criticalFlag: UInt8 = 1 << 0

    /// Bytes of the body; on the wire the length also counts the four bytes after it.
    public var bodyByteCount: Int
    public var type: UInt8
    public var flags: UInt8

    public var isCritical: Bool { flags & Self.criticalFlag != 0 }
    /// Header and body.
    public var messageByteCount: Int { Self.byteCount &+ bodyByteCount }  // body is below 2^32, so it cannot overflow

    /// From the four numbers of a header; `maximum` is the largest message allowed here and now, header included.
    public init(
        length: UInt32, type: UInt8, flags: UInt8, reserved: UInt16, maximum: Int
    ) throws(WireError) {
        guard length >= 4 else { throw .malformed(message: "header", field: "length", offset: 0) }
        guard flags & ~Self.criticalFlag == 0 else { throw .malformed(message: "header", field: "flags", offset: 5) }
        guard reserved == 0 else { throw .malformed(message: "header", field: "reserved", offset: 6) }
        bodyByteCount = Int(length - 4)
        self.type = type
        self.flags = flags
        guard messageByteCount <= maximum else { throw .limit(message: "header", field: "length", limit: maximum) }
    }

    /// From the first eight bytes of `bytes`.
    public init(parsing bytes: Span<UInt8>, maximum: Int) throws(WireError) {
        guard bytes.count >= Self.byteCount else {
            throw .truncated(message: "header", field: "length", offset: bytes.count)
        }
        let length = UInt32(bytes[0]) << 24 | UInt32(bytes[1]) << 16 | UInt32(bytes[2]) << 8 | UInt32(bytes[3])
        try self.init(
            length: length, type: bytes[4], flags: bytes[5], reserved: UInt16(bytes[6]) << 8 | UInt16(bytes[7]),
            maximum: maximum)
    }
}
