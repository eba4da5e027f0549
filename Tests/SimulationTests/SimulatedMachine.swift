import Glibc
import Model

@testable import Control

/// A process of a simulated machine.
final class SimulatedProcess: @unchecked Sendable {
    let id: WorkerID
    /// `nil` for masters and strangers.
    let app: Int?
    let slot: UInt32
    let born: MonotonicInstant
    fileprivate(set) var isZombie = false
    fileprivate(set) var isReaped = false
    fileprivate(set) var ended: MonotonicInstant?
    fileprivate(set) var status: Model.ExitStatus?
    /// Heeds nothing but KILL.
    var isDeaf = false
    /// Uninterruptible sleep: ends with nothing until that is over.
    var isStuck = false
    /// Of another user: the agent may not signal it.
    var isForeign = false
    /// From TERM to its end.
    var slowness = Duration.zero
    fileprivate var isKilled = false
    /// From when on it serves; `nil`: never.
    fileprivate var readyAt: MonotonicInstant?

    fileprivate init(id: WorkerID, app: Int?, slot: UInt32, born: MonotonicInstant) {
        (self.id, self.app, self.slot, self.born) = (id, app, slot, born)
    }

    var lives: Bool { !isZombie && !isReaped }
    func isReady(_ now: MonotonicInstant) -> Bool { readyAt.map { $0 <= now } ?? false }
}

/// A gunicorn with so many workers.
struct SimulatedApp {
    let key: String
    let size: UInt32
    var master: SimulatedProcess?
}

/// A machine with few pids, two apps, and strangers that come and go. What the kernel says of a process goes through the
/// product's own `identify`.
final class SimulatedMachine: @unchecked Sendable {
    private let timeline: Timeline
    private let faults: Faults
    let host: HostID
    private(set) var boot: BootID
    private(set) var apps: [SimulatedApp] = []
    private(set) var byPID: [Int32: SimulatedProcess] = [:]
    /// Everybody who ever was.
    private(set) var known: [WorkerID: SimulatedProcess] = [:]
    /// Told of each end of a worker the moment it happens.
    var onEnd: (SimulatedProcess) -> Void = { _ in }
    private let pids: ClosedRange<Int32>
    private var freed: Int32?
    private var ticks: UInt64 = 0
    /// What its monotonic clock showed when the world began, and how far its calendar is off.
    private var uptime: Duration
    private var calendar = Duration.zero
    /// Machines that were started anew: what was planned before does not happen.
    private var generation = 0

    init(timeline: Timeline, faults: Faults) {
        self.timeline = timeline
        self.faults = faults
        host = faults.identifier()
        boot = faults.identifier()
        pids = 2...Int32(faults.number(24...60))
        uptime = .seconds(faults.number(100...100_000))
        for (key, size) in [("web", 2), ("api", 3)] {
            apps.append(SimulatedApp(key: key, size: UInt32(faults.number(1...size + 1))))
        }
        populate()
        unrest()
    }

    // MARK: clocks

    var monotonic: MonotonicInstant { timeline.now + uptime }
    var wall: WallTime {
        WallTime(nanoseconds: 1_790_000_000_000_000_000 + (timeline.now - .init(nanoseconds: 0) + calendar).nanoseconds)
    }

    func moveCalendar(by step: Duration) { calendar += step }

    /// When a process started, on the monotonic clock, good to a tick.
    func started(_ worker: WorkerID) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: worker.startTicks * 10_000_000)
    }

    // MARK: processes

    var workers: [SimulatedProcess] {
        byPID.values.filter { $0.app != nil && $0.lives }.sorted { $0.id < $1.id }
    }

    func lives(_ worker: WorkerID) -> Bool { known[worker]?.lives == true }

    private func populate() {
        for app in apps.indices {
            apps[app].master = spawn(nil, slot: 0)
            for slot in 1...apps[app].size { spawn(app, slot: slot) }
        }
    }

    @discardableResult
    private func spawn(_ app: Int?, slot: UInt32) -> SimulatedProcess? {
        ticks = max(ticks + 1, monotonic.nanoseconds / 10_000_000)
        var pid = Int32(faults.number(Int(pids.lowerBound)...Int(pids.upperBound)))
        if let freed, faults.strikes(.pidReuse) { pid = freed }
        var tries = pids.count
        while byPID[pid] != nil, tries > 0 {
            pid = pid == pids.upperBound ? pids.lowerBound : pid + 1
            tries -= 1
        }
        guard tries > 0 else { return nil }
        let id = WorkerID(boot: boot, pid: pid, startTicks: ticks)
        let process = SimulatedProcess(id: id, app: app, slot: slot, born: timeline.now)
        if app != nil {
            process.isDeaf = faults.strikes(.deaf)
            process.isStuck = faults.strikes(.stuck)
            process.isForeign = faults.strikes(.denied)
            process.slowness = faults.milliseconds(0...3000)
            process.readyAt = faults.strikes(.neverReady) ? nil : timeline.now + faults.milliseconds(0...6000)
            if faults.strikes(.crashingReplacement) {
                end(process, .code(1), after: faults.milliseconds(1...2500))
            }
        }
        byPID[pid] = process
        known[id] = process
        timeline.tell { "pid \(pid) is born, slot \(slot) of \(app.map { apps[$0].key } ?? "nobody")" }
        return process
    }

    func end(_ process: SimulatedProcess, _ status: Model.ExitStatus, after delay: Duration) {
        timeline.after(delay, "exit") { [self] in end(process, status) }
    }

    private func end(_ process: SimulatedProcess, _ status: Model.ExitStatus) {
        guard process.lives else { return }
        if process.isStuck {
            process.isKilled = true
            return
        }
        process.isZombie = true
        process.ended = timeline.now
        process.status = status
        timeline.tell { "pid \(process.id.pid) ends" }
        if let app = process.app {
            onEnd(process)
            reapAndReplace(process, app)
        } else {
            reap(process)
        }
    }

    private func reap(_ process: SimulatedProcess) {
        guard !process.isReaped else { return }
        process.isReaped = true
        guard byPID[process.id.pid] === process else { return }
        byPID[process.id.pid] = nil
        freed = process.id.pid
        // Somebody else may have the number at once.
        if faults.strikes(.pidReuse) { spawn(nil, slot: 0) }
    }

    private func reapAndReplace(_ process: SimulatedProcess, _ app: Int) {
        let delay: Duration? =
            if faults.strikes(.noReplacement) { nil } else if faults.strikes(.lateReplacement) {
                faults.milliseconds(3000...25_000)
            } else { faults.milliseconds(1...800) }
        let master = apps[app].master
        if faults.strikes(.zombie) {
            timeline.after(faults.milliseconds(2000...40_000), "reap") { [self] in reap(process) }
        } else {
            reap(process)
        }
        guard let delay else { return }
        timeline.after(delay, "replace") { [self] in
            if let master, apps[app].master === master { fill(app, process.slot) }
        }
    }

    private func fill(_ app: Int, _ slot: UInt32) {
        guard !byPID.values.contains(where: { $0.app == app && $0.slot == slot && $0.lives }) else { return }
        spawn(app, slot: slot)
    }

    /// Strangers come and go, workers end by themselves.
    private func unrest() {
        let strangers = byPID.values.filter { process in
            process.app == nil && process.lives && !apps.contains { $0.master === process }
        }.sorted { $0.id < $1.id }
        for gone in faults.shuffled(strangers).dropFirst(5) { end(gone, .code(0)) }
        spawn(nil, slot: 0)
        if faults.strikes(.exits), let gone = faults.pick(workers) { end(gone, .signal(11)) }
        for app in apps.indices where faults.strikes(.masterExit) { endMaster(app) }
        let present = generation
        timeline.after(faults.milliseconds(200...2000) * faults.seldomness, "unrest") { [self] in
            if generation == present { unrest() }
        }
    }

    /// With all its workers; its service manager starts another one.
    private func endMaster(_ app: Int) {
        guard let master = apps[app].master else { return }
        apps[app].master = nil
        end(master, .signal(9))
        for worker in workers where worker.app == app { end(worker, .signal(15), after: faults.milliseconds(0...500)) }
        let present = generation
        timeline.after(faults.milliseconds(500...6000), "master") { [self] in
            if generation == present { beginMaster(app) }
        }
    }

    private func beginMaster(_ app: Int) {
        guard apps[app].master == nil, let master = spawn(nil, slot: 0) else { return }
        apps[app].master = master
        for slot in 1...apps[app].size { fill(app, slot) }
    }

    /// All is lost but the disk.
    func losePower() {
        generation += 1
        for process in byPID.values {
            process.isZombie = true
            process.isReaped = true
            process.ended = timeline.now
        }
        byPID = [:]
        for app in apps.indices { apps[app].master = nil }
    }

    func start() {
        boot = faults.identifier()
        uptime = .seconds(20) - (timeline.now - MonotonicInstant(nanoseconds: 0))
        ticks = 0
        populate()
        unrest()
    }

    /// Nobody is stuck any more, everything that is missing is started, and what is left is reaped.
    func heal() {
        for process in byPID.values.sorted(by: { $0.id < $1.id }) {
            process.isDeaf = false
            process.isForeign = false
            process.readyAt = process.readyAt ?? timeline.now
            process.isStuck = false
            if process.isKilled { end(process, .signal(9)) }
            if process.isZombie { reap(process) }
        }
        for app in apps.indices {
            beginMaster(app)
            for slot in 1...apps[app].size { fill(app, slot) }
        }
    }

    var isWhole: Bool { apps.allSatisfy { $0.master != nil } && workers.count == apps.reduce(0) { $0 + Int($1.size) } }

    // MARK: signals

    /// Through a pidfd: reaches that process or nobody.
    func deliver(_ number: Int32, to process: SimulatedProcess) -> SignalResult {
        guard process.lives else { return .gone }
        if process.isForeign { return .denied }
        if number == 9 {
            end(process, .signal(9), after: .milliseconds(1))
        } else if number == 15, !process.isDeaf {
            end(process, .signal(15), after: process.slowness)
        }
        return .sent
    }

    /// Who has the pid now, whoever that is: what nobody must rely upon.
    func whoever(has pid: Int32) -> SimulatedProcess? {
        churn(pid)
        return byPID[pid]
    }
}

/// The calls beneath the product's `identify`. Between any two of them a pid may change hands.
extension SimulatedMachine: ProcessCalls {
    private func churn(_ pid: Int32) {
        guard faults.strikes(.pidReuse), let process = byPID[pid], process.app != nil, !process.isStuck else { return }
        end(process, .signal(6))
        if byPID[pid] == nil { spawn(nil, slot: 0) }
    }

    func directory(of pid: Int32) throws(CallFailure) -> SimulatedProcess {
        churn(pid)
        guard let process = byPID[pid] else { throw CallFailure(errno: ENOENT) }
        return process
    }

    func process(_ pid: Int32) throws(CallFailure) -> SimulatedProcess {
        churn(pid)
        guard let process = byPID[pid] else { throw CallFailure(errno: ESRCH) }
        return process
    }

    func stat(in directory: SimulatedProcess) throws(CallFailure) -> [UInt8] {
        churn(directory.id.pid)
        if directory.isReaped { throw CallFailure(errno: ESRCH) }
        let state = directory.isZombie ? "Z" : directory.isStuck ? "D" : "S"
        return Array(
            "\(directory.id.pid) (w) \(state) 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 \(directory.id.startTicks) 0 0\n"
                .utf8)
    }

    func pid(of process: SimulatedProcess) throws(CallFailure) -> Int32 {
        churn(process.id.pid)
        return process.isReaped ? -1 : process.id.pid
    }

    func maySignal(_ process: SimulatedProcess) throws(CallFailure) {
        if process.isReaped { throw CallFailure(errno: ESRCH) }
        if process.isForeign { throw CallFailure(errno: EPERM) }
    }
}
