internal import Model

/// A cursor over the body of one message. Every read is checked; nothing a peer sends can trap.
///
/// The bytes are passed to each read instead of being kept, because a stored `Span` needs lifetime features that are
/// still experimental. `field` names the place in errors.
struct Reader {
    /// For errors.
    let message: String
    private(set) var offset = 0

    init(_ message: String) { self.message = message }

    func malformed(_ field: String) -> WireError { .malformed(message: message, field: field, offset: offset) }

    func truncated(_ field: String) -> WireError { .truncated(message: message, field: field, offset: offset) }

    /// `offset` never passes `count`, so the difference is never negative.
    func remaining(in bytes: Span<UInt8>) -> Int { bytes.count &- offset }

    /// Bytes after the last field are an error, so that two readers never see different messages.
    func finish(in bytes: Span<UInt8>) throws(WireError) {
        guard offset == bytes.count else { throw .trailingBytes(message: message, count: remaining(in: bytes)) }
    }

    mutating func byte(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> UInt8 {
        guard offset < bytes.count else { throw truncated(field) }
        defer { offset &+= 1 }  // below count, see above
        return bytes[offset]
    }

    /// LEB128, at most ten bytes; the shortest form is not required.
    mutating func varint(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            offset &+= 1  // below count, see above
            // The tenth byte holds bit 63 only: anything else is too large or an eleventh byte announced.
            guard shift < 63 || byte <= 1 else { throw malformed(field) }
            value |= UInt64(byte & 0x7f) &<< shift  // shift is at most 63
            if byte < 0x80 { return value }
            shift &+= 7  // at most 63, because byte ten ends the loop
        }
        throw truncated(field)
    }

    /// A varint that must fit `Number`.
    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ field: String, in bytes: Span<UInt8>
    ) throws(WireError) -> Number {
        guard let number = Number(exactly: try varint(field, in: bytes)) else { throw malformed(field) }
        return number
    }

    /// Zigzag: 0, -1, 1, -2 ... as 0, 1, 2, 3 ...
    mutating func signed(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> Int64 {
        let value = try varint(field, in: bytes)
        return Int64(bitPattern: value >> 1) ^ -Int64(value & 1)
    }

    /// One more than a zigzag number of hundreds; or 0 and the number as it is. A product beyond 64 bits wraps around.
    mutating func hundreds(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> Int64 {
        let value = try varint(field, in: bytes)
        guard value > 0 else { return try signed(field, in: bytes) }
        let zigzag = value - 1
        return (Int64(bitPattern: zigzag >> 1) ^ -Int64(zigzag & 1)) &* 100
    }

    /// The 32 bits of a signed number as an unsigned varint: pids are positive, so zigzag would only cost.
    mutating func int32(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> Int32 {
        Int32(bitPattern: try number(field, in: bytes))
    }

    mutating func choice<Choice: RawRepresentable<UInt8>>(
        _ field: String, in bytes: Span<UInt8>
    ) throws(WireError) -> Choice {
        guard let choice = Choice(rawValue: try byte(field, in: bytes)) else { throw malformed(field) }
        return choice
    }

    /// A byte of which only the lowest `count` bits may be set.
    mutating func bits(_ count: Int, _ field: String, in bytes: Span<UInt8>) throws(WireError) -> UInt8 {
        let bits = try byte(field, in: bytes)
        guard bits >> UInt8(count) == 0 else { throw malformed(field) }
        return bits
    }

    mutating func flag(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> Bool {
        try bits(1, field, in: bytes) != 0
    }

    /// A count of things of at least `minimum` bytes each: checked before anything is allocated for them.
    mutating func count(
        _ field: String, limit: Int, minimum: Int, in bytes: Span<UInt8>
    ) throws(WireError) -> Int {
        let count = try varint(field, in: bytes)
        guard count <= UInt64(limit) else { throw .limit(message: message, field: field, limit: limit) }
        guard Int(count) <= remaining(in: bytes) / minimum else { throw truncated(field) }  // limit fits Int
        return Int(count)
    }

    /// The next `count` bytes.
    mutating func raw(_ count: Int, _ field: String, in bytes: Span<UInt8>) throws(WireError) -> [UInt8] {
        guard count <= remaining(in: bytes) else { throw truncated(field) }
        let part = bytes.extracting(offset..<offset &+ count)  // within, checked above
        offset &+= count
        return part.withUnsafeBufferPointer { Array($0) }
    }

    /// Length and that many bytes.
    mutating func blob(_ field: String, limit: Int, in bytes: Span<UInt8>) throws(WireError) -> [UInt8] {
        let count = try count(field, limit: limit, minimum: 1, in: bytes)
        return try raw(count, field, in: bytes)
    }

    /// Length and UTF-8. What is not UTF-8 becomes U+FFFD; as that is longer, the text is cut to its limit again.
    mutating func text(_ field: String, limit: Int, in bytes: Span<UInt8>) throws(WireError) -> String {
        let count = try count(field, limit: limit, minimum: 1, in: bytes)
        let part = bytes.extracting(offset..<offset &+ count)  // within, by `count(...)`
        // Invalid UTF-8 is no error here, so why it is invalid does not matter.
        if let valid = try? UTF8Span(validating: part) {
            offset &+= count  // within, by `count(...)`
            return String(copying: valid)
        }
        let repaired = String(decoding: try raw(count, field, in: bytes), as: UTF8.self)
        return repaired.cut(toBytes: limit)
    }

    /// Whole nanoseconds, not negative.
    mutating func duration(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> Duration {
        guard let nanoseconds = Int64(exactly: try varint(field, in: bytes)) else { throw malformed(field) }
        return .nanoseconds(nanoseconds)
    }

    mutating func instant(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: try varint(field, in: bytes))
    }

    mutating func wall(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> WallTime {
        WallTime(nanoseconds: try signed(field, in: bytes))
    }

    /// Sixteen bytes, big-endian.
    mutating func identifier(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> Identifier128 {
        guard remaining(in: bytes) >= 16 else { throw truncated(field) }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<8 {
            high = high << 8 | UInt64(bytes[offset &+ index])  // within, checked above
            low = low << 8 | UInt64(bytes[offset &+ index &+ 8])
        }
        offset &+= 16
        return Identifier128(high: high, low: low)
    }

    /// A process of a boot that is known.
    mutating func process(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> ProcessRef {
        ProcessRef(pid: try int32(field, in: bytes), startTicks: try varint(field, in: bytes))
    }

    /// A worker with its boot.
    mutating func worker(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> WorkerID {
        WorkerID(
            boot: try identifier(field, in: bytes), pid: try int32(field, in: bytes),
            startTicks: try varint(field, in: bytes))
    }
}
