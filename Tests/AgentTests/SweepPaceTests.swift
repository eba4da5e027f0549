import Model
import Testing

@testable import Agent

struct SweepPaceTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    /// Sweeps at its pace for `seconds`, each of which costs `cost` and takes as long.
    private struct Run {
        var pace = SweepPace(interval: .seconds(1))
        var now = SweepPaceTests.start
        var cpu = Duration.zero

        init(_ interval: Duration = .seconds(1)) {
            pace = SweepPace(interval: interval)
            sweep(.seconds(3))  // the first reads everything
        }

        mutating func sweep(_ cost: Duration, taking time: Duration? = nil) {
            cpu += cost
            pace.note(cpu: cpu, swept: time ?? cost, now: now)
        }

        mutating func pass(_ seconds: Int, cost: Duration) {
            let end = now + .seconds(seconds)
            while now < end {
                now = now + pace.pause
                sweep(cost)
            }
        }
    }

    @Test func withinItsShareItLooksEveryInterval() {
        var run = Run()
        run.pass(600, cost: .milliseconds(24))
        #expect(run.pace.pause == .seconds(1))
        #expect(!run.pace.isStretched)
    }

    @Test func forEachOfThousandsOfWorkersItHasAHundredthOfAThousandthOfACore() {
        var run = Run()
        run.pace.workers = 5000
        run.pass(300, cost: .milliseconds(48))
        #expect(run.pace.pause == .seconds(1))
        run.pass(300, cost: .milliseconds(52))
        #expect(run.pace.pause == .seconds(2))
        run.pass(300, cost: .milliseconds(38))
        #expect(run.pace.pause == .seconds(1))
    }

    @Test(arguments: [(40, 2), (100, 5), (200, 10), (500, 10)])
    func aboveItsShareItLooksAsMuchLessOftenAsKeepsIt(milliseconds: Int, seconds: Int) {
        var run = Run()
        run.pass(300, cost: .milliseconds(milliseconds))
        #expect(run.pace.pause == .seconds(seconds))
        #expect(run.pace.isStretched)
    }

    @Test func threeWindowsHaveToBeAboveItAndNotTwo() {
        var run = Run()
        for _ in 0..<60 {
            run.pass(10, cost: .milliseconds(5))
            run.pass(20, cost: .milliseconds(100))
        }
        #expect(run.pace.pause == .seconds(1), "many workers start now and then")
    }

    @Test func threeSweepsThatTakeLongerThanTheirPauseOrMuchOfACoreAreEnough() {
        var run = Run()
        func late() {
            run.now = run.now + run.pace.pause
            run.sweep(.milliseconds(10), taking: run.pace.pause + .milliseconds(1))
        }
        for _ in 0..<2 { late() }
        run.pass(1, cost: .milliseconds(10))
        for _ in 0..<2 { late() }
        #expect(run.pace.pause == .seconds(1), "two may be held up by others, or look at many for the first time")
        late()
        #expect(run.pace.pause == .seconds(2))
        run.pass(6, cost: .milliseconds(510))
        #expect(run.pace.pause == .seconds(5))
    }

    @Test func aQuotaLeavesItLess() {
        var run = Run()
        run.pace.limit = 0.0125
        run.pass(35, cost: .milliseconds(13))
        #expect(run.pace.pause == .seconds(2))
        run.pace.limit = 1
        run.pass(300, cost: .milliseconds(13))
        #expect(run.pace.pause == .seconds(1), "more than usual it never takes")
        run.pass(35, cost: .milliseconds(26))
        #expect(run.pace.pause == .seconds(2))
    }

    @Test func whenThereIsLessToDoItGoesBackAStepAMinute() {
        var run = Run()
        run.pass(300, cost: .milliseconds(200))
        #expect(run.pace.pause == .seconds(10))
        run.pass(40, cost: .milliseconds(5))
        #expect(run.pace.pause == .seconds(10))
        run.pass(30, cost: .milliseconds(5))
        #expect(run.pace.pause == .seconds(5))
        run.pass(200, cost: .milliseconds(5))
        #expect(run.pace.pause == .seconds(1))
    }

    @Test func itDoesNotGoBackToWhatWouldBeTooMuchAgain() {
        var run = Run()
        run.pass(35, cost: .milliseconds(30))
        #expect(run.pace.pause == .seconds(2))
        run.pass(3600, cost: .milliseconds(21))
        #expect(run.pace.pause == .seconds(2), "every second it would be 84 % of the budget")
    }

    @Test func aLongIntervalIsNotStretchedBeyondAMinute() {
        var run = Run(.seconds(30))
        run.pass(3600, cost: .seconds(20))
        #expect(run.pace.pause == .seconds(60))
        var rare = Run(.seconds(300))
        rare.pass(36_000, cost: .seconds(200))
        #expect(rare.pace.pause == .seconds(300))
        #expect(!rare.pace.isStretched)
    }
}
