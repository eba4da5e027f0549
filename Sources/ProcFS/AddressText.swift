/// An address of `/proc/<pid>/net/tcp` or `tcp6` as people write it.
///
/// The kernel prints each 32 bits, which are in network order, as one number of its own order.
enum AddressText {
    /// `nil` where the bytes are not 8 or 32 hex digits.
    static func text(of range: Range<Int>, in text: Span<UInt8>) -> String? {
        guard range.count == 8 || range.count == 32, range.upperBound <= text.count else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
            var fields = Fields(start..<start + 8, in: text, file: "net/tcp")
            // Anything but digits is no address.
            guard let word = try? fields.digits("local_address", radix: 16, in: text), fields.offset == start + 8,
                let word = UInt32(exactly: word)
            else { return nil }
            withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
        }
        return bytes.count == 4 ? version4(bytes[...]) : version6(bytes)
    }

    private static func version4(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { String($0) }.joined(separator: ".")
    }

    /// RFC 5952: lower case, the longest run of zeros as `::`.
    private static func version6(_ bytes: [UInt8]) -> String {
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return "::ffff:" + version4(bytes[12...])
        }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        let words = groups.map { String($0, radix: 16) }
        guard let zeros = longestZeros(groups) else { return words.joined(separator: ":") }
        return words[..<zeros.lowerBound].joined(separator: ":") + "::"
            + words[zeros.upperBound...].joined(separator: ":")
    }

    /// The first of the longest runs of two or more.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > max(1, longest?.count ?? 0) { longest = start..<end }
            start = max(end, start + 1)
        }
        return longest
    }
}
