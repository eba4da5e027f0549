import CLinux
import Glibc
import Lag
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

/// The BPF program's record of real threads. Loading it needs what the other one does, and an x86-64 kernel from 5.18 on.
@Suite(.serialized) struct SwitchLogTests {
    static let isAllowed: Bool = {
        do throws(SwitchLog.Unavailable) {
            _ = try SwitchLog()
            return true
        } catch { return false }
    }()

    @Test func whoMayLoadTheOtherProgramMayLoadThisOne() {
        do throws(TaskIterator.Unavailable) {
            _ = try TaskIterator()
            #expect(Self.isAllowed)
        } catch {
            #expect(!Self.isAllowed)
        }
    }

    @Test func whoCannotHaveItLosesNothing() {
        let descriptors = [0, 1, 2].map { fcntl($0, F_GETFD) }
        #expect(throws: SwitchLog.Unavailable.self) { _ = try SwitchLog(reader: ProcReader(root: "/nowhere")) }
        #expect([0, 1, 2].map { fcntl($0, F_GETFD) } == descriptors && descriptors[0] >= 0)
    }

    /// What was recorded until a condition holds.
    private func records(
        of feed: SwitchFeed, in log: SwitchLog, until isEnough: ([looptop_slice]) -> Bool
    ) throws -> [looptop_slice] {
        try wait(for: "records") {
            log.drain()
            return isEnough(feed.slices)
        }
        return feed.slices
    }

    private func told(by log: SwitchLog) -> [UInt32] {
        var tids: [UInt32] = []
        log.tellNews {
            tids.append($0.tid)
            return true
        }
        return tids
    }

    /// A thread that was told to rest where it waits is told of in bursts, as long as it does nothing else.
    @Test(.enabled(if: isAllowed)) func aThreadThatRestsIsToldOfInBursts() throws {
        let child = try Child(["/bin/cat", "-u", "-"], isTalking: true)
        #expect(child.ask("up") == "up")
        let log = try SwitchLog()
        let feed = try #require(log.feed(of: child.pid))
        #expect(child.ask("x") == "x")
        let before = try records(of: feed, in: log) { $0.last?.isSleep == true }
        let rest = try #require(before.last)
        feed.clear()
        feed.rest(at: rest.recordedPlace, after: BusyTime(run: rest.run, wait: rest.wait))
        let start = Clocks.monotonic()
        for _ in 0..<3 { #expect(child.ask("x") == "x") }
        try wait(for: "bursts") {
            log.drain()
            return feed.newest.to > start.nanoseconds && !feed.hasNews && feed.newest.slices >= rest.slices + 3
        }
        #expect(feed.bursts.allSatisfy { $0.from.nanoseconds >= rest.to && $0.to > $0.from })
        #expect(zip(feed.bursts, feed.bursts.dropFirst()).allSatisfy { $0.to < $1.from })
        #expect(!feed.bursts.isEmpty)
        let worked = Int64(clamping: feed.newest.run - rest.run)
        let lasted = feed.bursts.map { ($0.to - $0.from).nanoseconds }.reduce(0, +)
        // A switch itself is booked to who leaves, or who comes.
        #expect(worked <= lasted + 50_000 * Int64(feed.bursts.count))
        #expect(feed.newest.wait - rest.wait == feed.bursts.map(\.waitNanoseconds).reduce(0, +))
    }

    @Test(.enabled(if: isAllowed)) func itSaysWhereAndForHowLongAThreadSleptAsFilesDo() throws {
        let child = try Child(["/bin/cat", "-u", "-"], isTalking: true)
        #expect(child.ask("up") == "up")
        let log = try SwitchLog()
        let feed = try #require(log.feed(of: child.pid))
        let start = Clocks.monotonic()
        for _ in 0..<3 { #expect(child.ask("x") == "x") }
        let reader = ProcReader()
        func schedule() throws(ProcError) -> SchedStat {
            try reader.withFile("schedstat", ofProcess: child.pid) { (text) throws(ProcError) in
                try SchedStat(parsing: text)
            }
        }
        try wait(for: "its rest") {
            log.drain()
            return try feed.slices.last.map { last in try last.isSleep && last.slices == schedule().timeslices }
                ?? false
        }
        let (records, end) = (feed.slices, Clocks.monotonic())
        #expect(records.count(where: \.isSleep) >= 3)
        #expect(records.allSatisfy { $0.to >= start.nanoseconds && $0.to <= end.nanoseconds })
        // The first one may have begun before it was watched.
        #expect(records.dropFirst().allSatisfy { $0.from != 0 && $0.from < $0.to })
        #expect(zip(records, records.dropFirst()).allSatisfy { $0.to <= $1.from })
        let newest = try #require(records.last)
        #expect(newest.place == .call(SystemCall(number: 0), firstArgument: 0), "read of its standard input")
        let status = try reader.withFile("status", ofProcess: child.pid) { (text) throws(ProcError) in
            try ProcessStatus(parsing: text)
        }
        #expect(try newest.run == schedule().runNanoseconds && newest.wait == schedule().waitNanoseconds)
        #expect(newest.voluntary == status.voluntarySwitches && newest.involuntary == status.involuntarySwitches)
        // As switches, each with what is known of it.
        var switches: [Probe.Switch] = []
        #expect(!feed.drain(into: &switches, waited: 0, until: newest.wait) && !feed.hasNews)
        #expect(switches.count == 2 * records.count - (records[0].from == 0 ? 1 : 0))
        #expect(switches.allSatisfy { $0.kind != .into || $0.waitNanoseconds != nil })
        #expect(switches.allSatisfy { $0.kind != .sleep || $0.place != nil })
        #expect(switches.compactMap(\.waitNanoseconds).reduce(0, +) <= newest.wait)
    }

    @Test(.enabled(if: isAllowed)) func aLoopAStopAndAnEndAreToldApart() throws {
        let child = try Child.waiting()
        let log = try SwitchLog()
        let feed = try #require(log.feed(of: child.pid))
        try wait(for: "its loop") {
            let line = try ProcReader().withFile("syscall", ofProcess: child.pid) { (text) throws(ProcError) in
                try SyscallLine(parsing: text)
            }
            return line.isEpollWait
        }
        child.send(SIGSTOP)
        _ = try records(of: feed, in: log) { $0.last?.place == .stopped && $0.last?.isSleep == true }
        child.send(SIGCONT)
        let waiting = try records(of: feed, in: log) { records in
            guard let last = records.last, last.isSleep, case .call(let call, _) = last.place else { return false }
            return call.loopKind == .epoll
        }
        guard case .call(_, let descriptor) = waiting.last?.place else {
            Issue.record("it waits for events")
            return
        }
        #expect(descriptor > 2)
        child.send(SIGKILL)
        let all = try records(of: feed, in: log) { records in
            records.last.map { !$0.isSleep && !$0.isPreempted } ?? false
        }
        #expect(all.count > waiting.count)
    }

    @Test(.enabled(if: isAllowed)) func onlyWhoIsWatchedIsRecordedAndOnlyOnce() throws {
        let child = try Child(["/bin/cat", "-u", "-"], isTalking: true)
        #expect(child.ask("up") == "up")
        let log = try SwitchLog()
        let feed = try #require(log.feed(of: child.pid))
        #expect(log.feed(of: child.pid) == nil && log.feed(of: -1) == nil && log.feed(of: .max) == nil)
        #expect(child.ask("x") == "x")
        _ = try records(of: feed, in: log) { !$0.isEmpty }
        #expect(told(by: log) == [feed.tid])
        #expect(told(by: log).isEmpty)
        feed.clear()
        #expect(child.ask("x") == "x")
        _ = try records(of: feed, in: log) { !$0.isEmpty }
        log.end(feed)
        #expect(told(by: log).isEmpty, "of a feed that ended")
        feed.clear()
        #expect(child.ask("x") == "x")
        log.drain()
        #expect(!feed.hasNews && told(by: log).isEmpty)
        #expect(log.feed(of: child.pid) != nil)
    }

    /// Who works for long is told of while it does, where the machine's clock interrupts it, and who does not is not.
    @Test(.enabled(if: isAllowed)) func noticeIsGivenOfWhoWorksForLong() throws {
        let log = try SwitchLog()
        guard log.givesNotice else {
            #expect(log.notices == -1)
            return
        }
        let quiet = try Child(["/bin/cat", "-u", "-"], isTalking: true)
        #expect(quiet.ask("up") == "up")
        let other = try #require(log.feed(of: quiet.pid))
        log.drain()
        for _ in 0..<20 { #expect(quiet.ask("x") == "x") }
        #expect(looptop_wait_readable(log.notices, -1, 0) == 0)
        let busy = try Child(["/bin/sh", "-c", "read line; echo $line; while :; do :; done"], isTalking: true)
        let feed = try #require(log.feed(of: busy.pid))
        let began = Clocks.monotonic()
        #expect(busy.ask("go") == "go")
        try wait(for: "notice of who works") {
            guard looptop_wait_readable(log.notices, -1, 10_000_000) == 1 else { return false }
            #expect(log.answerNotices() > began)
            log.drain()
            return feed.hasNews
        }
        #expect(feed.workingSince != nil || feed.slices.last?.isPreempted == true)
        #expect(other.workingSince == nil)
        #expect(looptop_wait_readable(log.notices, -1, 0) == 0, "it was answered")
    }

    /// More than fits into what is kept of one thread: it says so, is watched no longer, and costs the others nothing.
    @Test(.enabled(if: isAllowed)) func whoSwitchesTooOftenIsLeftAlone() throws {
        let restless = try Child(["/bin/cat", "-u", "-"], isTalking: true)
        let quiet = try Child(["/bin/cat", "-u", "-"], isTalking: true)
        #expect(restless.ask("up") == "up" && quiet.ask("up") == "up")
        let log = try SwitchLog()
        let feeds = (try #require(log.feed(of: restless.pid)), try #require(log.feed(of: quiet.pid)))
        for _ in 0..<SwitchFeed.maximumSlices { #expect(restless.ask("x") == "x") }
        #expect(quiet.ask("x") == "x")
        _ = try records(of: feeds.0, in: log) { _ in feeds.0.isFlooded }
        #expect(feeds.0.slices.count == SwitchFeed.maximumSlices)
        _ = try records(of: feeds.1, in: log) { !$0.isEmpty }
        #expect(!feeds.1.hasLost)
        feeds.0.clear()
        #expect(restless.ask("x") == "x")
        log.drain()
        #expect(!feeds.0.hasNews)
    }

    /// What found no room in the ring may have been of any thread.
    @Test(.enabled(if: isAllowed)) func whenTheRingWasFullAllAreTold() throws {
        let restless = try Child(["/bin/cat", "-u", "-"], isTalking: true)
        let quiet = try Child(["/bin/sleep", "60"])
        #expect(restless.ask("up") == "up")
        let log = try SwitchLog()
        let feed = try #require(log.feed(of: quiet.pid))
        _ = log.feed(of: restless.pid)
        // 88 bytes for each time it is woken, in 1 MiB.
        for _ in 0..<14_000 { _ = restless.ask("x") }
        try wait(for: "the loss") {
            log.drain()
            return feed.hasLost
        }
        #expect(feed.hasNews)
    }
}
