/// A wall clock time as people write it: date and time of day, in UTC, by the Gregorian calendar.
public struct CivilTime: Equatable, Sendable {
    public var year: Int64
    /// From 1.
    public var month: Int64
    /// From 1.
    public var day: Int64
    public var hour: Int64
    public var minute: Int64
    public var second: Int64
    public var millisecond: Int64

    public init(
        year: Int64, month: Int64, day: Int64, hour: Int64 = 0, minute: Int64 = 0, second: Int64 = 0,
        millisecond: Int64 = 0
    ) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second, self.millisecond) = (hour, minute, second, millisecond)
    }

    /// What is less than a millisecond is left out, also before 1970.
    public init(_ wall: WallTime) {
        let milliseconds = Self.floored(wall.nanoseconds, 1_000_000)
        let days = Self.floored(milliseconds, 86_400_000)
        let time = milliseconds - days * 86_400_000
        (year, month, day) = Self.date(ofDay: days)
        (hour, minute, second) = (time / 3_600_000, time / 60_000 % 60, time / 1000 % 60)
        millisecond = time % 1000
    }

    /// `nil` for a time that no wall clock can have: out of range, or not in the 292 years on either side of 1970.
    public var wall: WallTime? {
        guard 0...9999 ~= year, 1...12 ~= month, 1...31 ~= day, 0..<24 ~= hour, 0..<60 ~= minute, 0...60 ~= second,
            0..<1000 ~= millisecond
        else { return nil }
        let seconds = Self.day(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        let (nanoseconds, overflow) = (seconds * 1000 + millisecond).multipliedReportingOverflow(by: 1_000_000)
        return overflow ? nil : WallTime(nanoseconds: nanoseconds)
    }

    /// Of a day counted from 1970-01-01. Years begin in March, so that the leap day is the last one; an era is 400 years,
    /// 146,097 days.
    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468  // days from 0000-03-01 to 1970-01-01
        let era = floored(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153  // 153 days in each five months from March
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// The other way round.
    private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floored(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }

    /// A number with zeroes before it.
    public static func padded(_ number: Int64, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// `2026-09-01`
    public var date: String { "\(Self.padded(year, 4))-\(Self.padded(month))-\(Self.padded(day))" }
    /// `12:00`
    public var hourAndMinute: String { "\(Self.padded(hour)):\(Self.padded(minute))" }
    /// `12:00:00`
    public var clock: String { "\(hourAndMinute):\(Self.padded(second))" }
}
