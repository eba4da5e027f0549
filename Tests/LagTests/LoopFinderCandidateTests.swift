import Lag
import Model
import Testing

/// Main threads that are not seen waiting, and threads that are not the main one.
struct LoopFinderCandidateTests {
    @Test func aMainThreadThatRunsAtEveryLookIsTakenForALoop() {
        var watch = Watch()
        watch.look(5) { step in [look(.running, work: step * 25)] }
        #expect(watch.loops == [LoopThread(tid: 100, isMain: true, kind: .unknown)])
        #expect(watch.finder.nextLook == watch.now + .seconds(1))
        watch.look(100) { step in [look(.running, work: step * 25)] }
        #expect(watch.loops.map(\.kind) == [.unknown])
        watch.look(1) { step in [look(.epoll(13), work: step * 25)] }
        #expect(watch.loops == [LoopThread(tid: 100, isMain: true, kind: .epoll, epollDescriptor: 13)])
    }

    @Test func aProcessThatWasStoppedBeforeTheFirstLookIsTakenForOneWithALoop() {
        var watch = Watch()
        watch.look(5) { _ in [look(.stopped)] }
        #expect(watch.loops == [LoopThread(tid: 100, isMain: true, kind: .unknown)])
        watch.look(1) { step in [look(.epoll(13), work: step)] }
        #expect(watch.loops == [LoopThread(tid: 100, isMain: true, kind: .epoll, epollDescriptor: 13)])
        var loopless = Watch()
        loopless.look(5) { _ in [look(.stopped)] }
        loopless.look(20) { step in [look(.receive, work: step)] }
        #expect(loopless.reason == .sleepsElsewhere(SystemCall(number: 45)))
    }

    @Test func aLoopThatWasBlockedAtFirstIsFound() {
        var watch = Watch()
        watch.look(5) { _ in [look(.nanosleep)] }
        #expect(watch.reason != nil)
        watch.look(1) { step in [look(.epoll(13), work: step)] }
        #expect(watch.loops.map(\.kind) == [.epoll])
    }

    @Test func aLoopThatIsBlockedAndBusyAtTheLooksIsKept() {
        var watch = Watch()
        watch.look(5) { step in [look(step == 2 ? .running : .futex, work: step)] }
        #expect(watch.loops.map(\.kind) == [.unknown])
    }

    @Test func aThreadPerRequestServerSeenRunningOnceIsNotMistakenForLong() {
        var watch = Watch()
        watch.look(5) { step in [look(step == 2 ? .running : .receive, work: step)] }
        watch.look(3) { step in [look(.receive, work: step)] }
        #expect(watch.reason == .sleepsElsewhere(SystemCall(number: 45)))
        // And met running now and then, it stays so.
        for round in 0..<40 {
            watch.look(1) { step in [look(round % 5 == 0 ? .running : .receive, work: step)] }
            #expect(watch.reason != nil)
        }
    }

    @Test func whoeverSleepsInAcceptIsNoLoopHoweverBusy() {
        var watch = Watch()
        watch.look(30) { step in [look(step % 7 == 0 ? .accept : .running, work: step * 20)] }
        #expect(watch.reason != nil)
    }

    @Test func pollingInBlockingCodeIsTakenBackWhenItSleepsInAccept() {
        var watch = Watch()
        // A request that waits for an upstream through poll for two descriptors, then the next accept.
        watch.look(5) { step in [look(.poll, work: step, waitedOn: 2)] }
        #expect(watch.loops.map(\.kind) == [.poll])
        watch.look(1) { step in [look(.accept, work: step)] }
        #expect(watch.reason != nil)
    }

    // Other threads.

    @Test func aThreadThatSitsInEpollForEverIsNoLoop() {
        var watch = Watch()
        watch.look(40) { step in
            // node: the main thread, DelayedTaskScheduler (one switch in its life), four of the pool.
            [look(.epoll(13), work: step), look(101, .epoll(9)), look(102, .futex), look(103, .futex)]
        }
        #expect(watch.loops.map(\.tid) == [100])
    }

    @Test func aThreadThatIsWokenNowAndThenForTasksIsNoLoop() {
        var watch = Watch()
        watch.look(40) { step in [look(.epoll(13), work: step), look(101, .epoll(9), work: step / 4)] }
        #expect(watch.loops.map(\.tid) == [100])
    }

    @Test func aBusyMainLoopIsNotReplacedByAThreadThatSitsInEpoll() {
        var watch = Watch()
        watch.look(20) { step in [look(.running, work: step * 25), look(101, .epoll(9))] }
        #expect(watch.loops.map(\.tid) == [100])
    }

    @Test func loopsOfOtherThreadsAreFoundWhereTheMainThreadHasNone() {
        var watch = Watch()
        watch.look(5) { step in
            [look(.futex), look(103, .epoll(20), work: step), look(104, .epoll(22), work: step * 3)]
        }
        #expect(
            watch.loops == [
                LoopThread(tid: 104, isMain: false, kind: .epoll, epollDescriptor: 22),
                LoopThread(tid: 103, isMain: false, kind: .epoll, epollDescriptor: 20),
            ])
    }

    @Test func anIdleLoopThatWorkedConsiderablyIsFound() {
        var watch = Watch()
        watch.look(5) { _ in [look(.futex), look(103, .epoll(20), work: 500)] }
        #expect(watch.loops.map(\.tid) == [103])
    }

    @Test func aWorkerThreadThatComesLaterIsFoundAtTheNextReview() {
        var watch = Watch()
        watch.look(5) { step in [look(.epoll(13), work: step)] }
        watch.look(5) { step in [look(.epoll(13), work: step), look(110, .epoll(25), work: step)] }
        #expect(watch.loops.map(\.tid) == [100, 110])
    }

    @Test func aThreadOfAPoolThatPollsOnceIsNoLoop() {
        var watch = Watch()
        watch.look(40) { step in
            // Names are resolved in the pool: poll for one or two sockets.
            [look(.epoll(13), work: step), look(102, step % 4 == 0 ? .poll : .futex, work: step, waitedOn: 2)]
        }
        #expect(watch.loops.map(\.tid) == [100])
    }

    @Test func threadsThatTakeTurnsOnOneDescriptorAreNoLoops() {
        var watch = Watch()
        watch.look(40) { step in
            let poller = Int32(100 + step / 3 % 4)
            return (Int32(100)..<104).map { look($0, $0 == poller ? .epoll(4) : .futex, work: step) }
        }
        #expect(watch.reason == .takesTurns)
    }

    @Test func anExitedThreadLeavesTheFinding() {
        var watch = Watch()
        watch.look(5) { step in [look(.epoll(13), work: step), look(110, .epoll(25), work: step)] }
        #expect(watch.loops.map(\.tid) == [100, 110])
        watch.look(1) { step in [look(.epoll(13), work: step)] }
        #expect(watch.loops.map(\.tid) == [100])
    }

    @Test func aVanishedThreadLeavesAtOnceAndBringsALook() {
        var watch = Watch()
        watch.look(5) { step in [look(.futex), look(110, .epoll(25), work: step)] }
        #expect(watch.loops.map(\.tid) == [110])
        let later = watch.now + .milliseconds(400)
        watch.finder.vanished(110, now: later)
        #expect(watch.reason == .sleepsElsewhere(SystemCall(number: 202)))
        #expect(watch.finder.nextLook == later)
        watch.finder.vanished(999, now: later)
        #expect(watch.finder.nextLook == later)
    }

    @Test func aThreadNumberThatIsUsedAgainStartsFromNothing() {
        var watch = Watch()
        watch.look(5) { step in [look(.epoll(13), work: step), look(110, .epoll(25), work: 500 + step)] }
        #expect(watch.loops.map(\.tid) == [100, 110])
        watch.look(1) { step in [look(.epoll(13), work: step), look(110, .futex)] }
        #expect(watch.loops.map(\.tid) == [100])
        #expect(watch.finder.nextLook == watch.now + .milliseconds(25))
    }

    @Test func moreLoopsThanAreProbedLeaveTheLeastBusyOut() {
        var watch = Watch()
        watch.look(5) { step in
            (Int32(100)..<120).map { look($0, .epoll(UInt64($0)), work: step * Int($0 - 99)) }
        }
        #expect(watch.loops.map(\.tid) == [100, 119, 118, 117, 116, 115, 114, 113])
    }

    @Test func threadsThatComeAndGoDoNotKeepItLookingClosely() {
        var watch = Watch()
        watch.look(5) { step in [look(.accept, work: step)] }
        let start = watch.now
        watch.look(60) { step in [look(.accept, work: step), look(Int32(200 + step), .poll, waitedOn: 2)] }
        // Of each six looks five are a round, then it pauses.
        #expect(watch.now - start > .seconds(45))
    }
}
