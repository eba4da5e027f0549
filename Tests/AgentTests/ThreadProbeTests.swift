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
    private func look(_ probe: ThreadProbe, of directory: borrowing OwnedFD) throws -> Probe? {
        guard try probe.lookForChange(at: Clocks.monotonic()) else { return nil }
        _ = try probe.lookWhere(of: directory)
        try probe.lookFurther([.switchCounts, .calls, .runnable], sockets: nil, quota: nil, ring: nil)
        return probe.last
    }

    private func probe(_ child: Child, of directory: borrowing OwnedFD, limit: LagTier = .perf) throws -> ThreadProbe {
        let context = ProbeContext(limit: limit, descriptorRoom: 1000)
        return try ThreadProbe(tid: child.pid, of: directory, context: context, now: Clocks.monotonic())
    }

    @Test func aSleepingLoopIsFoundInItsWaitAndThenCostsOneRead() throws {
        let child = try Child.waiting()
        let directory = try context.reader.processDirectory(child.pid)
        let probe = try probe(child, of: directory)
        #expect(probe.tier == .proc)
        try wait(for: "its epoll") {
            guard let seen = try look(probe, of: directory), case .call(let call, let descriptor) = seen.place else {
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
        let directory = try context.reader.processDirectory(child.pid)
        let probe = try probe(child, of: directory)
        try wait(for: "some work") { try look(probe, of: directory)?.runNanoseconds ?? 0 > 100_000_000 }
        // While it waits for a CPU there is nothing to see.
        var looks = 0
        try wait(for: "five looks") {
            guard let seen = try look(probe, of: directory) else { return false }
            #expect(seen.place == .running)
            looks += 1
            return looks == 5
        }
    }

    @Test(arguments: [LagTier.perf, .proc, .nosys]) func aStoppedOneIsStopped(limit: LagTier) throws {
        let child = try Child.waiting()
        let directory = try context.reader.processDirectory(child.pid)
        let probe = try probe(child, of: directory, limit: limit)
        try wait(for: "its wait") {
            switch try look(probe, of: directory)?.place {
            case .call(let call, _): call.loopKind == .epoll
            case .asleep(let inEventWait): inEventWait
            default: false
            }
        }
        child.send(SIGSTOP)
        try wait(for: "the stop") { try look(probe, of: directory)?.place == .stopped }
        // It stays so without another word of the kernel, once the counters say so too.
        try wait(for: "rest") { try look(probe, of: directory) == nil }
        #expect(probe.last.place == .stopped)
        child.send(SIGCONT)
        try wait(for: "its wait") { try look(probe, of: directory).map { $0.place != .stopped } ?? false }
    }

    @Test func neverMoreIsUsedThanTheTierAllows() throws {
        let child = try Child.waiting()
        let directory = try context.reader.processDirectory(child.pid)
        for tier in LagTier.allCases {
            #expect(try probe(child, of: directory, limit: tier).tier == min(tier, .proc))
        }
        let counters = try probe(child, of: directory, limit: .utilisation)
        try wait(for: "its sleep") { try look(counters, of: directory)?.place == .asleep(inEventWait: true) }
    }

    /// The files of one that ended and was not reaped look like those of a sleeper.
    @Test(arguments: [LagTier.proc, .nosys, .utilisation])
    func oneThatEndedIsGoneBeforeAndAfterItIsReaped(limit: LagTier) throws {
        let child = try Child.waiting()
        let directory = try context.reader.processDirectory(child.pid)
        let probe = try probe(child, of: directory, limit: limit)
        try wait(for: "its wait") { try look(probe, of: directory).map { $0.place.isAsleep } ?? false }
        child.send(SIGKILL)
        try wait(for: "its end") { state(of: child.pid) == "Z" }
        #expect(throws: ProcError.self) { try look(probe, of: directory) }
        child.reap()
        #expect(throws: ProcError.self) { try look(probe, of: directory) }
    }

    @Test func aThreadThatIsNotThereIsSaidToBeGone() throws {
        let child = try Child.waiting()
        let directory = try context.reader.processDirectory(child.pid)
        #expect {
            try ThreadProbe(tid: 1, of: directory, context: context, now: Clocks.monotonic())
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

    @Test func descriptorsAreGivenBackWithTheWorker() throws {
        let child = try Child.waiting()
        let room = context.descriptorRoom
        do {
            let worker = try ProbedWorker(
                ProbedWorker.Target(pid: child.pid), mode: .adaptive, context: context, recorder: nil,
                now: Clocks.monotonic())
            try wait(for: "its loop") {
                try worker.look(now: Clocks.monotonic())
                return context.descriptorRoom < room
            }
        }
        #expect(context.descriptorRoom == room)
    }
}
