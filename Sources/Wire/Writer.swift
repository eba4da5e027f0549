internal import Model

/// Appends the parts of a message to its bytes.
struct Writer {
    private(set) var bytes: [UInt8] = []

    /// How many bytes it should hold at most; only `room` counts by it.
    private let limit: Int

    init(capacity: Int = 64, limit: Int = .max) {
        self.limit = limit
        bytes.reserveCapacity(capacity)
    }

    /// How many bytes more it may hold; negative once there are too many.
    var room: Int { limit - bytes.count }

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    /// LEB128 in its shortest form.
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func number(_ value: some FixedWidthInteger & UnsignedInteger) { varint(UInt64(value)) }

    /// Zigzag: 0, -1, 1, -2 ... as 0, 1, 2, 3 ...; the left shift drops the sign on purpose.
    mutating func signed(_ value: Int64) { varint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    /// One more than a zigzag number of hundreds; or, for what is not a number of them, 0 and the number.
    mutating func hundreds(_ value: Int64) {
        let (hundreds, rest) = value.quotientAndRemainder(dividingBy: 100)
        if rest == 0 {
            varint(UInt64(bitPattern: hundreds << 1 ^ hundreds >> 63) + 1)  // far below 2^64
        } else {
            byte(0)
            signed(value)
        }
    }

    mutating func int32(_ value: Int32) { number(UInt32(bitPattern: value)) }

    mutating func flag(_ value: Bool) { byte(value ? 1 : 0) }

    mutating func choice(_ value: some RawRepresentable<UInt8>) { byte(value.rawValue) }

    mutating func count(_ value: Int) { varint(UInt64(value)) }

    /// Bytes whose number the reader knows.
    mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    /// Length and bytes; what is over the limit is left out, and its reader will refuse the rest.
    mutating func blob(_ value: [UInt8], limit: Int) {
        count(min(value.count, limit))
        bytes.append(contentsOf: value.prefix(limit))
    }

    /// Length and UTF-8, cut between two scalars when over the limit.
    mutating func text(_ value: String, limit: Int) {
        let text = value.cut(toBytes: limit)
        count(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    /// Whole nanoseconds; a negative duration counts as none.
    mutating func duration(_ value: Duration) { varint(UInt64(max(0, value.nanoseconds))) }

    mutating func instant(_ value: MonotonicInstant) { varint(value.nanoseconds) }

    mutating func wall(_ value: WallTime) { signed(value.nanoseconds) }

    /// Sixteen bytes, big-endian.
    mutating func identifier(_ value: Identifier128) {
        for half in [value.high, value.low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: half >> UInt64(shift)))
            }
        }
    }

    /// A process of a boot that is known.
    mutating func process(_ value: ProcessRef) {
        int32(value.pid)
        varint(value.startTicks)
    }

    /// A worker with its boot.
    mutating func worker(_ value: WorkerID) {
        identifier(value.boot)
        int32(value.pid)
        varint(value.startTicks)
    }
}

extension Writer {
    /// Takes back what was written after the first `count` bytes.
    mutating func rewind(to count: Int) { bytes.removeLast(bytes.count - count) }

    /// Adds bits to a byte written before.
    mutating func set(_ bits: UInt8, at index: Int) { bytes[index] |= bits }

    /// Fills in the header, for which the first eight bytes were kept free.
    mutating func finish(type: MessageType) {
        let length = UInt32(clamping: bytes.count - 4)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index)) }
        bytes[4] = type.rawValue
        bytes[5] = MessageHeader.criticalFlag
    }
}

extension String {
    /// The longest start of at most `limit` bytes of UTF-8 that ends between two scalars.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }  // at most three steps
        return String(unicodeScalars[..<end])
    }
}
