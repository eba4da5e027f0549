import Glibc
import Lag
import Model
import ProcFS
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// A prober on its thread, over real processes.
@Suite(.serialized) struct ProberTests {
    private final class Findings: Sendable {
        struct State: Sendable {
            var windows: [[LagReading]] = []
            var lost: [Int32] = []
            var omitted = 0
            var ended: [Int32] = []
        }
        private let state = Mutex(State())
        var now: State { state.withLock { $0 } }
        func note(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    }

    /// Ends with its scope.
    private final class Running {
        let findings = Findings()
        let control: ProberControl
        private let thread: NamedThread

        init(
            _ settings: ProberSettings = ProberSettings(mode: .fixed(.milliseconds(10))), hasLog: Bool = false
        ) throws {
            let (control, findings) = (try ProberControl(), findings)
            self.control = control
            let output = ProberOutput(
                window: { readings, _, _ in findings.note { $0.windows.append(readings) } },
                lost: { target, _ in findings.note { $0.lost.append(target.pid) } },
                omitted: { count in findings.note { $0.omitted = count } },
                ended: { target in findings.note { $0.ended.append(target.pid) } })
            thread = try Prober.start(
                settings: settings, output: output, control: control, switchLog: hasLog ? try SwitchLog() : nil)
        }

        deinit {
            control.stop()
            thread.join()
        }

        func newest(of pid: Int32) -> LagReading? { findings.now.windows.last?.first { $0.pid == pid } }
    }

    @Test func aStopIsAnOpenStallWhileItLastsAndAStallWhenItIsOver() async throws {
        let child = try Child.waiting()
        let running = try Running(ProberSettings(mode: .fixed(.milliseconds(10)), limit: .proc))
        running.control.probe(ProbedWorker.Target(pid: child.pid))
        try await wait(for: "its loop") { running.newest(of: child.pid)?.window.quality == .exact }
        #expect(running.newest(of: child.pid)?.kind == .epoll)
        child.send(SIGSTOP)
        try await wait(for: "an open stall") {
            running.newest(of: child.pid)?.window.open.map { $0.cause == .stopped && $0.length > .seconds(1) } ?? false
        }
        #expect(running.findings.now.ended.isEmpty)
        child.send(SIGCONT)
        try await wait(for: "news of its end") { running.findings.now.ended == [child.pid] }
        try await wait(for: "its end") {
            running.findings.now.windows.joined().contains { reading in
                reading.window.stalls.contains { $0.cause == .stopped && $0.length > .seconds(1) }
            }
        }
        try await wait(for: "peace") { running.newest(of: child.pid)?.window.open == nil }
    }

    /// With the record of all switches a loop that waits is not looked at, and nothing of what it does is missed.
    @Test(.enabled(if: SwitchLogTests.isAllowed)) func aLoopThatRestsMissesNoStall() async throws {
        let child = try Child([
            "/usr/bin/python3", "-c",
            """
            import os, select, time
            loop = select.epoll()
            while True:
                loop.poll(0.7)
                time.sleep(0.045)
            """,
        ])
        let running = try Running(ProberSettings(), hasLog: true)
        running.control.probe(ProbedWorker.Target(pid: child.pid))
        try await wait(for: "five stalls") {
            running.findings.now.windows.joined().flatMap(\.window.stalls).count >= 5
        }
        let windows = running.findings.now.windows.joined().map(\.window)
        #expect(windows.contains { $0.tier == .perf })
        let stalls = windows.flatMap(\.stalls)
        #expect(stalls.allSatisfy { $0.cause == .blocked(SystemCall(number: 230)) && $0.length >= .milliseconds(44) })
        // Each of them, one after the other.
        let pauses = zip(stalls, stalls.dropFirst()).map { $1.start - $0.end }
        #expect(pauses.allSatisfy { $0 >= .milliseconds(690) && $0 < .milliseconds(1300) }, "\(pauses)")
        let gaps = windows.dropFirst(2).map(\.probeGapMax)
        #expect(gaps.allSatisfy { $0 < .milliseconds(500) }, "the record was looked at all the time: \(gaps)")
    }

    @Test(.enabled(if: SwitchLogTests.isAllowed)) func aLoopThatRestsIsSeenToStopAndToEnd() async throws {
        let child = try Child.waiting()
        let running = try Running(ProberSettings(), hasLog: true)
        running.control.probe(ProbedWorker.Target(pid: child.pid))
        try await wait(for: "its rest") {
            running.newest(of: child.pid).map { $0.window.tier == .perf && $0.window.quality == .exact } ?? false
        }
        child.send(SIGSTOP)
        try await wait(for: "an open stall") {
            running.newest(of: child.pid)?.window.open.map { $0.cause == .stopped && $0.length > .seconds(1) } ?? false
        }
        child.send(SIGCONT)
        try await wait(for: "its end") { running.findings.now.ended == [child.pid] }
        child.send(SIGKILL)
        try await wait(for: "news of its end") { running.findings.now.lost == [child.pid] }
    }

    /// One that switches too often loses its record for a while, and is looked at as all were before.
    @Test(.enabled(if: SwitchLogTests.isAllowed)) func aRestlessLoopIsLookedAtWithoutItsRecord() async throws {
        let child = try Child([
            "/usr/bin/python3", "-c",
            """
            import os, select, socket
            ours, theirs = socket.socketpair()
            if os.fork() == 0:
                ours.close()
                while theirs.recv(1): theirs.send(b"x")
                os._exit(0)
            theirs.close()
            loop = select.epoll()
            loop.register(ours, select.EPOLLIN)
            while True:
                ours.send(b"x")
                loop.poll()
                ours.recv(1)
            """,
        ])
        let running = try Running(ProberSettings(), hasLog: true)
        running.control.probe(ProbedWorker.Target(pid: child.pid))
        try await wait(for: "the tier below") { running.newest(of: child.pid)?.window.tier == .proc }
        try await wait(for: "its lag") { running.newest(of: child.pid)?.window.quality == .exact }
    }

    @Test func whoIsStoppedAtTheFirstLookIsStoppedForThatLongAtLeast() async throws {
        let child = try Child.waiting()
        let running = try Running()
        running.control.probe(ProbedWorker.Target(pid: child.pid))
        try await wait(for: "its loop") { running.newest(of: child.pid)?.window.quality == .exact }
        child.send(SIGSTOP)
        try await wait(for: "an open stall") { running.newest(of: child.pid)?.window.open != nil }
        #expect(running.newest(of: child.pid)?.window.quality == .exact, "who was there saw it begin")
        let late = try Running()
        let began = Clocks.monotonic()
        late.control.probe(ProbedWorker.Target(pid: child.pid))
        try await wait(for: "what the late one sees") { late.newest(of: child.pid)?.window.open != nil }
        let window = try #require(late.newest(of: child.pid)).window
        let open = try #require(window.open)
        #expect(window.quality == .floor && open.isFloor && open.start >= began)
        #expect(try #require(window.watchedSince) >= began)
        let whole = try #require(running.newest(of: child.pid)?.window.open)
        #expect(!whole.isFloor && whole.start < began)
    }

    @Test func windowsEndAtWholeMultiplesAndSweepsComeRightAfter() async throws {
        let child = try Child.waiting()
        let running = try Running(ProberSettings(mode: .fixed(.milliseconds(10)), isAligned: true))
        running.control.probe(ProbedWorker.Target(pid: child.pid))
        try await wait(for: "two windows") { running.findings.now.windows.joined().count >= 2 }
        for end in running.findings.now.windows.joined().map(\.window.end) {
            #expect(end.nanoseconds % 1_000_000_000 < 900_000_000, "late on a busy machine, never early")
            let sweep = Sampler.appointment(after: end, interval: .seconds(1))
            #expect(sweep.nanoseconds % 1_000_000_000 == 20_000_000)
        }
        let appointments = [(1000, 1000, 1020), (1019, 1000, 1020), (1020, 1000, 2020), (7, 10, 15)]
        for (milliseconds, interval, expected) in appointments {
            let now = MonotonicInstant(nanoseconds: UInt64(milliseconds) * 1_000_000)
            let next = Sampler.appointment(after: now, interval: .milliseconds(interval))
            #expect(next.nanoseconds == UInt64(expected) * 1_000_000)
        }
    }

    @Test func aWorkerThatIsReplacedLeavesNoStallBehind() async throws {
        var child = try Child.waiting()
        let running = try Running()
        for _ in 0..<3 {
            let target = ProbedWorker.Target(pid: child.pid)
            running.control.probe(target)
            try await wait(for: "its loop") { running.newest(of: child.pid)?.window.quality == .exact }
            child.send(SIGKILL)
            try await wait(for: "news of its end") { running.findings.now.lost.contains(child.pid) }
            let windows = running.findings.now.windows.count
            try await wait(for: "another window") { running.findings.now.windows.count > windows }
            #expect(running.newest(of: child.pid) == nil, "who is gone has no reading")
            running.control.forget(target)
            child.reap()
            child = try Child.waiting()
        }
        let stalls = running.findings.now.windows.joined().flatMap {
            $0.window.stalls + ($0.window.open.map { [$0] } ?? [])
        }
        #expect(stalls.allSatisfy { $0.cause != .stopped && $0.length < .seconds(1) }, "\(stalls)")
    }

    @Test func aProcessWithoutALoopHasNoLag() async throws {
        let child = try Child(["/bin/sleep", "60"])
        let running = try Running()
        running.control.probe(ProbedWorker.Target(pid: child.pid))
        try await wait(for: "a finding") { running.newest(of: child.pid)?.kind == LoopKind.none }
        let reading = try #require(running.newest(of: child.pid))
        #expect(reading.window.quality == .none)
        #expect(reading.window.max == nil && reading.window.open == nil && reading.hung == nil)
        var row = WorkerRow()
        reading.fill(&row, at: reading.window.end)
        #expect(row[.lagMaxMicroseconds] == nil && row[.openStallMicroseconds] == nil)
        #expect(row[.lagMethod].flatMap(LagMethod.init(packed:))?.kind == LoopKind.none)
    }

    @Test func aWorkerThatSomebodyLooksAtIsProbedMoreOften() async throws {
        let child = try Child.waiting()
        let id = WorkerID(boot: try ProcReader().bootID(), pid: child.pid, startTicks: 0)
        let running = try Running(ProberSettings(budget: ProbeBudget(perHundredWorkers: .infinity)))
        running.control.probe(ProbedWorker.Target(pid: child.pid, worker: id))
        try await wait(for: "calm") { running.newest(of: child.pid)?.period == Cadence.calm }
        running.control.watch([id])
        try await wait(for: "closeness") { running.newest(of: child.pid)?.period == Cadence.close }
        running.control.watch([])
        try await wait(for: "calm") { running.newest(of: child.pid)?.period == Cadence.calm }
    }

    @Test func withoutDescriptorsAWorkerIsOmittedAndTakenLater() async throws {
        let children = [try Child.waiting(), try Child.waiting()]
        let one = ProbedWorker.descriptors
        let running = try Running(ProberSettings(descriptorRoom: one))
        let first = ProbedWorker.Target(pid: children[0].pid)
        running.control.probe(first)
        try await wait(for: "the first") { running.newest(of: first.pid) != nil }
        running.control.probe(ProbedWorker.Target(pid: children[1].pid))
        try await wait(for: "the omission") { running.findings.now.omitted == 1 }
        #expect(running.newest(of: children[1].pid) == nil)
        running.control.forget(first)
        try await wait(for: "the second") { running.newest(of: children[1].pid) != nil }
    }

    @Test func periodsShareOneGrid() {
        let now = MonotonicInstant(nanoseconds: 1_000_000_007_123_456)
        let steps = [5, 10, 50].map { Prober.next(after: now, period: .milliseconds($0)).nanoseconds }
        #expect(steps == [1_000_000_010_000_000, 1_000_000_010_000_000, 1_000_000_050_000_000])
        let on = MonotonicInstant(nanoseconds: 50_000_000)
        #expect(Prober.next(after: on, period: .milliseconds(50)).nanoseconds == 100_000_000)
    }

    @Test func theLoopThatCountsIsTheWorstThatServes() {
        func loop(_ tid: Int32, serving: Bool, max length: Duration) -> LagReading.Loop {
            var window = LagWindow(
                start: MonotonicInstant(nanoseconds: 0), end: MonotonicInstant(nanoseconds: 1), tier: .proc,
                quality: .exact)
            window.max = length
            return LagReading.Loop(tid: tid, kind: .epoll, isServing: serving, window: window)
        }
        func chosen(_ loops: [LagReading.Loop]) -> Int32? {
            ProbedWorker.choice(among: loops, main: 1).map { loops[$0].tid }
        }
        #expect(chosen([]) == nil)
        let busy = loop(3, serving: false, max: .seconds(1))
        #expect(chosen([loop(1, serving: false, max: .zero), busy]) == 1, "a busy thread is no lag of the server")
        #expect(chosen([loop(1, serving: false, max: .zero), loop(2, serving: true, max: .zero), busy]) == 2)
        #expect(
            chosen([loop(2, serving: true, max: .zero), loop(4, serving: true, max: .milliseconds(9)), busy]) == 4)
        #expect(chosen([loop(2, serving: false, max: .zero), busy]) == 3)
    }

    @Test func gunicornIsKnownByItsTitleOrItsScript() {
        #expect(ProbedWorker.isGunicorn(["gunicorn: worker [app]"]))
        #expect(ProbedWorker.isGunicorn(["/usr/bin/python3", "/usr/bin/gunicorn", "app:app"]))
        #expect(!ProbedWorker.isGunicorn(["/usr/bin/python3", "app.py", "gunicorn-like"]))
    }
}
