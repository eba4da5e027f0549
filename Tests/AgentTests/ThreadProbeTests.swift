import Glibc
import Lag
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

/// The probe of one thread, over real processes.
@Suite(.serialized) struct ThreadProbeTests {
    private let context = ProbeContext(limit: .perf, descriptorRoom: 1000)

    /// One look as a loop makes it; nil when nothing had moved.
    private func look(_ probe: ThreadProbe) throws -> Probe? {
        guard try probe.lookForChange(at: Clocks.monotonic()) else { return nil }
        _ = try probe.lookWhere()
        try probe.lookFurther([.switchCounts, .calls, .runnable], sockets: nil, quota: nil, switches: nil)
        return probe.last
    }

    private func probe(_ child: Child, limit: LagTier = .perf) throws -> ThreadProbe {
        let context = ProbeContext(limit: limit, descriptorRoom: 1000)
        let process = try ProbedProcess(child.pid, reader: context.reader)
        return try ThreadProbe(tid: child.pid, of: process, context: context, now: Clocks.monotonic())
    }

    @Test func aSleepingLoopIsFoundInItsWaitAndThenCostsOneRead() throws {
        let child = try Child.waiting()
        let probe = try probe(child)
        #expect(probe.tier == .proc)
        try wait(for: "its epoll") {
            guard let seen = try look(probe), case .call(let call, let descriptor) = seen.place else {
                return false
            }
            return call.loopKind == .epoll && descriptor > 2
        }
        #expect(probe.last.voluntarySwitches ?? 0 > 0)
        #expect(probe.last.calls?.reads ?? 0 > 0)
        #expect(probe.last.runnable != nil)
        for _ in 0..<5 { #expect(try !probe.lookForChange(at: Clocks.monotonic())) }
    }

    @Test func aSpinningOneIsRunningAtEachLook() throws {
        let child = try Child.spinning()
        let probe = try probe(child)
        try wait(for: "some work") { try look(probe)?.runNanoseconds ?? 0 > 100_000_000 }
        #expect(try held(of: child).contains { $0.hasSuffix("/sched") }, "asked for at each look")
        // While it waits for a CPU there is nothing to see.
        var looks = 0
        try wait(for: "five looks") {
            guard let seen = try look(probe) else { return false }
            #expect(seen.place == .running)
            looks += 1
            return looks == 5
        }
    }

    @Test(arguments: [LagTier.perf, .proc, .nosys]) func aStoppedOneIsStopped(limit: LagTier) throws {
        let child = try Child.waiting()
        let probe = try probe(child, limit: limit)
        try wait(for: "its wait") {
            switch try look(probe)?.place {
            case .call(let call, _): call.loopKind == .epoll
            case .asleep(let inEventWait): inEventWait
            default: false
            }
        }
        child.send(SIGSTOP)
        try wait(for: "the stop") { try look(probe)?.place == .stopped }
        // It stays so without another word of the kernel, once the counters say so too.
        try wait(for: "rest") { try look(probe) == nil }
        #expect(probe.last.place == .stopped)
        child.send(SIGCONT)
        try wait(for: "its wait") { try look(probe).map { $0.place != .stopped } ?? false }
    }

    @Test func neverMoreIsUsedThanTheTierAllows() throws {
        let child = try Child.waiting()
        for tier in LagTier.allCases {
            #expect(try probe(child, limit: tier).tier == min(tier, .proc))
        }
        let counters = try probe(child, limit: .utilisation)
        try wait(for: "its sleep") { try look(counters)?.place == .asleep(inEventWait: true) }
    }

    /// The files of one that ended and was not reaped look like those of a sleeper.
    @Test(arguments: [LagTier.proc, .nosys, .utilisation])
    func oneThatEndedIsGoneBeforeAndAfterItIsReaped(limit: LagTier) throws {
        let child = try Child.waiting()
        let probe = try probe(child, limit: limit)
        try wait(for: "its wait") { try look(probe).map { $0.place.isAsleep } ?? false }
        child.send(SIGKILL)
        try wait(for: "its end") { state(of: child.pid) == "Z" }
        #expect(throws: ProcError.self) { try look(probe) }
        child.reap()
        #expect(throws: ProcError.self) { try look(probe) }
    }

    @Test func aThreadThatIsNotThereIsSaidToBeGone() throws {
        let child = try Child.waiting()
        let process = try ProbedProcess(child.pid, reader: context.reader)
        #expect {
            try ThreadProbe(tid: 1, of: process, context: context, now: Clocks.monotonic())
        } throws: { error in
            if case ProcError.vanished = error { true } else { false }
        }
    }

    @Test func anotherProcessUnderTheSameNumberIsNotProbed() throws {
        let child = try Child.waiting()
        let stat = try context.reader.processStat(of: try context.reader.processDirectory(child.pid))
        func make(_ ticks: UInt64) throws -> ProbedWorker {
            try ProbedWorker(
                ProbedWorker.Target(pid: child.pid, startTicks: ticks), mode: .adaptive, context: context,
                recorder: nil, now: Clocks.monotonic())
        }
        _ = try make(stat.startTicks)
        #expect(throws: ProcError.self) { try make(stat.startTicks - 1) }
    }

    /// What this process has open of another one.
    private func held(of child: Child) throws -> [String] {
        let own = try context.reader.processDirectory(getpid())
        var held: [String] = []
        for number in try context.reader.descriptorNumbers(of: own, limit: .max) {
            // Other tests close theirs meanwhile.
            let path = try? context.reader.withLink("fd/\(number)", of: own) { text throws(ProcError) in
                CommandLine(parsing: text).arguments.first
            }
            if let path = path ?? nil, "\(path)/".hasPrefix("/proc/\(child.pid)/") { held.append(path) }
        }
        return held
    }

    @Test(arguments: [LagTier.perf, .proc, .nosys, .utilisation])
    func aProbedWorkerKeepsTheFilesThatMostLooksRead(limit: LagTier) throws {
        let child = try Child.waiting()
        let context = ProbeContext(limit: limit, descriptorRoom: ProbedWorker.descriptors)
        #expect(context.takeDescriptors(ProbedWorker.descriptors))
        let worker = try ProbedWorker(
            ProbedWorker.Target(pid: child.pid), mode: .adaptive, context: context, recorder: nil,
            now: Clocks.monotonic())
        #expect(try held(of: child) == [], "nothing before there is a loop")
        func window() throws -> LagReading {
            try worker.look(now: Clocks.monotonic())
            return worker.close(at: Clocks.monotonic(), agentCPU: .zero, budget: ProbeBudget())
        }
        try wait(for: "its loop") { try window().loopThreads == 1 }
        // Of a stop everything is looked at that is ever looked at.
        child.send(SIGSTOP)
        if limit > .utilisation { try wait(for: "its stop") { try window().window.open?.cause == .stopped } }
        let files = try held(of: child)
        #expect(files.count == 3 && files.count <= ProbedWorker.descriptors, "\(files)")
        #expect(files.contains("/proc/\(child.pid)/task/\(child.pid)/schedstat"))
        child.send(SIGCONT)
    }

    /// Threads that each wait on an epoll descriptor of their own, and are woken.
    @Test func eachFurtherLoopTakesItsDescriptorsAndGivesThemBack() throws {
        let child = try Child([
            "/usr/bin/python3", "-c",
            """
            import select, threading
            def loop():
                events = select.epoll()
                while True: events.poll(0.01)
            for _ in range(2): threading.Thread(target=loop).start()
            loop()
            """,
        ])
        let context = ProbeContext(limit: .proc, descriptorRoom: 2 * ThreadProbe.descriptors)
        #expect(context.takeDescriptors(ProbedWorker.descriptors))
        do {
            let worker = try ProbedWorker(
                ProbedWorker.Target(pid: child.pid), mode: .adaptive, context: context, recorder: nil,
                now: Clocks.monotonic())
            try wait(for: "as many loops as there are descriptors for") {
                try worker.look(now: Clocks.monotonic())
                return context.descriptorRoom == 0
            }
            #expect(try held(of: child).count == 2 * ThreadProbe.descriptors)
        }
        #expect(context.descriptorRoom == ThreadProbe.descriptors)
        #expect(try held(of: child) == [])
    }

    /// A loop that is woken once between two looks is not asked how often it slept.
    @Test func switchesAreCountedAsTheKernelCountsThem() throws {
        let child = try Child(["/bin/cat", "-"], isTalking: true)
        #expect(child.ask("up") == "up")
        let probe = try probe(child, limit: .proc)
        for round in 1...20 {
            for _ in 0..<(round % 3) { #expect(child.ask("x") == "x") }
            try wait(for: "its sleep") {
                _ = try look(probe)
                guard probe.last.place.isAsleep else { return false }
                let truth = try context.readOnce("sched", of: child.pid) { (text) throws(ProcError) in
                    try ThreadSwitches(parsing: text)
                }
                guard truth.voluntary + truth.involuntary == probe.last.timeslices else { return false }
                return truth.voluntary == probe.last.voluntarySwitches
                    && truth.involuntary == probe.last.involuntarySwitches
            }
        }
    }
}
