import CLinux
import Lag
import Model
import Testing

@testable import Agent

/// What is kept of a loop that rests, by slices made by hand.
struct SwitchFeedTests {
    static let home = RecordedPlace(how: 1, call: 232, argument: 4)
    static let elsewhere = RecordedPlace(how: 1, call: 230, argument: 1)

    /// A thread, with what it did so far.
    struct Thread {
        let feed = SwitchFeed(tid: 7, loop: nil, began: MonotonicInstant(nanoseconds: 1_000_000))
        var slice = looptop_slice()

        init() {
            slice.wait = 500
            feed.rest(at: home, after: BusyTime(run: slice.run, wait: slice.wait))
        }

        /// The record is asked while it is at work.
        mutating func gets(at time: UInt64) {
            slice.from = time
            feed.isTold = false
            _ = feed.noteWork(since: time)
        }

        /// Its slice, in which it was at work since it `gets` a CPU.
        mutating func leaves(at time: UInt64, waited: UInt64, for place: RecordedPlace?) {
            slice.to = time
            slice.run += time - slice.from
            slice.wait += waited
            slice.how = place?.how ?? UInt32(LOOPTOP_SLICE_PREEMPTED)
            slice.call = place?.call ?? -1
            slice.argument = place?.argument ?? 0
            feed.isTold = false
            feed.add(slice)
            _ = feed.noteWork(since: nil)
            slice.from = 0
        }
    }

    private func burst(_ from: UInt64, _ to: UInt64, waited: UInt64) -> LoopBurst {
        LoopBurst(
            from: MonotonicInstant(nanoseconds: from), to: MonotonicInstant(nanoseconds: to), waitNanoseconds: waited)
    }

    @Test func fromSleepToSleepAtHomeIsABurst() {
        var thread = Thread()
        thread.gets(at: 2_000_300)
        #expect(thread.feed.needsLook, "it runs")
        #expect(thread.feed.restedUntil(MonotonicInstant(nanoseconds: 9_000_000))?.nanoseconds == 2_000_300)
        thread.leaves(at: 2_100_000, waited: 300, for: Self.home)
        thread.gets(at: 3_000_000)
        thread.leaves(at: 3_000_500, waited: 0, for: Self.home)
        let bursts = [burst(2_000_000, 2_100_000, waited: 300), burst(3_000_000, 3_000_500, waited: 0)]
        #expect(thread.feed.bursts == bursts)
        #expect(!thread.feed.hasNews && !thread.feed.needsLook)
        #expect(thread.feed.newest.to == 3_000_500 && thread.feed.newest.wait == 800)
    }

    @Test func aPreemptionIsPartOfIt() {
        var thread = Thread()
        thread.gets(at: 2_000_300)
        thread.leaves(at: 2_050_000, waited: 300, for: nil)
        thread.gets(at: 2_060_000)
        thread.leaves(at: 2_100_000, waited: 10_000, for: Self.home)
        #expect(thread.feed.bursts == [burst(2_000_000, 2_100_000, waited: 10_300)])
        #expect(!thread.feed.hasNews)
    }

    @Test func aSleepElsewhereIsKeptInFullWithAllThatFollows() {
        var thread = Thread()
        thread.gets(at: 2_000_000)
        thread.leaves(at: 2_100_000, waited: 0, for: Self.home)
        thread.gets(at: 3_000_000)
        thread.leaves(at: 3_000_100, waited: 0, for: Self.elsewhere)
        thread.gets(at: 4_000_000)
        thread.leaves(at: 4_000_100, waited: 0, for: Self.home)
        thread.gets(at: 5_000_000)
        thread.leaves(at: 5_000_100, waited: 0, for: Self.home)
        #expect(thread.feed.bursts.count == 1 && thread.feed.newest.to == 2_100_000)
        #expect(thread.feed.slices.count == 3 && thread.feed.needsLook)
        #expect(thread.feed.restedUntil(MonotonicInstant(nanoseconds: 9_000_000))?.nanoseconds == 3_000_000)
    }

    @Test func whoGotACPUJustNowIsBrieflyAtWork() {
        var thread = Thread()
        #expect(!thread.feed.isBrieflyAtWork(at: MonotonicInstant(nanoseconds: 2_000_000)))
        thread.gets(at: 2_000_000)
        #expect(thread.feed.isBrieflyAtWork(at: MonotonicInstant(nanoseconds: 11_900_000)))
        #expect(!thread.feed.isBrieflyAtWork(at: MonotonicInstant(nanoseconds: 12_000_000)))
        thread.leaves(at: 3_000_000, waited: 0, for: nil)
        #expect(!thread.feed.isBrieflyAtWork(at: MonotonicInstant(nanoseconds: 3_000_000)), "it was preempted")
        #expect(thread.feed.needsLook && thread.feed.slices.count == 1)
    }

    @Test func whoDoesNotRestIsToldOfInFull() {
        var thread = Thread()
        thread.feed.rest(at: nil, after: BusyTime())
        thread.gets(at: 2_000_000)
        thread.leaves(at: 2_100_000, waited: 0, for: Self.home)
        #expect(thread.feed.bursts.isEmpty && thread.feed.slices.count == 1)
    }

    /// Nobody saw when it got the CPU: nobody knows what it did.
    @Test func aSliceWithoutABeginningIsNoBurst() {
        var thread = Thread()
        thread.leaves(at: 2_100_000, waited: 0, for: Self.home)
        #expect(thread.feed.bursts.isEmpty && thread.feed.needsLook && !thread.feed.hasLost)
        #expect(thread.feed.restedUntil(MonotonicInstant(nanoseconds: 9_000_000)) == nil)
        thread.leaves(at: 3_100_000, waited: 0, for: Self.home)
        #expect(thread.feed.hasLost, "only of the first is that to be expected")
    }

    /// Whom it was told of when nobody watched it: its CPU was another one's since.
    @Test func whatBeganBeforeItsRecordHasNoBeginning() {
        var thread = Thread()
        thread.gets(at: 900_000)
        #expect(!thread.feed.hasNews)
        thread.leaves(at: 2_100_000, waited: 0, for: Self.home)
        #expect(thread.feed.slices.map(\.from) == [0])
    }

    @Test func aWakeUpIsToldOnce() {
        var thread = Thread()
        thread.feed.rest(at: nil, after: BusyTime())
        var switches: [Probe.Switch] = []
        thread.gets(at: 2_000_000)
        #expect(!thread.feed.drain(into: &switches, waited: 500, until: 800))
        #expect(switches.map(\.kind) == [.into] && switches[0].waitNanoseconds == 300)
        // It is at work still.
        thread.gets(at: 2_000_000)
        #expect(!thread.feed.drain(into: &switches, waited: 800, until: 800) && switches.count == 1)
        thread.leaves(at: 2_100_000, waited: 300, for: Self.home)
        thread.gets(at: 3_000_000)
        thread.leaves(at: 3_000_500, waited: 7, for: nil)
        #expect(!thread.feed.drain(into: &switches, waited: 800, until: 807))
        #expect(switches.map(\.kind) == [.into, .sleep, .into, .preempted] && switches[2].waitNanoseconds == 7)
    }

    /// The record is read a moment after it was asked who is at work: who has left since is not.
    @Test func whoIsToldToHaveLeftIsNotAtWork() {
        var thread = Thread()
        thread.gets(at: 2_000_000)
        thread.leaves(at: 2_100_000, waited: 0, for: Self.home)
        #expect(!thread.feed.noteWork(since: 2_000_000) && !thread.feed.hasNews)
        #expect(thread.feed.noteWork(since: 2_200_000) && thread.feed.hasNews)
    }

    @Test func aLongBurstSinceSomebodyWasToldIsToBeLookedAt() {
        var thread = Thread()
        for turn in 1...3 as ClosedRange<UInt64> {
            thread.gets(at: turn * 100_000_000)
            thread.leaves(at: turn * 100_000_000 + 14_000_000, waited: 0, for: Self.home)
            #expect(!thread.feed.needsLook)
        }
        thread.gets(at: 400_000_000)
        thread.leaves(at: 416_000_000, waited: 0, for: Self.home)
        #expect(thread.feed.needsLook && thread.feed.untold.all == .milliseconds(16))
        #expect(thread.feed.untoldFrom?.nanoseconds == 400_000_000)
        thread.feed.noteTold(true)
        #expect(!thread.feed.needsLook)
    }

    @Test func aLongWaitToDoLittleIsNot() {
        var thread = Thread()
        thread.gets(at: 100_000_000)
        thread.leaves(at: 100_100_000, waited: 80_000_000, for: Self.home)
        #expect(!thread.feed.needsLook)
        thread.gets(at: 200_000_000)
        thread.leaves(at: 203_000_000, waited: 12_000_000, for: Self.home)
        #expect(thread.feed.needsLook)
    }

    @Test func moreThanItTakesIsFloodedForGood() {
        var thread = Thread()
        for turn in 1...UInt64(SwitchFeed.maximumSlices + 1) {
            thread.gets(at: turn * 1_000_000)
            thread.leaves(at: turn * 1_000_000 + 1000, waited: 0, for: Self.home)
        }
        #expect(thread.feed.isFlooded && thread.feed.hasLost && thread.feed.needsLook)
        #expect(thread.feed.bursts.count == SwitchFeed.maximumSlices)
        thread.feed.clear()
        thread.feed.clearBursts()
        #expect(thread.feed.isFlooded)
    }
}
