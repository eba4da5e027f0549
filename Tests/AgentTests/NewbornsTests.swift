import CLinux
import Model
import Testing

@testable import Agent

struct NewbornsTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    private static func news(
        _ what: looptop_process_what, _ pid: Int32, after milliseconds: Int = 0, status: UInt32 = 0
    ) -> looptop_process_news {
        let time = (start + .milliseconds(milliseconds)).nanoseconds
        return looptop_process_news(
            what: what.rawValue, pid: pid, parent: what == LOOPTOP_PROCESS_RAN ? 0 : 7, status: status, time: time)
    }

    private static func at(_ milliseconds: Int) -> MonotonicInstant { start + .milliseconds(milliseconds) }

    @Test func aForkThatEndsUnseenIsAShortLife() {
        var newborns = Newborns()
        let born = newborns.take([Self.news(LOOPTOP_PROCESS_FORKED, 20)], watched: [], now: Self.at(20))
        #expect(born.births && born.ended.isEmpty && newborns.isWaiting)
        newborns.isUpToDate()
        let over = newborns.take(
            [Self.news(LOOPTOP_PROCESS_ENDED, 20, after: 25, status: 3 << 8)], watched: [], now: Self.at(40))
        #expect(!over.births && !newborns.isWaiting)
        #expect(
            over.ended == [
                Newborns.ShortLife(pid: 20, parent: 7, status: .code(3), born: Self.start, ended: Self.at(25))
            ])
    }

    @Test func howItEndedIsReadAsWaitHasIt() {
        var newborns = Newborns()
        let ended = newborns.take(
            [
                Self.news(LOOPTOP_PROCESS_FORKED, 20), Self.news(LOOPTOP_PROCESS_ENDED, 20, after: 1, status: 0x8B),
                Self.news(LOOPTOP_PROCESS_FORKED, 21), Self.news(LOOPTOP_PROCESS_ENDED, 21, after: 1, status: 1 << 16),
            ], watched: [], now: Self.at(20)
        ).ended
        #expect(ended.map(\.status) == [.signal(11), nil])
    }

    @Test func whoRanAProgramIsLookedForAndNotCounted() {
        var newborns = Newborns()
        let born = newborns.take([Self.news(LOOPTOP_PROCESS_FORKED, 20)], watched: [], now: Self.at(1))
        let ran = newborns.take([Self.news(LOOPTOP_PROCESS_RAN, 20, after: 2)], watched: [], now: Self.at(3))
        #expect(born.births && ran.births && newborns.isWaiting)
        let over = newborns.take([Self.news(LOOPTOP_PROCESS_ENDED, 20, after: 4)], watched: [], now: Self.at(5))
        #expect(over.ended.isEmpty && !newborns.isWaiting)
        let other = newborns.take([Self.news(LOOPTOP_PROCESS_RAN, 99, after: 5)], watched: [], now: Self.at(6))
        #expect(!other.births, "another process of the machine")
    }

    @Test func aWorkerThatIsWatchedIsCountedByItsPidfdAlone() {
        var newborns = Newborns()
        _ = newborns.take([Self.news(LOOPTOP_PROCESS_FORKED, 20)], watched: [], now: Self.at(1))
        // The look that the fork led to took hold of it; then it ended, and both heard of that.
        newborns.bury(20)
        #expect(!newborns.isWaiting)
        let end = Self.news(LOOPTOP_PROCESS_ENDED, 20, after: 50)
        let ended = newborns.take([end], watched: [], now: Self.at(60)).ended
        #expect(ended.isEmpty)
    }

    @Test func aWorkerThatASweepFoundAndThatEndedBeforeItsForkWasReadIsCountedOnce() {
        var newborns = Newborns()
        newborns.bury(20)
        let read = newborns.take(
            [Self.news(LOOPTOP_PROCESS_FORKED, 20), Self.news(LOOPTOP_PROCESS_ENDED, 20, after: 5)], watched: [],
            now: Self.at(20))
        #expect(!read.births && read.ended.isEmpty)
        newborns.isUpToDate()
        // The number is given away again.
        let next = newborns.take(
            [Self.news(LOOPTOP_PROCESS_FORKED, 20, after: 30), Self.news(LOOPTOP_PROCESS_ENDED, 20, after: 35)],
            watched: [], now: Self.at(50))
        #expect(next.births && next.ended.map(\.born) == [Self.at(30)])
    }

    @Test func whoIsWatchedByNowIsWaitedForNoLonger() {
        var newborns = Newborns()
        _ = newborns.take([Self.news(LOOPTOP_PROCESS_FORKED, 20)], watched: [], now: Self.at(1))
        let births = newborns.take([], watched: [20], now: Self.at(2)).births
        #expect(!births && !newborns.isWaiting)
    }

    @Test func whoLivedForLongIsNoWorker() {
        var newborns = Newborns()
        _ = newborns.take([Self.news(LOOPTOP_PROCESS_FORKED, 20)], watched: [], now: Self.at(1))
        let end = Self.news(LOOPTOP_PROCESS_ENDED, 20, after: 1001)
        let ended = newborns.take([end], watched: [], now: Self.at(1000)).ended
        #expect(ended.isEmpty && !newborns.isWaiting)
        _ = newborns.take([Self.news(LOOPTOP_PROCESS_FORKED, 21)], watched: [], now: Self.at(1))
        _ = newborns.take([], watched: [], now: Self.at(1001))
        #expect(!newborns.isWaiting)
    }

    @Test func endsWithoutAForkAndRepeatedOnesChangeNothing() {
        var newborns = Newborns()
        let end = Self.news(LOOPTOP_PROCESS_ENDED, 20, after: 5)
        let stray = newborns.take([end], watched: [], now: Self.at(6)).ended
        #expect(stray.isEmpty)
        let both = [Self.news(LOOPTOP_PROCESS_FORKED, 20), end, end]
        let once = newborns.take(both, watched: [], now: Self.at(6)).ended
        #expect(once.count == 1)
    }

    @Test func soManyAreKeptInMind() {
        var newborns = Newborns()
        let pids = Int32(1)...Int32(Newborns.most + 5)
        _ = newborns.take(pids.map { Self.news(LOOPTOP_PROCESS_FORKED, $0) }, watched: [], now: Self.at(1))
        let ends = pids.map { Self.news(LOOPTOP_PROCESS_ENDED, $0, after: 1) }
        let ended = newborns.take(ends, watched: [], now: Self.at(2)).ended
        #expect(ended.count == Newborns.most)
    }
}
