/// The Castagnoli checksum: finds damage, and is no protection against anybody. RFC 3720, appendix B.4.
public struct CRC32C: Sendable {
    private var state: UInt32 = .max

    public init() {}

    public var value: UInt32 { ~state }

    public mutating func add(_ bytes: Span<UInt8>) {
        for index in bytes.indices {
            state = state >> 8 ^ Self.table[Int((state ^ UInt32(bytes[index])) & 0xff)]
        }
    }

    /// Of each byte, for the reflected polynomial 0x82f63b78.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x82f6_3b78 : rest >> 1 }
    }
}
