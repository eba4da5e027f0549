internal import Model

/// Times and spans as messages say them. The program has no time zones, so all of it is UTC.
enum UTCText {
    /// `2026-11-20 23:42 UTC`.
    static func moment(_ time: WallTime) -> String {
        let time = CivilTime(time)
        return "\(time.date) \(time.hourAndMinute) UTC"
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
}
