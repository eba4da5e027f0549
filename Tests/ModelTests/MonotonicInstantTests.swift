import Model
import Testing

@Suite struct MonotonicInstantTests {
    @Test func earlierStopsAtTheStartOfTheClock() {
        let instant = MonotonicInstant(nanoseconds: 5_000_000_000)
        #expect(instant - Duration.seconds(2) == MonotonicInstant(nanoseconds: 3_000_000_000))
        #expect(instant - Duration.seconds(9) == MonotonicInstant(nanoseconds: 0))
        #expect(instant - Duration.seconds(-1) == MonotonicInstant(nanoseconds: 6_000_000_000))
        #expect(instant - .nanoseconds(Int64.min) > instant)
    }

    @Test func differencesHaveASign() {
        let (early, late) = (MonotonicInstant(nanoseconds: 5), MonotonicInstant(nanoseconds: 12))
        #expect(late - early == .nanoseconds(7))
        #expect(early - late == .nanoseconds(-7))
        #expect(early + .nanoseconds(7) == late)
        #expect(late + .nanoseconds(-7) == early)
    }

    @Test func theEndsOfTheClockAreWallsNotTraps() {
        let end = MonotonicInstant(nanoseconds: .max)
        #expect(end + .seconds(1) == end)
        #expect(MonotonicInstant(nanoseconds: 3) + .seconds(-1) == MonotonicInstant(nanoseconds: 0))
        #expect((end - MonotonicInstant(nanoseconds: 0)).nanoseconds == Int64.max)
    }

    @Test func hugeDurationsClamp() {
        #expect(Duration.seconds(Int64.max).nanoseconds == Int64.max)
        #expect(Duration.seconds(Int64.min).nanoseconds == Int64.min)
        #expect(Duration.milliseconds(-1500).nanoseconds == -1_500_000_000)
        #expect(Duration.milliseconds(1500).seconds == 1.5)
    }
}
