/// Walks fields that blanks separate. Fields nobody wants are skipped without being computed, which halves the cost.
struct Fields {
    private(set) var offset: Int
    private let end: Int
    private let file: StaticString

    /// `range` is cut to what exists.
    init(_ range: Range<Int>, in text: Span<UInt8>, file: StaticString) {
        end = min(range.upperBound, text.count)
        offset = min(range.lowerBound, end)
        self.file = file
    }

    mutating func skip(_ count: Int, in text: Span<UInt8>) {
        for _ in 0..<count {
            skipBlanks(in: text)
            while offset < end, !Self.isBlank(text[offset]) { offset += 1 }
        }
    }

    /// The next field, which must be a decimal number that fits.
    mutating func next(_ field: StaticString, in text: Span<UInt8>) throws(ProcError) -> UInt64 {
        skipBlanks(in: text)
        let value = try digits(field, radix: 10, in: text)
        guard offset == end || Self.isBlank(text[offset]) else { throw malformed(field) }
        return value
    }

    /// The next field, a decimal number that fits, where there is one: older kernels write fewer.
    mutating func nextIfAny(_ field: StaticString, in text: Span<UInt8>) throws(ProcError) -> UInt64? {
        skipBlanks(in: text)
        return offset < end ? try next(field, in: text) : nil
    }

    /// The next field as a pid.
    mutating func nextPID(_ field: StaticString, in text: Span<UInt8>) throws(ProcError) -> Int32 {
        let start = offset
        guard let pid = Int32(exactly: try next(field, in: text)) else {
            throw ProcError(malformed: file, field: field, offset: start)
        }
        return pid
    }

    /// The next field's first byte; the field must be that byte alone.
    mutating func nextByte(_ field: StaticString, in text: Span<UInt8>) throws(ProcError) -> UInt8 {
        skipBlanks(in: text)
        guard offset < end else { throw malformed(field) }
        let byte = text[offset]
        offset += 1
        guard offset == end || Self.isBlank(text[offset]) else { throw malformed(field) }
        return byte
    }

    /// The next field, a number with two decimals such as `12.34`, as hundredths.
    mutating func nextHundredths(_ field: StaticString, in text: Span<UInt8>) throws(ProcError) -> UInt64 {
        skipBlanks(in: text)
        let whole = try digits(field, radix: 10, in: text)
        try pass(UInt8(ascii: "."), field, in: text)
        let start = offset
        let fraction = try digits(field, radix: 10, in: text)
        guard offset - start == 2, offset == end || Self.isBlank(text[offset]) else { throw malformed(field) }
        let (product, overflow) = whole.multipliedReportingOverflow(by: 100)
        let (sum, overflowed) = product.addingReportingOverflow(fraction)
        guard !overflow, !overflowed else { throw malformed(field) }
        return sum
    }

    /// Digits from here, without skipping blanks; stops at the first byte that is none.
    mutating func digits(_ field: StaticString, radix: UInt64, in text: Span<UInt8>) throws(ProcError) -> UInt64 {
        var value: UInt64 = 0
        let start = offset
        while offset < end, let digit = Self.digit(text[offset]), digit < radix {
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, overflowed) = product.addingReportingOverflow(digit)
            guard !overflow, !overflowed else { throw malformed(field) }
            value = sum
            offset += 1
        }
        guard offset > start else { throw malformed(field) }
        return value
    }

    /// Steps over one byte, which must be `byte`.
    mutating func pass(_ byte: UInt8, _ field: StaticString, in text: Span<UInt8>) throws(ProcError) {
        guard offset < end, text[offset] == byte else { throw malformed(field) }
        offset += 1
    }

    mutating func skipBlanks(in text: Span<UInt8>) {
        while offset < end, Self.isBlank(text[offset]) { offset += 1 }
    }

    func malformed(_ field: StaticString) -> ProcError { ProcError(malformed: file, field: field, offset: offset) }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension Span where Element == UInt8 {
    /// The number behind `label` where a line begins with that; else `nil`. `field` is the label's name in errors.
    func number(
        after label: StaticString, of line: Range<Int>, _ field: StaticString, file: StaticString
    ) throws(ProcError) -> UInt64? {
        guard matches(label, at: line.lowerBound) else { return nil }
        var fields = Fields(line.lowerBound + label.utf8CodeUnitCount..<line.upperBound, in: self, file: file)
        return try fields.next(field, in: self)
    }
}
