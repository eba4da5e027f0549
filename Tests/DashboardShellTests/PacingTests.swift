import Model
import Testing

@testable import Dashboard

@Suite struct PacingTests {
    private let start = MonotonicInstant(nanoseconds: 5_000_000_000)

    private func at(_ milliseconds: Int64) -> MonotonicInstant { start + .milliseconds(milliseconds) }

    /// With its first frame drawn.
    private func pacing() -> Pacing {
        var pacing = Pacing(now: start)
        pacing.drew(.everything, now: start)
        return pacing
    }

    @Test func theFirstFrameIsDrawnAtOnceAndThenNoneUntilSomethingChanges() {
        var pacing = Pacing(now: start)
        #expect(pacing.drawing(now: start) == .everything)
        pacing.drew(.everything, now: start)
        #expect(pacing.drawing(now: at(100_000)) == nil)
    }

    @Test(arguments: [(Pacing.Change.background, 4...5), (.answer, 28...30), (.key, 111...125)])
    func changesAreDrawnAsOftenAsTheyAreUrgent(_ change: Pacing.Change, _ expected: ClosedRange<Int>) {
        var pacing = pacing()
        var frames = 0
        for millisecond in 0..<1000 as Range<Int64> {
            pacing.changed(change)
            guard let drawing = pacing.drawing(now: at(millisecond)) else { continue }
            pacing.drew(drawing, now: at(millisecond))
            frames += 1
        }
        #expect(expected.contains(frames), "\(frames) frames")
    }

    @Test func oneSampleAfterAPauseIsDrawnAtOnce() {
        var pacing = pacing()
        pacing.changed(.background)
        #expect(pacing.drawing(now: at(1000)) == .everything)
    }

    @Test func aKeyIsDrawnWithoutWaitingForWhatElseChanged() {
        var pacing = pacing()
        pacing.changed(.background)
        pacing.changed(.key)
        #expect(pacing.drawing(now: at(20)) == .key)
        pacing.drew(.key, now: at(20))
        #expect(pacing.drawing(now: at(199)) == nil)
        #expect(pacing.drawing(now: at(200)) == .everything)
    }

    @Test func whatWasAskedForHastensWhatWaits() {
        var pacing = pacing()
        pacing.changed(.background)
        pacing.changed(.answer)
        pacing.changed(.background)
        #expect(pacing.drawing(now: at(34)) == .everything)
    }

    @Test func sleepsUntilTheNextTickAndShorterForAFrame() {
        var pacing = pacing()
        pacing.openedMail(now: start, isEmpty: true)
        #expect(pacing.timeout(now: start, hasMail: false) == 34, "rounded up: waking early would only wait again")
        #expect(pacing.timeout(now: at(40), hasMail: false) == 960)
        pacing.changed(.background)
        #expect(pacing.timeout(now: at(40), hasMail: false) == 160)
        pacing.changed(.key)
        #expect(pacing.timeout(now: at(40), hasMail: false) == 0)
    }

    @Test func mailIsOpenedThirtyTimesASecondAtMostAndWhatIsLeftOfItAtOnce() {
        var pacing = pacing()
        #expect(pacing.opensMail(now: start))
        pacing.openedMail(now: start, isEmpty: true)
        #expect([0, 20, 34].map { pacing.opensMail(now: at($0)) } == [false, false, true])
        pacing.openedMail(now: at(34), isEmpty: false)
        #expect(pacing.opensMail(now: at(34)))
        #expect(pacing.timeout(now: at(34), hasMail: true) == 0)
    }

    @Test func aKeyThatIsNotDrawnYetHoldsUpMailButNotForLong() {
        var pacing = pacing()
        pacing.openedMail(now: start, isEmpty: false)
        pacing.changed(.key)
        #expect(!pacing.opensMail(now: at(1)))
        #expect(pacing.opensMail(now: at(34)))
    }

    @Test func ticksOnceASecondAndDoesNotMakeUpForASleep() {
        var pacing = Pacing(now: start)
        let times: [Int64] = [999, 1000, 1999, 100_000, 100_000, 100_999, 101_000]
        let ticks = times.map { pacing.takeTick(now: at($0)) }
        #expect(ticks == [false, true, false, true, false, false, true], "a night in the background is one tick")
    }

    @Test func aSizeIsTakenWhenItRests() {
        var pacing = pacing()
        pacing.openedMail(now: at(80), isEmpty: true)
        for millisecond in [40, 60, 80] as [Int64] { pacing.resized(now: at(millisecond)) }
        pacing.changed(.key)
        #expect(pacing.timeout(now: at(80), hasMail: false) == 50)
        let early = pacing.takeResize(now: at(129))
        #expect(!early && pacing.drawing(now: at(129)) == nil, "nothing is drawn for a size that is over")
        let taken = [130, 500].map { pacing.takeResize(now: at($0)) }
        #expect(taken == [true, false], "once")
        #expect(pacing.drawing(now: at(130)) == .key)
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
