import Model

/// When a line was written, as far as the line itself says it: a date and time at its start (`2026-11-21T12:00:00.123Z`,
/// `2026/11/21 12:00:00`, `[2026-11-21 12:00:00,123 +0100]`), or in a JSON object a member `time`, `timestamp`,
/// `@timestamp` or `ts`, as text or as a number since 1970.
enum LogTime {
    /// Where a time is looked for.
    static let lookedAt = 512
    private static let members = ["time", "timestamp", "@timestamp", "ts"].map { Array("\"\($0)\":".utf8) }

    /// - Parameter zone: of what names none, in seconds east of Greenwich.
    static func find(in line: ArraySlice<UInt8>, zone: Int64) -> WallTime? {
        let start = line.prefix(lookedAt)
        guard start.first == UInt8(ascii: "{") else {
            return date(start.first == UInt8(ascii: "[") ? start.dropFirst() : start, zone)
        }
        for name in members {
            guard let value = value(of: name, in: start) else { continue }
            if value.first == UInt8(ascii: "\"") { return date(value.dropFirst(), zone) }
            return number(value)
        }
        return nil
    }

    private static func value(of name: [UInt8], in text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var index = text.startIndex
        while index + name.count <= text.endIndex {
            if text[index] == name[0], text[index...].starts(with: name) {
                return text[(index + name.count)...].drop { $0 == UInt8(ascii: " ") }
            }
            index += 1
        }
        return nil
    }

    /// Seconds, milliseconds, microseconds or nanoseconds: by how many they are, as of the years 2001 to 2255.
    private static func number(_ text: ArraySlice<UInt8>) -> WallTime? {
        var reader = Digits(text)
        guard let whole = reader.number(1...19) else { return nil }
        var fraction: Int64 = 0
        if reader.pass(".") { fraction = reader.fraction() ?? 0 }
        switch whole {
        case 1_000_000_000..<9_000_000_000:
            return WallTime(nanoseconds: whole * 1_000_000_000 + fraction)
        case 1_000_000_000_000..<9_000_000_000_000: return WallTime(nanoseconds: whole * 1_000_000)
        case 1_000_000_000_000_000..<9_000_000_000_000_000: return WallTime(nanoseconds: whole * 1000)
        case 1_000_000_000_000_000_000...: return WallTime(nanoseconds: whole)
        default: return nil
        }
    }

    private static func date(_ text: ArraySlice<UInt8>, _ zone: Int64) -> WallTime? {
        var reader = Digits(text)
        guard let year = reader.number(4...4), year >= 1970 else { return nil }
        let separator: Character = reader.next == UInt8(ascii: "/") ? "/" : "-"
        guard reader.pass(separator), let month = reader.number(2...2), reader.pass(separator),
            let day = reader.number(2...2), reader.pass("T") || reader.pass("t") || reader.pass(" "),
            let hour = reader.number(2...2), reader.pass(":"), let minute = reader.number(2...2), reader.pass(":"),
            let second = reader.number(2...2)
        else { return nil }
        let fraction = reader.pass(".") || reader.pass(",") ? reader.fraction() ?? 0 : 0
        let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard let wall = civil.wall else { return nil }
        let offset = reader.zone() ?? zone
        let (shifted, overflow) = wall.nanoseconds.subtractingReportingOverflow(offset * 1_000_000_000 - fraction)
        return overflow ? nil : WallTime(nanoseconds: shifted)
    }
}

/// Reads numbers of a fixed form from the front of a text.
private struct Digits {
    private var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) { rest = text }

    var next: UInt8? { rest.first }

    mutating func pass(_ character: Character) -> Bool {
        guard rest.first == character.asciiValue else { return false }
        rest.removeFirst()
        return true
    }

    /// As many digits as there are, where their count is one of these.
    mutating func number(_ counts: ClosedRange<Int>) -> Int64? {
        let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard counts.contains(digits.count), let number = Int64(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        rest.removeFirst(digits.count)
        return number
    }

    /// Digits behind a point, as nanoseconds.
    mutating func fraction() -> Int64? {
        let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let nine = String(decoding: digits.prefix(9), as: UTF8.self)
        return Int64(nine + String(repeating: "0", count: 9 - nine.utf8.count))
    }

    /// `Z`, `+01:00`, `-0530` or ` +0000`, in seconds.
    mutating func zone() -> Int64? {
        if pass("Z") || pass("z") { return 0 }
        var after = self
        _ = after.pass(" ")
        let sign: Int64
        if after.pass("+") { sign = 1 } else if after.pass("-") { sign = -1 } else { return nil }
        let digits = after.rest.prefix(6).filter { $0 != UInt8(ascii: ":") }.prefix(4)
        guard digits.count == 4, let number = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
        return sign * (number / 100 * 3600 + number % 100 * 60)
    }
}
