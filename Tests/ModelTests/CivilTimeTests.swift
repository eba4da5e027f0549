import Testing

@testable import Model

@Test(
    arguments: [
        (0, "1970-01-01 00:00:00", 0), (-1, "1969-12-31 23:59:59", 999),
        (951_782_400_000_000_000, "2000-02-29 00:00:00", 0), (1_709_251_199_999_999_999, "2024-02-29 23:59:59", 999),
        (4_107_542_400_000_000_000, "2100-03-01 00:00:00", 0), (.max, "2262-04-11 23:47:16", 854),
        (.min, "1677-09-21 00:12:43", 145),
    ] as [(Int64, String, Int64)])
func aWallTimeHasADateAndATimeOfDay(nanoseconds: Int64, text: String, millisecond: Int64) {
    let time = CivilTime(WallTime(nanoseconds: nanoseconds))
    #expect("\(time.date) \(time.clock)" == text && time.millisecond == millisecond)
    guard nanoseconds != .min else { return }  // its milliseconds are before the first instant there is
    #expect(time.wall.map { CivilTime($0) } == time)
}

/// Each day of 800 years is the one after the day before, and comes back.
@Test func datesFollowEachOther() {
    var last = CivilTime(WallTime(nanoseconds: -(9 * 1_000_000_000_000_000_000)))
    for day in Int64(-104_166)...104_166 {
        let wall = WallTime(nanoseconds: day * 86_400_000_000_000)
        let time = CivilTime(wall)
        #expect(time.wall == wall)
        let follows =
            time.day == last.day + 1
            ? time.month == last.month && time.year == last.year
            : time.day == 1 && (time.month == last.month + 1 || time.month == 1 && time.year == last.year + 1)
        #expect(day == -104_166 || follows, "\(time) after \(last)")
        last = time
    }
}

@Test(
    arguments: [
        CivilTime(year: 2026, month: 13, day: 1), CivilTime(year: 2026, month: 1, day: 0),
        CivilTime(year: 2026, month: 1, day: 1, hour: 24), CivilTime(year: 9999, month: 1, day: 1),
        CivilTime(year: .max, month: 1, day: 1), CivilTime(year: 2026, month: 1, day: 1, second: -1),
    ])
func aTimeThatNoClockHasIsNone(time: CivilTime) { #expect(time.wall == nil) }
