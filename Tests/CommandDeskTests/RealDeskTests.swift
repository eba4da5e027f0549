import Control
import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// Real processes on the real kernel, real log, real time; only the sampler is played.
@Suite(.serialized) struct RealDesk {
    @Test func aRestartOfARealProcess() async throws {
        let fleet = try RealFleet(workers: 2)
        let target = fleet.workers[0].id
        await fleet.submit(restart(target))
        try await fleet.run { $0.outcomes.count == 1 }
        guard case .replaced(let evidence)? = fleet.outcomes.first?.verdict else {
            Issue.record("\(fleet.outcomes)")
            return
        }
        #expect(evidence.replacement == fleet.workers[0].id && evidence.replacement != target)
        #expect(evidence.signals.map(\.number) == [15] && !evidence.forced)
        #expect(fleet.ends == [target.pid: SIGTERM], "it and nobody else, by that")
        #expect(try fleet.place.lines().count == 2)
        #expect(try fleet.place.faults == [])
    }

    @Test func aRollOfRealProcesses() async throws {
        let fleet = try RealFleet(workers: 3)
        let before = fleet.workers.map(\.id)
        let roll = Command(
            id: .random(), action: .roll, target: fleet.target,
            parameters: CommandParameters(warned: true, roll: RollOptions(stable: .milliseconds(100))))
        await fleet.submit(roll)
        try await fleet.run { $0.outcomes.count == 1 }
        guard case .rolled(let summary)? = fleet.outcomes.first?.verdict else {
            Issue.record("\(fleet.outcomes)")
            return
        }
        #expect(summary.state == .finished && summary.replaced == 3)
        #expect(Set(fleet.workers.map(\.id)).isDisjoint(with: before))
        #expect(fleet.ends == Dictionary(uniqueKeysWithValues: before.map { ($0.pid, SIGTERM) }))
        #expect(fleet.mostDown == 1, "never more than one at a time")
    }

    /// Killed after the signal: the next run finds out, signals nobody, and tells.
    @Test func afterACrashNothingIsDoneAgain() async throws {
        let fleet = try RealFleet(workers: 2, deafToTerm: true)
        let target = fleet.workers[0].id
        let command = restart(target)
        await fleet.submit(command)
        try await fleet.run { $0.isAccepted }
        try fleet.crash()
        await fleet.submit(command)
        try await fleet.run { $0.outcomes.count == 1 }
        #expect(
            fleet.outcomes.first?.verdict
                == .interrupted(
                    Interruption(
                        targetLives: true, replacement: nil, workers: 2, detail: "slot 1: a signal may have been sent"))
        )
        #expect(fleet.ends == [:] && fleet.workers[0].id == target)
        #expect(try fleet.place.faults == [])
    }

    /// The pid is another process by now: nothing happens to it.
    @Test func aStaleRowSignalsNobody() async throws {
        let fleet = try RealFleet(workers: 2)
        var stale = fleet.workers[0].id
        stale.startTicks -= 1
        await fleet.submit(restart(stale))
        try await fleet.run { $0.outcomes.count == 1 }
        #expect(fleet.outcomes.first?.verdict == .targetChanged)
        // And where even the sampler is wrong about it, the kernel is asked.
        fleet.pretends = stale
        await fleet.observe()
        await fleet.submit(restart(stale))
        try await fleet.run { $0.outcomes.count == 2 }
        #expect(fleet.outcomes.last?.verdict == .targetChanged)
        #expect(fleet.ends == [:])
    }

    private func restart(_ worker: WorkerID) -> Command {
        Command(
            id: .random(), action: .restart, target: .worker(worker),
            parameters: CommandParameters(roll: RollOptions(stable: .milliseconds(100))))
    }
}

/// A master with workers that it starts again, and a desk that looks after them.
private final class RealFleet {
    struct Worker {
        var child: Child
        var id: WorkerID
        var seen: MonotonicInstant
    }

    let place: AuditPlace
    let master: Worker
    private(set) var workers: [Worker]
    /// How those ended that did.
    private(set) var ends: [Int32: CInt] = [:]
    private(set) var mostDown = 0
    /// The sampler takes the first worker for this one.
    var pretends: WorkerID?
    private let words: [String]
    private var desk: CommandDesk
    private let replies = Replies()

    init(workers count: Int, deafToTerm: Bool = false) throws {
        place = try AuditPlace()
        let deaf = [
            "/usr/bin/python3", "-c",
            "import signal,time\nsignal.signal(15, signal.SIG_IGN)\nprint(1, flush=True)\ntime.sleep(600)",
        ]
        words = deafToTerm ? deaf : ["sleep", "600"]
        master = try Self.start(["sleep", "600"], isTalking: false)
        let words = words
        workers = try (0..<count).map { _ in try Self.start(words, isTalking: deafToTerm) }
        desk = try Self.desk(place)
        if deafToTerm { for worker in workers { _ = worker.child.nextLine() } }
    }

    var target: CommandTarget {
        .group(
            GroupTarget(
                boot: boot, key: "web", master: ProcessRef(pid: master.id.pid, startTicks: master.id.startTicks)))
    }
    var outcomes: [Outcome] {
        replies.all.withLock { $0.compactMap { if case .outcome(let outcome) = $0 { outcome } else { nil } } }
    }
    var isAccepted: Bool { replies.all.withLock { $0.contains { $0.word == "accepted" } } }

    private static func start(_ words: [String], isTalking: Bool) throws -> Worker {
        let child = try Child(words, isTalking: isTalking)
        let fields = try Self.stat(child.pid)
        let ticks = try #require(UInt64(fields[19]))
        return Worker(
            child: child, id: WorkerID(boot: boot, pid: child.pid, startTicks: ticks), seen: Clocks.monotonic())
    }

    /// `/proc/PID/stat` after the name: proc_pid_stat(5), from field 3 on.
    private static func stat(_ pid: Int32) throws -> [Substring] {
        let raw = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
        try #require(raw >= 0)
        defer { close(raw) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = read(raw, &buffer, buffer.count)
        let line = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        return line[line.index(after: try #require(line.lastIndex(of: ")")))...].split(separator: " ")
    }

    private static func desk(_ place: AuditPlace) throws -> CommandDesk {
        let reading = AuditReader.read(directory: place.path, since: WallTime(nanoseconds: 0))
        #expect(reading.faults == [])
        return CommandDesk(
            settings: .init(boot: boot, protectedPIDs: [getpid(), getppid()]), kernel: LinuxKernel(boot: boot),
            managers: NoManagers(), audit: place.log(), clock: .live(now: Clocks.monotonic, wall: Clocks.wall),
            hooks: .init(policy: { _, _, _, _ in nil }), journal: Journal(reading.entries, now: Clocks.wall()))
    }

    func submit(_ command: Command) async {
        await observe()
        let replies = replies
        await desk.submit(command, from: .local(uid: 0, pid: getpid()), role: .admin) { reply in
            replies.all.withLock { $0.append(reply) }
        }
    }

    func observe() async {
        let living = workers.enumerated().map {
            LiveWorker(
                id: $0 == 0 ? pretends ?? $1.id : $1.id, groupKey: "web", app: "web", slot: UInt32($0 + 1),
                uid: getuid(), seen: $1.seen)
        }
        var group = gunicorn()
        group.info.master = ProcessRef(pid: master.id.pid, startTicks: master.id.startTicks)
        await desk.observe(workers: living, groups: [group], now: Clocks.monotonic())
    }

    /// Plays master and sampler until it holds.
    func run(until isReached: (RealFleet) -> Bool) async throws {
        for _ in 0..<6000 where !isReached(self) {
            var down = 0
            for slot in workers.indices {
                guard let end = workers[slot].child.ended() else { continue }
                down += 1
                ends[workers[slot].id.pid] = end
                workers[slot].child.reap()
                await desk.exited(workers[slot].id, status: nil)
                workers[slot] = try Self.start(words, isTalking: false)
            }
            mostDown = max(mostDown, down)
            await observe()
            try await Task.sleep(for: .milliseconds(10))
        }
        try #require(isReached(self), "it never came")
    }

    /// The agent is gone between two instructions: what its desk would do later happens no more.
    func crash() throws {
        let gone = desk
        desk = try Self.desk(place)
        replies.all.withLock { $0 = [] }
        Task { await gone.forget() }
    }
}

private final class Replies: Sendable {
    let all = Mutex<[CommandReply]>([])
}

extension CommandDesk {
    /// As after SIGKILL: nothing is written, nothing is signalled any more.
    fileprivate func forget() {
        for job in jobs.values { job.settle() }
        jobs = [:]
    }
}

private struct NoManagers: Managers {
    func perform(_ call: ManagerCall, limit: Duration) async -> ManagerAnswer { .failed("no managers here") }
    func check(_ check: ReadyCheck, strategy: AppStrategy?, pid: Int32, limit: Duration) async -> ManagerAnswer {
        .failed("no managers here")
    }
}

extension Child {
    /// The signal that ended it, or 0 for an exit; `nil` while it lives. It stays to be reaped.
    fileprivate func ended() -> CInt? {
        var information = siginfo_t()
        guard waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT | WNOHANG) == 0, information.si_signo != 0 else {
            return nil
        }
        return information.si_code == CLD_EXITED ? 0 : information._sifields._sigchld.si_status
    }
}
