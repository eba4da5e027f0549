import Model
import Testing

@testable import Dashboard

@Suite struct PacingTests {
    private let start = MonotonicInstant(nanoseconds: 5_000_000_000)

    @Test func drawsAtOnceAndThenAtMostThirtyTimesASecond() {
        var pacing = Pacing(now: start)
        var frames = 0
        for millisecond in 0..<1000 {
            pacing.changed()
            if pacing.takeFrame(now: start + .milliseconds(millisecond)) { frames += 1 }
        }
        #expect((28...30).contains(frames), "\(frames) frames")
    }

    @Test func drawsNothingWhenNothingChanged() {
        var pacing = Pacing(now: start)
        let frames = [Duration.zero, .seconds(1)].map { pacing.takeFrame(now: start + $0) }
        #expect(frames == [true, false])
    }

    @Test func sleepsUntilTheNextTickAndShorterForAFrame() {
        var pacing = Pacing(now: start)
        #expect(pacing.timeout(now: start) == 0)
        _ = pacing.takeFrame(now: start)
        #expect(pacing.timeout(now: start) == 34, "rounded up: waking early would only wait again")
        let later = start + .milliseconds(40)
        #expect(pacing.timeout(now: later) == 960)
        pacing.changed()
        #expect(pacing.timeout(now: later) == 0)
    }

    @Test func mailWaitsUntilTheNextFrameMayBeDrawn() {
        var pacing = Pacing(now: start)
        #expect(pacing.opensMail(now: start))
        _ = pacing.takeFrame(now: start)
        let opens = [0, 20, 34].map { pacing.opensMail(now: start + .milliseconds($0)) }
        #expect(opens == [false, false, true])
    }

    @Test func ticksOnceASecondAndDoesNotMakeUpForASleep() {
        var pacing = Pacing(now: start)
        let times: [Int64] = [999, 1000, 1999, 100_000, 100_000, 100_999, 101_000]
        let ticks = times.map { pacing.takeTick(now: start + .milliseconds($0)) }
        #expect(ticks == [false, true, false, true, false, false, true], "a night in the background is one tick")
    }

    @Test func aSizeIsTakenWhenItRests() {
        var pacing = Pacing(now: start)
        _ = pacing.takeFrame(now: start)
        for millisecond in [40, 60, 80] { pacing.resized(now: start + .milliseconds(millisecond)) }
        pacing.changed()
        #expect(pacing.timeout(now: start + .milliseconds(80)) == 50)
        let early = pacing.takeResize(now: start + .milliseconds(129))
        let drawn = pacing.takeFrame(now: start + .milliseconds(129))
        #expect(!early && !drawn, "nothing is drawn for a size that is over")
        let taken = [130, 500].map { pacing.takeResize(now: start + .milliseconds($0)) }
        #expect(taken == [true, false], "once")
        let drawnThen = pacing.takeFrame(now: start + .milliseconds(130))
        #expect(drawnThen)
    }

    @Test func aWindowThatDoesNotRestIsFollowedFourTimesASecond() {
        var pacing = Pacing(now: start)
        var taken = 0
        for millisecond in 0..<1000 {
            let now = start + .milliseconds(millisecond)
            if millisecond % 10 == 0 { pacing.resized(now: now) }
            if pacing.takeResize(now: now) { taken += 1 }
        }
        #expect((3...4).contains(taken), "\(taken)")
    }
}
