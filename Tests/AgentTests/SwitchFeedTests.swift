import CLinux
import Lag
import Model
import Testing

@testable import Agent

/// What is kept of a loop that rests, by records made by hand.
struct SwitchFeedTests {
    static let home = RecordedPlace(how: 1, call: 232, argument: 4)
    static let elsewhere = RecordedPlace(how: 1, call: 230, argument: 1)

    /// A thread, with what it did so far.
    struct Thread {
        let feed = SwitchFeed(tid: 7, loop: nil)
        var record = looptop_switched()
        private var gotAt: UInt64 = 0

        init() {
            record.time = 1_000_000
            record.wait = 500
            feed.rest(at: home, after: BusyTime(run: record.run, wait: record.wait))
        }

        mutating func gets(at time: UInt64) {
            var into = looptop_switched()
            into.time = time
            gotAt = time
            into.how = UInt32(LOOPTOP_SWITCHED_INTO)
            feed.isTold = false
            feed.add(into)
        }

        mutating func leaves(at time: UInt64, waited: UInt64, for place: RecordedPlace?) {
            record.time = time
            record.run += time - gotAt
            record.wait += waited
            record.how = place?.how ?? UInt32(LOOPTOP_SWITCHED_PREEMPTED)
            record.call = place?.call ?? -1
            record.argument = place?.argument ?? 0
            feed.isTold = false
            feed.add(record)
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
        thread.leaves(at: 2_100_000, waited: 300, for: Self.home)
        thread.gets(at: 3_000_000)
        thread.leaves(at: 3_000_500, waited: 0, for: Self.home)
        let bursts = [burst(2_000_000, 2_100_000, waited: 300), burst(3_000_000, 3_000_500, waited: 0)]
        #expect(thread.feed.bursts == bursts)
        #expect(!thread.feed.hasNews && !thread.feed.needsLook)
        #expect(thread.feed.newest.time == 3_000_500 && thread.feed.newest.wait == 800)
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
        #expect(thread.feed.bursts.count == 1 && thread.feed.newest.time == 2_100_000)
        #expect(thread.feed.records.count == 6 && thread.feed.needsLook)
    }

    @Test func whoGotACPUJustNowIsBrieflyAtWork() {
        var thread = Thread()
        #expect(!thread.feed.isBrieflyAtWork(at: MonotonicInstant(nanoseconds: 2_000_000)))
        thread.gets(at: 2_000_000)
        #expect(thread.feed.isBrieflyAtWork(at: MonotonicInstant(nanoseconds: 11_900_000)))
        #expect(!thread.feed.isBrieflyAtWork(at: MonotonicInstant(nanoseconds: 12_000_000)))
        thread.leaves(at: 3_000_000, waited: 0, for: nil)
        #expect(!thread.feed.isBrieflyAtWork(at: MonotonicInstant(nanoseconds: 3_000_000)), "it was preempted")
        #expect(thread.feed.needsLook && thread.feed.records.count == 2)
    }

    @Test func whoDoesNotRestIsToldOfInFull() {
        var thread = Thread()
        thread.feed.rest(at: nil, after: BusyTime())
        thread.gets(at: 2_000_000)
        thread.leaves(at: 2_100_000, waited: 0, for: Self.home)
        #expect(thread.feed.bursts.isEmpty && thread.feed.records.count == 2)
    }

    /// A wake-up that is missing in the record: nobody knows what it did.
    @Test func aSleepWithoutAWakeUpIsNoBurst() {
        var thread = Thread()
        thread.leaves(at: 2_100_000, waited: 0, for: Self.home)
        #expect(thread.feed.bursts.isEmpty && thread.feed.needsLook)
    }

    @Test func muchWorkSinceSomebodyWasToldIsToBeLookedAt() {
        var thread = Thread()
        for turn in 1...3 as ClosedRange<UInt64> {
            thread.gets(at: turn * 100_000_000)
            thread.leaves(at: turn * 100_000_000 + 14_000_000, waited: 0, for: Self.home)
            #expect(!thread.feed.needsLook)
            thread.feed.noteTold(true)
        }
        thread.gets(at: 400_000_000)
        thread.leaves(at: 414_000_000, waited: 0, for: Self.home)
        thread.gets(at: 420_000_000)
        thread.leaves(at: 421_000_000, waited: 0, for: Self.home)
        #expect(thread.feed.needsLook && thread.feed.untold.all == .milliseconds(15))
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
        for turn in 1...UInt64(SwitchFeed.maximumRecords) {
            thread.gets(at: turn * 1_000_000)
            thread.leaves(at: turn * 1_000_000 + 1000, waited: 0, for: Self.home)
        }
        #expect(thread.feed.isFlooded && thread.feed.hasLost && thread.feed.needsLook)
        #expect(thread.feed.bursts.count == SwitchFeed.maximumRecords / 2)
        thread.feed.clear()
        thread.feed.clearBursts()
        #expect(thread.feed.isFlooded)
    }
}
