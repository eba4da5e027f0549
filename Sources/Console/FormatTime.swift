public import Model

extension Format {
    /// A delay: `0.4ms`, `4.2ms`, `480ms`, `1.2s`, `42s`, then as an age.
    public static func milliseconds(_ value: Double?) -> SafeText {
        guard let value, value.isFinite, value >= 0 else { return unknown }
        if value < 999.5 { return scaled(value, "ms") }
        if value < 99_500 { return scaled(value / 1000, "s") }
        return age(seconds: (value / 1000).rounded())
    }

    /// A delay, like `milliseconds`.
    public static func latency(_ duration: Duration?) -> SafeText {
        milliseconds(duration.map { $0.seconds * 1000 })
    }

    /// How long ago or how long: `42s`, `4m10s`, `2h05m`, `3d02h`, `412d`. Whole units that have passed.
    public static func age(_ duration: Duration?) -> SafeText {
        guard let duration else { return unknown }
        return age(seconds: duration.seconds.rounded(.down))
    }

    private static func age(seconds: Double) -> SafeText {
        guard seconds >= 0, seconds < 1e15 else { return unknown }
        let total = Int(seconds)
        if total < 60 { return SafeText("\(total)s") }
        if total < 3600 { return SafeText("\(total / 60)m\(twoDigits(total % 60))s") }
        if total < 86_400 { return SafeText("\(total / 3600)h\(twoDigits(total / 60 % 60))m") }
        if total < 100 * 86_400 { return SafeText("\(total / 86_400)d\(twoDigits(total / 3600 % 24))h") }
        return SafeText("\(total / 86_400)d")
    }

    /// Time of day in UTC: `13:57:04Z`.
    public static func clock(_ wall: WallTime?) -> SafeText {
        guard let wall else { return unknown }
        let second = modulo(floorDivided(wall.nanoseconds, 1_000_000_000), 86_400)
        let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60)
        return SafeText("\(twoDigits(hours)):\(twoDigits(minutes)):\(twoDigits(seconds))Z")
    }

    /// Date and time of day in UTC: `2026-11-20 13:57:04Z`.
    public static func dateAndClock(_ wall: WallTime?) -> SafeText {
        guard let wall else { return unknown }
        let (year, month, day) = civil(day: floorDivided(wall.nanoseconds, 86_400_000_000_000))
        return SafeText("\(year)-\(twoDigits(month))-\(twoDigits(day)) ") + clock(wall)
    }

    /// The Gregorian date of a day counted from 1970-01-01, by counting years from March on so that a leap day is last.
    private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468  // days from 0000-03-01
        let era = floorDivided(shifted, 146_097)  // 400 years
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func twoDigits(_ value: some BinaryInteger) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func floorDivided(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func modulo(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
