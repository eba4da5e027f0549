import Model

/// A time as people type it: `-5m` (ago), `13:58` or `13:58:40` (the last time that it was so), or a date: RFC 3339, or the
/// beginning of it. Without a zone it is UTC, as all times that are shown.
enum TimeText {
    static let forms = "-5m, 13:58, 13:58:40 or 2026-11-21T13:58:40Z"

    /// `nil` where it is none of them.
    static func wall(_ text: String, now: WallTime) -> WallTime? {
        let parts = text.split { $0 == " " || $0 == "T" || $0 == "t" }
        if parts.count == 1, let ago = parts[0].hasPrefix("-") ? duration(parts[0].dropFirst()) : nil {
            return now.advanced(by: .zero - ago)
        }
        if parts.count == 1, !parts[0].contains("-") { return clock(parts[0], now: now) }
        guard (1...2).contains(parts.count), let day = day(parts[0]) else { return nil }
        guard parts.count == 2 else { return day }
        guard let (time, zone) = zoned(parts[1]), let clock = seconds(time) else { return nil }
        return day.advanced(by: .seconds(clock - zone))
    }

    /// `5m`, `1h30m`, `90s`, `2d`, `90` for seconds; `nil` for anything else.
    static func duration(_ text: Substring) -> Duration? {
        var rest = text
        var sum = Duration.zero
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let count = Int64(digits), count <= 10_000_000 else { return nil }
            rest = rest.dropFirst(digits.count)
            switch rest.popFirst() {
            case nil, "s": sum += .seconds(count)
            case "m": sum += .seconds(count * 60)
            case "h": sum += .seconds(count * 3600)
            case "d": sum += .seconds(count * 86_400)
            default: return nil
            }
        }
        return sum
    }

    /// Today, or yesterday where today's is still to come.
    private static func clock(_ text: Substring, now: WallTime) -> WallTime? {
        guard let clock = seconds(text.hasSuffix("Z") ? text.dropLast() : text) else { return nil }
        let today = CivilTime(now)
        guard let midnight = CivilTime(year: today.year, month: today.month, day: today.day).wall else { return nil }
        let time = midnight.advanced(by: .seconds(clock))
        return time <= now ? time : time.advanced(by: .seconds(-86_400))
    }

    private static func day(_ text: Substring) -> WallTime? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, let year = number(parts[0]), let month = number(parts[1]),
            let day = number(parts[2])
        else { return nil }
        let date = CivilTime(year: year, month: month, day: day)
        // The 31st of a month that has none would be another day.
        return date.wall.flatMap { CivilTime($0) == date ? $0 : nil }
    }

    /// Time of day, and by how many seconds its zone is ahead of UTC.
    private static func zoned(_ text: Substring) -> (time: Substring, zone: Int64)? {
        if text.hasSuffix("Z") || text.hasSuffix("z") { return (text.dropLast(), 0) }
        guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return (text, 0) }
        guard let zone = seconds(text[text.index(after: sign)...]) else { return nil }
        return (text[..<sign], text[sign] == "+" ? zone : -zone)
    }

    /// `13:58` or `13:58:40`, since midnight; parts of a second are left out.
    private static func seconds(_ text: Substring) -> Int64? {
        let whole = text.prefix { $0 != "." }
        let parts = whole.split(separator: ":", omittingEmptySubsequences: false).map { number($0) ?? -1 }
        guard (2...3).contains(parts.count), 0..<24 ~= parts[0], 0..<60 ~= parts[1] else { return nil }
        let second = parts.count == 3 ? parts[2] : 0
        return 0..<60 ~= second ? parts[0] * 3600 + parts[1] * 60 + second : nil
    }

    /// Digits only, at most four.
    private static func number(_ text: Substring) -> Int64? {
        text.utf8.count <= 4 && text.allSatisfy { $0.isASCII && $0.isNumber } ? Int64(text) : nil
    }
}

extension WallTime {
    /// Stops at the ends of time instead of trapping.
    func advanced(by duration: Duration) -> WallTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return WallTime(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }
}
