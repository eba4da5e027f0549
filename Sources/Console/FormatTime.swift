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
        return SafeText("\(CivilTime(wall).clock)Z")
    }

    /// Time of day in UTC, to the millisecond and without its letter: `13:57:04.123`.
    public static func clockWithMilliseconds(_ wall: WallTime) -> SafeText {
        let time = CivilTime(wall)
        return SafeText("\(time.clock).\(CivilTime.padded(time.millisecond, 3))")
    }

    /// Date and time of day in UTC: `2026-11-20 13:57:04Z`.
    public static func dateAndClock(_ wall: WallTime?) -> SafeText {
        guard let wall else { return unknown }
        return SafeText("\(CivilTime(wall).date) ") + clock(wall)
    }

    private static func twoDigits(_ value: some BinaryInteger) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
