import Lag
import Model
import TestSupport
import Testing

struct CadenceTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000) + .milliseconds(milliseconds)
    }

    @Test func aLoopThatWaitsIsProbedCalmly() {
        var cadence = Cadence()
        #expect(cadence.period == .milliseconds(50))
        for step in 0..<100 {
            cadence.note(.waiting, busy: .microseconds(400), at: at(Int64(step) * 50))
            #expect(cadence.period == .milliseconds(50))
        }
    }

    @Test func aWatchedLoopIsProbedClosely() {
        var cadence = Cadence()
        cadence.isWatched = true
        #expect(cadence.period == .milliseconds(5))
        cadence.note(.running, busy: .zero, at: at(0))
        #expect(cadence.period == .milliseconds(5))
        cadence.isWatched = false
        #expect(cadence.period == .milliseconds(10))
    }

    @Test func aFixedPeriodIsKeptWhateverHappens() {
        var cadence = Cadence(.fixed(.milliseconds(20)))
        cadence.isWatched = true
        for (step, sight) in [Cadence.Sight.held, .running, .waiting, .held].enumerated() {
            cadence.note(sight, busy: .milliseconds(20), at: at(Int64(step) * 20))
            #expect(cadence.period == .milliseconds(20))
        }
    }

    @Test func oneSightOfItRunningBringsOneCloserLookAndNoAlert() {
        var cadence = Cadence()
        cadence.note(.waiting, busy: .zero, at: at(0))
        cadence.note(.running, busy: .milliseconds(2), at: at(50))
        #expect(cadence.period == .milliseconds(10))
        #expect(!cadence.isAlert)
        cadence.note(.waiting, busy: .milliseconds(1), at: at(60))
        #expect(cadence.period == .milliseconds(50))
    }

    /// The record says when it began and ends; nothing is to be seen before that.
    @Test func somethingHeldIsNoTroubleWhereSleepsAreRecorded() {
        var cadence = Cadence()
        cadence.isRecorded = true
        cadence.note(.waiting, busy: .zero, at: at(0))
        cadence.note(.held, busy: .zero, at: at(50))
        #expect(!cadence.isAlert && cadence.period == .milliseconds(50))
        cadence.isRecorded = false
        cadence.note(.held, busy: .zero, at: at(100))
        #expect(cadence.isAlert && cadence.period == .milliseconds(5), "the record ended")
    }

    @Test func whoStillWaitsForACPUIsNoTroubleWhereThatIsRecorded() {
        for isRecorded in [false, true] {
            var cadence = Cadence()
            cadence.isRecorded = isRecorded
            cadence.note(.running, busy: .zero, at: at(0))
            for step in 1...3 { cadence.note(.running, busy: .zero, at: at(Int64(step) * 10)) }
            #expect(cadence.isAlert != isRecorded && cadence.period == .milliseconds(10))
        }
    }

    @Test func oneThatIsHeldAfterMuchWorkIsInAlertWithARecordToo() {
        var cadence = Cadence()
        cadence.isRecorded = true
        cadence.note(.waiting, busy: .zero, at: at(0))
        cadence.note(.running, busy: .milliseconds(14), at: at(50))
        cadence.note(.held, busy: .milliseconds(1), at: at(60))
        #expect(cadence.isAlert && cadence.period == .milliseconds(10))
    }

    @Test func troubleIsForgottenSoonWhereNoticeIsGivenOfTheNext() {
        var cadence = Cadence()
        cadence.isRecorded = true
        cadence.isNoticed = true
        cadence.note(.waiting, busy: .zero, at: at(0))
        cadence.note(.waiting, busy: .milliseconds(16), at: at(50))
        cadence.note(.waiting, busy: .zero, at: at(2_040))
        #expect(cadence.isAlert && cadence.period == .milliseconds(10))
        cadence.note(.waiting, busy: .zero, at: at(2_050))
        #expect(!cadence.isAlert && cadence.period == .milliseconds(50))
    }

    @Test func whoStaysBusyStaysInAlertWhereNoticeIsGiven() {
        for (busy, isAlert) in [(Int64(2), true), (1, false)] {
            var cadence = Cadence()
            cadence.isRecorded = true
            cadence.isNoticed = true
            cadence.note(.waiting, busy: .zero, at: at(0))
            cadence.note(.waiting, busy: .milliseconds(16), at: at(50))
            for step in 1...450 { cadence.note(.waiting, busy: .milliseconds(busy), at: at(50 + Int64(step) * 10)) }
            #expect(cadence.isAlert == isAlert, "\(busy) ms of each 10")
        }
    }

    @Test func muchWorkSinceItWaitedIsTroubleForThirtySeconds() {
        var cadence = Cadence()
        cadence.note(.waiting, busy: .zero, at: at(0))
        cadence.note(.waiting, busy: .milliseconds(15), at: at(50))
        #expect(cadence.isAlert)
        for step in 1...2999 {
            cadence.note(.waiting, busy: .microseconds(50), at: at(50 + Int64(step) * 10))
            #expect(cadence.period == .milliseconds(10))
        }
        cadence.note(.waiting, busy: .zero, at: at(30_050))
        #expect(cadence.period == .milliseconds(50))
    }

    @Test func workAddsUpWhileItIsNotSeenWaiting() {
        var cadence = Cadence()
        cadence.note(.waiting, busy: .zero, at: at(0))
        cadence.note(.running, busy: .milliseconds(6), at: at(50))
        #expect(!cadence.isAlert)
        cadence.note(.running, busy: .milliseconds(9), at: at(60))
        #expect(cadence.isAlert)
    }

    @Test func aRunningThreadWhoseCountersStandStillWasBusyAllTheTime() {
        var cadence = Cadence()
        cadence.note(.waiting, busy: .zero, at: at(0))
        cadence.note(.running, busy: .zero, at: at(50))
        cadence.note(.running, busy: .zero, at: at(60))
        #expect(!cadence.isAlert)
        cadence.note(.running, busy: .zero, at: at(71))
        #expect(cadence.isAlert)  // 21 ms in the run queue, and no counter shows it yet
    }

    @Test func lightWorkOverAStretchedPeriodIsNoTrouble() {
        var cadence = Cadence()
        for step in 0..<100 {
            cadence.note(.waiting, busy: .milliseconds(60), at: at(Int64(step) * 400))
            #expect(!cadence.isAlert)
        }
    }

    @Test func oneSightOutsideItsLoopIsTroubleAtOnce() {
        var cadence = Cadence()
        cadence.note(.waiting, busy: .zero, at: at(0))
        cadence.note(.held, busy: .microseconds(100), at: at(50))
        #expect(cadence.period == .milliseconds(5))
        cadence.note(.waiting, busy: .zero, at: at(55))
        #expect(cadence.period == .milliseconds(10))
        cadence.note(.waiting, busy: .zero, at: at(29_000))
        #expect(cadence.period == .milliseconds(10))
        cadence.note(.waiting, busy: .zero, at: at(30_051))
        #expect(cadence.period == .milliseconds(50))
    }

    @Test func whatStaysHeldIsLookedAtCalmlyAfterHalfAMinute() {
        var cadence = Cadence()
        cadence.note(.held, busy: .zero, at: at(0))
        #expect(cadence.period == .milliseconds(5))
        cadence.note(.held, busy: .zero, at: at(29_999))
        #expect(cadence.period == .milliseconds(5))
        cadence.note(.held, busy: .zero, at: at(30_000))
        #expect(cadence.period == .milliseconds(50))
        cadence.note(.running, busy: .zero, at: at(30_050))
        #expect(cadence.period == .milliseconds(10))
    }

    @Test func timeThatGoesBackwardsAndAbsurdCountsDoNoHarm() {
        var cadence = Cadence()
        cadence.note(.running, busy: .seconds(-5), at: at(100))
        cadence.note(.running, busy: .seconds(1 << 40), at: at(50))
        cadence.note(.waiting, busy: .zero, at: at(0))
        cadence.note(.waiting, busy: .seconds(1 << 40), at: at(50))
        #expect(cadence.isAlert)
    }

    // Against a loop that is simulated.

    /// A loop that is `busy` or `held` in the given stretches (ms, sorted) and waits otherwise, probed from `phase` on.
    private func run(
        _ stretches: [(start: Double, length: Double, isHeld: Bool)], from phase: Double, for milliseconds: Double
    ) -> (probes: Int, alert: Int, cadence: Cadence) {
        var cadence = Cadence()
        var now = phase
        var last = phase
        var next = 0
        var probes = 0
        var alert = 0
        while now < milliseconds {
            while next < stretches.count, stretches[next].start + stretches[next].length <= last { next += 1 }
            var busy = 0.0
            var sight = Cadence.Sight.waiting
            for stretch in stretches[next...].prefix(while: { $0.start <= now }) {
                let end = stretch.start + stretch.length
                if !stretch.isHeld { busy += max(0, min(end, now) - max(stretch.start, last)) }
                if end > now { sight = stretch.isHeld ? .held : .running }
            }
            cadence.note(
                sight, busy: .seconds(busy / 1000), at: MonotonicInstant(nanoseconds: UInt64((now + 1000) * 1e6)))
            probes += 1
            if cadence.isAlert { alert += 1 }
            last = now
            now += cadence.period.seconds * 1000
        }
        return (probes, alert, cadence)
    }

    @Test func anActiveHealthyLoopStaysCheap() {
        var random = SeededGenerator(seed: printedSeed())
        var start = 0.0
        var stretches: [(start: Double, length: Double, isHeld: Bool)] = []
        while start < 60_000 {
            stretches.append((start, 0.1, false))
            start += 0.1 + Double.random(in: 0...3.8, using: &random)
        }
        let result = run(stretches, from: 3, for: 60_000)
        #expect(result.alert == 0)
        #expect(result.probes < 60 * 23)  // 20 of the calm ones, and a closer look now and then
    }

    @Test func noStallOnTheCPUIsMissed() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<2000 {
            let length = Double.random(in: 20...80, using: &random)
            let phase = Double.random(in: 0..<50, using: &random)
            let result = run([(500, length, false)], from: phase, for: 1000)
            #expect(result.cadence.isAlert, "\(length) ms, phase \(phase)")
        }
    }

    @Test func aBlockIsMissedOnlyWhileShorterThanAPeriodAndAlone() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<500 {
            let phase = Double.random(in: 0..<50, using: &random)
            let long = Double.random(in: 50...90, using: &random)
            #expect(run([(500, long, true)], from: phase, for: 1000).cadence.isAlert, "\(long) ms, phase \(phase)")
            let short = (0..<40).map { step in
                (start: 137.0 * Double(step) + Double.random(in: 0...50, using: &random), length: 40.0, isHeld: true)
            }
            #expect(run(short, from: phase, for: 6000).cadence.isAlert)
        }
    }
}
