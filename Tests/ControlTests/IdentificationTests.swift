import Glibc
import Model
import TestSupport
import Testing

@testable import Control

/// A kernel with a handful of pids, in which processes come and go between any two calls.
private final class SmallKernel: ProcessCalls {
    final class Process {
        let id: WorkerID
        var isZombie = false
        var isReaped = false
        init(_ id: WorkerID) { self.id = id }
    }

    var random: SeededGenerator
    var byPID: [Int32: Process] = [:]
    var history: [WorkerID] = []
    /// How likely, in percent, something happens before a call.
    var unrest: Int
    /// Signals that reached a process, by who was meant.
    var rightSignals = 0
    var wrongSignals = 0
    private var ticks: UInt64 = 100
    private static let pids: ClosedRange<Int32> = 2...17

    init(seed: UInt64, unrest: Int) {
        random = SeededGenerator(seed: seed)
        self.unrest = unrest
        for pid in Self.pids { spawn(pid) }
    }

    /// A pid is handed out again in the same tick as often as not, but never to two processes within one tick.
    private func spawn(_ pid: Int32) {
        if Bool.random(using: &random) || (byPID[pid]?.id.startTicks ?? 0) == ticks { ticks += 1 }
        let process = Process(WorkerID(boot: boot, pid: pid, startTicks: ticks))
        byPID[pid] = process
        history.append(process.id)
        if history.count > 200 { history.removeFirst(100) }
    }

    func churn() {
        guard Int.random(in: 0..<100, using: &random) < unrest else { return }
        let pid = Int32.random(in: Self.pids, using: &random)
        guard let process = byPID[pid] else { return spawn(pid) }
        if !process.isZombie, Bool.random(using: &random) {
            process.isZombie = true
        } else {
            process.isZombie = true
            process.isReaped = true
            byPID[pid] = nil
            if Bool.random(using: &random) { spawn(pid) }
        }
    }

    func directory(of pid: Int32) throws(CallFailure) -> Process {
        churn()
        guard let process = byPID[pid] else { throw CallFailure(errno: ENOENT) }
        return process
    }

    func process(_ pid: Int32) throws(CallFailure) -> Process {
        churn()
        guard let process = byPID[pid] else { throw CallFailure(errno: ESRCH) }
        return process
    }

    func stat(in directory: Process) throws(CallFailure) -> [UInt8] {
        churn()
        if directory.isReaped { throw CallFailure(errno: ESRCH) }
        let state = directory.isZombie ? "Z" : "S"
        return Array(
            "\(directory.id.pid) (w) \(state) 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 \(directory.id.startTicks) 0 0\n"
                .utf8)
    }

    func pid(of process: Process) throws(CallFailure) -> Int32 {
        churn()
        return process.isReaped ? -1 : process.id.pid
    }

    func maySignal(_ process: Process) throws(CallFailure) {
        churn()
        if process.isReaped { throw CallFailure(errno: ESRCH) }
    }

    func signal(_ process: Process, meant target: WorkerID) -> SignalResult {
        churn()
        if process.isZombie { return .gone }
        if process.id == target { rightSignals += 1 } else { wrongSignals += 1 }
        process.isZombie = true
        return .sent
    }
}

/// The real sequence of calls and the real machine over pids that change hands at every step.
@Test func twoHundredThousandStaleRestartsSignalNobodyElse() {
    let seed = printedSeed()
    let kernel = SmallKernel(seed: seed, unrest: 30)
    var verdicts: [Verdict: Int] = [:]
    for attempt in 0..<200_000 {
        guard let target = kernel.history.randomElement(using: &kernel.random) else { continue }
        var restart = Restart(restartCourse(target, grace: .seconds(1)), group: [target])
        _ = restart.handle(.begin, now: at(0))
        var handle: SmallKernel.Process?
        var answer = Verification.held
        do throws(VerificationFailure) {
            handle = try identify(target, boot: boot, through: kernel)
        } catch { answer = .failed(error) }
        var events: [RestartEvent] = [.verified(answer)]
        var signalled = false
        while !events.isEmpty {
            for effect in restart.handle(events.removeFirst(), now: at(0)) {
                switch effect {
                case .signal:
                    guard let handle else {
                        Issue.record("seed \(seed) attempt \(attempt): signal without identity")
                        return
                    }
                    let result = kernel.signal(handle, meant: target)
                    signalled = signalled || result == .sent
                    events.append(.signalled(result))
                case .report(let verdict):
                    verdicts[verdict, default: 0] += 1
                    #expect(!signalled, "reported \(verdict) with nothing done")
                default: break
                }
            }
        }
    }
    print("stale restarts: \(kernel.rightSignals) reached their target, \(verdicts)")
    #expect(kernel.wrongSignals == 0, "seed \(seed)")
    #expect(kernel.rightSignals > 1000, "the simulation has to let some through")
    #expect(verdicts[.targetChanged, default: 0] > 100_000)
}

/// The simulation can tell: the obvious sequence, look first and open then, does hit strangers in it.
@Test func theSimulationCatchesACarelessSequence() throws {
    let kernel = SmallKernel(seed: 7, unrest: 30)
    for _ in 0..<20_000 {
        guard let target = kernel.history.randomElement(using: &kernel.random) else { continue }
        do {
            let directory = try kernel.directory(of: target.pid)
            let line = try kernel.stat(in: directory)
            guard StatIdentity(parsing: line.span)?.startTicks == target.startTicks else { continue }
            let process = try kernel.process(target.pid)
            _ = kernel.signal(process, meant: target)
        } catch { continue }
    }
    #expect(kernel.wrongSignals > 0)
}

/// Each call fails once with each errno that matters.
private struct FailingCalls: ProcessCalls {
    var failing: Int
    var failure: Int32
    var line = "10 (w) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\n"
    var pidInProc: Int32 = 10

    private func step(_ number: Int) throws(CallFailure) {
        if number == failing { throw CallFailure(errno: failure) }
    }
    func directory(of pid: Int32) throws(CallFailure) { try step(0) }
    func process(_ pid: Int32) throws(CallFailure) { try step(1) }
    func stat(in directory: Void) throws(CallFailure) -> [UInt8] {
        try step(2)
        return Array(line.utf8)
    }
    func pid(of process: Void) throws(CallFailure) -> Int32 {
        try step(3)
        return pidInProc
    }
    func maySignal(_ process: Void) throws(CallFailure) { try step(4) }
}

@Test(arguments: [
    (ENOENT, VerificationFailure.changed), (ESRCH, .changed), (EINVAL, .changed), (EIO, .changed), (EACCES, .denied),
    (EPERM, .denied), (ENOSYS, .unsupportedKernel), (EMFILE, .exhausted), (ENFILE, .exhausted), (ENOMEM, .exhausted),
])
func saysWhyAnIdentityCouldNotBeTaken(failure: Int32, expected: VerificationFailure) {
    for call in 0...4 {
        #expect(throws: expected) {
            try identify(worker(10), boot: boot, through: FailingCalls(failing: call, failure: failure))
        }
    }
}

@Test func refusesWhateverIsNotExactlyTheTarget() throws {
    let sound = FailingCalls(failing: -1, failure: 0)
    try identify(worker(10), boot: boot, through: sound)
    func expect(_ failure: VerificationFailure, _ target: WorkerID = worker(10), _ change: (inout FailingCalls) -> Void)
    {
        var calls = sound
        change(&calls)
        #expect(throws: failure) { try identify(target, boot: boot, through: calls) }
    }
    expect(.changed, worker(10, ticks: 99)) { _ in }
    expect(.changed, worker(10, ticks: 101)) { _ in }
    expect(.changed, worker(0)) { _ in }
    expect(.changed, worker(-10)) { _ in }
    expect(.changed, WorkerID(boot: BootID(high: 0, low: 0), pid: 10, startTicks: 100)) { _ in }
    expect(.changed) { $0.pidInProc = 4711 }  // a procfs of another pid namespace
    expect(.changed) { $0.line = "" }
    expect(.changed) { $0.line = $0.line.replacing("10 (w) S", with: "11 (w) S") }
    expect(.changed) { $0.line = $0.line.replacing("(w) S", with: "(w) Z") }
    expect(.protected) { $0.line = $0.line.replacing("-1 0", with: "-1 69238880") }
}
