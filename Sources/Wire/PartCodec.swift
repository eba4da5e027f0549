/// What stands in lists that may be cut.
protocol WirePart {
    /// The fewest bytes one takes.
    static var minimumByteCount: Int { get }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError)
    func write(to writer: inout Writer)
}

extension Reader {
    mutating func parts<Part: WirePart>(
        _ field: String, limit: Int, in bytes: Span<UInt8>
    ) throws(WireError) -> [Part] {
        let count = try count(field, limit: limit, minimum: Part.minimumByteCount, in: bytes)
        var parts: [Part] = []
        parts.reserveCapacity(count)
        for _ in 0..<count { parts.append(try Part(from: &self, in: bytes)) }
        return parts
    }

    mutating func texts(_ field: String, limit: Int, in bytes: Span<UInt8>) throws(WireError) -> [String] {
        var texts: [String] = []
        for _ in 0..<(try count(field, limit: limit, minimum: 1, in: bytes)) {
            texts.append(try text(field, limit: Limits.textBytes, in: bytes))
        }
        return texts
    }

    mutating func numbers(_ field: String, limit: Int, in bytes: Span<UInt8>) throws(WireError) -> [UInt32] {
        var numbers: [UInt32] = []
        for _ in 0..<(try count(field, limit: limit, minimum: 1, in: bytes)) {
            numbers.append(try number(field, in: bytes))
        }
        return numbers
    }
}

extension Writer {
    /// As many as the limit allows and the message has room for, with `reserve` bytes left for what follows; how many
    /// that were.
    @discardableResult mutating func parts<Part: WirePart>(
        _ parts: [Part], limit: Int, keeping reserve: Int = 0
    ) -> Int {
        var body = Writer(limit: room - reserve - 3)  // a count below 2^21
        var written = 0
        for part in parts.prefix(limit) {
            let start = body.bytes.count
            part.write(to: &body)
            guard body.room >= 0 else {
                body.rewind(to: start)
                break
            }
            written += 1
        }
        count(written)
        raw(body.bytes)
        return written
    }

    mutating func texts(_ texts: [String], limit: Int) {
        count(min(texts.count, limit))
        for text in texts.prefix(limit) { self.text(text, limit: Limits.textBytes) }
    }

    mutating func numbers(_ numbers: [UInt32], limit: Int) {
        count(min(numbers.count, limit))
        for number in numbers.prefix(limit) { self.number(number) }
    }
}
