internal import Model

/// Times and spans as messages say them. The program has no time zones, so all of it is UTC.
enum UTCText {
    /// `2026-11-20 23:42 UTC`.
    static func moment(_ time: WallTime) -> String {
        let seconds = time.wholeSeconds
        let (days, rest) = divided(seconds, by: 86_400)
        let (year, month, day) = civil(days)
        return "\(year)-\(two(month))-\(two(day)) \(two(rest / 3600)):\(two(rest / 60 % 60)) UTC"
    }

    /// `40 s`, `3 min`, `5 h`, `12 d`, the largest unit that says something.
    static func span(_ duration: Duration) -> String {
        let seconds = Int64(duration.seconds.magnitude)
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) d"
        }
    }

    /// The Gregorian date of a day counted from 1970-01-01. Years begin in March, so that the leap day is the last one;
    /// an era is 400 years, 146,097 days.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = divided(days + 719_468, by: 146_097)  // 0000-03-01 to 1970-01-01
        let leapDays = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra = (dayOfEra - leapDays) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153  // 153 days in each five months from March
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func divided(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
