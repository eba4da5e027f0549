import Model

/// Writes one JSON object as one line. Text comes from other processes and peers: whatever could end the line, the string
/// or a reader's screen is written as `\u` escapes.
struct AuditLine {
    /// Longer text is cut; nothing legitimate comes near it.
    static let textLimit = 1024
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    mutating func text(_ key: String, _ value: String?) {
        guard let value else { return }
        name(key)
        quote(value)
    }

    mutating func number(_ key: String, _ value: (some BinaryInteger)?) {
        guard let value else { return }
        name(key)
        bytes += Array(String(value).utf8)
    }

    mutating func flag(_ key: String, _ value: Bool) {
        name(key)
        bytes += Array((value ? "true" : "false").utf8)
    }

    mutating func object(_ key: String, _ fill: (inout AuditLine) -> Void) {
        name(key)
        bytes += Self.object(fill)
    }

    mutating func list<Element>(_ key: String, _ elements: [Element], _ fill: (inout AuditLine, Element) -> Void) {
        name(key)
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += Self.object { fill(&$0, element) }
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The finished line, newline included.
    func ended() -> [UInt8] { bytes + [UInt8(ascii: "}"), UInt8(ascii: "\n")] }

    private static func object(_ fill: (inout AuditLine) -> Void) -> [UInt8] {
        var inner = AuditLine()
        fill(&inner)
        return inner.bytes + [UInt8(ascii: "}")]
    }

    private mutating func name(_ key: String) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        quote(key)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        let start = bytes.count
        for scalar in value.unicodeScalars {
            if bytes.count - start >= Self.textLimit {
                bytes += Array("…".utf8)
                break
            }
            switch scalar.value {
            case 0x22, 0x5C: bytes += [UInt8(ascii: "\\"), UInt8(scalar.value)]
            case 0..<0x20, 0x7F..<0xA0,  // C0, DEL, C1
                0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF:  // lines, bidi, zero width
                bytes += Array("\\u".utf8)
                let digits = String(scalar.value, radix: 16)
                bytes += Array((String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            default: bytes += Array(String(scalar).utf8)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension WallTime {
    /// RFC 3339 in UTC with milliseconds: `2026-09-01T12:00:00.123Z`.
    var rfc3339: String {
        let milliseconds = Self.floored(nanoseconds, 1_000_000)
        let days = Self.floored(milliseconds, 86_400_000)
        let time = milliseconds - days * 86_400_000
        let (year, month, day) = Self.civil(days: days)
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(time / 3_600_000, 2) + ":"
            + padded(time / 60_000 % 60, 2) + ":" + padded(time / 1000 % 60, 2) + "." + padded(time % 1000, 3) + "Z"
    }

    /// Year, month and day of a day counted from 1970-01-01: eras of 400 years (146,097 days), years from 1 March, so
    /// that the leap day comes last.
    private static func civil(days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468  // days from 0000-03-01 to 1970-01-01
        let era = floored(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153  // 0 is March
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }
}
