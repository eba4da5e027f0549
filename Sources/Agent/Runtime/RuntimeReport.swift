import Model

/// What a runtime says of itself, one line of it: a flat JSON object of whole numbers that are not negative.
/// integrations/node/README.md has the words.
///
/// Read by hand: the line comes from any process of the machine, and this little of JSON leaves nothing to be misread.
struct RuntimeReport: Equatable, Sendable {
    /// Longest delay of the loop since the report before, in µs.
    var delayMaxMicroseconds: UInt64?
    /// What an event that came at a random moment since then waited longer than once in a hundred times, in µs.
    var delayP99Microseconds: UInt64?
    /// Share of that time in which the loop did not wait for events, in thousandths.
    var utilisationPermille: UInt64?
    /// Memory in use by objects of the runtime.
    var heapBytes: UInt64?
    /// Time spent in garbage collection, in µs; a counter.
    var gcMicroseconds: UInt64?

    init() {}

    /// A line without its newline. Spaces may stand around every token, keys that are not known are passed over.
    init(parsing line: [UInt8]) throws(Malformed) {
        var cursor = Cursor(line: line)
        var seen: [Key] = []
        try cursor.take("{")
        cursor.skipSpace()
        if cursor.next != UInt8(ascii: "}") {
            repeat {
                let (name, start) = try cursor.name()
                try cursor.take(":")
                let value = try cursor.number()
                guard let key = Key.allCases.first(where: { name.elementsEqual($0.rawValue.utf8) }) else { continue }
                guard !seen.contains(key), value <= key.maximum else { throw Malformed(offset: start) }
                seen.append(key)
                set(key, value)
            } while cursor.takes(",")
        }
        try cursor.take("}")
        cursor.skipSpace()
        guard cursor.next == nil else { throw Malformed(offset: cursor.offset) }
    }

    /// Not a report; the byte from which on it is none.
    struct Malformed: Error, Equatable {
        var offset: Int
    }

    enum Key: String, CaseIterable {
        case delayMax = "delay_max_us"
        case delayP99 = "delay_p99_us"
        case utilisation = "utilization_permille"
        case heap = "heap_bytes"
        case gc = "gc_us"

        /// 2^53 - 1, which every JSON holds exactly; a share is at most all.
        var maximum: UInt64 { self == .utilisation ? 1000 : 1 << 53 - 1 }
    }

    private mutating func set(_ key: Key, _ value: UInt64) {
        switch key {
        case .delayMax: delayMaxMicroseconds = value
        case .delayP99: delayP99Microseconds = value
        case .utilisation: utilisationPermille = value
        case .heap: heapBytes = value
        case .gc: gcMicroseconds = value
        }
    }

    /// A place in the line. Every call skips the space before its token.
    private struct Cursor {
        let line: [UInt8]
        var offset = 0

        var next: UInt8? { offset < line.count ? line[offset] : nil }

        mutating func skipSpace() {
            while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { offset += 1 }
        }

        mutating func takes(_ token: Unicode.Scalar) -> Bool {
            skipSpace()
            guard next == UInt8(ascii: token) else { return false }
            offset += 1
            return true
        }

        mutating func take(_ token: Unicode.Scalar) throws(Malformed) {
            guard takes(token) else { throw Malformed(offset: offset) }
        }

        /// What stands between quotes, and where; no escapes.
        mutating func name() throws(Malformed) -> (ArraySlice<UInt8>, Int) {
            try take("\"")
            let start = offset
            while let byte = next, byte != UInt8(ascii: "\"") {
                guard byte >= UInt8(ascii: " "), byte != UInt8(ascii: "\\") else { throw Malformed(offset: offset) }
                offset += 1
            }
            let name = line[start..<offset]
            try take("\"")
            return (name, start)
        }

        mutating func number() throws(Malformed) -> UInt64 {
            skipSpace()
            let start = offset
            var value: UInt64 = 0
            while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflowed) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
                guard !overflow, !overflowed else { throw Malformed(offset: start) }
                value = sum
                offset += 1
            }
            guard offset > start else { throw Malformed(offset: start) }
            return value
        }
    }
}
