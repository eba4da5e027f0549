import Lag
import Logging
import Model
import ProcFS
import Synchronization

/// How the running agent probes.
struct ProbingSettings: Sendable {
    /// Share of a core per 100 workers that probing may take.
    var budget = ProbeBudget.usual
    /// At least a second.
    var window = Duration.seconds(1)
    var descriptorRoom = Int.max
}

/// The agent's prober, on its thread, and what it knows.
final class Probing: Sendable {
    let control: ProberControl
    let board = LagBoard()
    private let log: Logger
    private let omitted = Atomic<Int>(0)
    private let thread = Mutex<NamedThread?>(nil)

    init(control: ProberControl, log: Logger) {
        self.control = control
        self.log = log
    }

    func start(_ settings: ProbingSettings, switchLog: SwitchLog?) throws(Fatal) {
        let output = ProberOutput(
            window: { readings, _, stretch in self.board.post(readings, stretch: stretch) },
            lost: { target, error in self.note(target, error) },
            omitted: { self.noteOmitted($0) },
            ended: { target in if let worker = target.worker { self.board.noteEnd(of: worker) } })
        let prober = ProberSettings(
            window: max(.seconds(1), settings.window), isAligned: true,
            budget: ProbeBudget(perHundredWorkers: settings.budget), descriptorRoom: settings.descriptorRoom)
        let started = try Prober.start(settings: prober, output: output, control: control, switchLog: switchLog)
        thread.withLock { $0 = started }
    }

    func stop() {
        control.stop()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    /// An end is the sampler's news; anything else leaves the worker without lag.
    private func note(_ target: ProbedWorker.Target, _ error: ProcError) {
        if case .vanished = error { return }
        log.warning("pid \(target.pid) is not probed: \(error)")
    }

    private func noteOmitted(_ count: Int) {
        let before = omitted.exchange(count, ordering: .relaxed)
        if count > before { log.warning("\(count) workers are not probed: there are no descriptors left for them") }
    }
}

extension ProbedWorker.Target {
    init(_ worker: WorkerID) { self.init(pid: worker.pid, startTicks: worker.startTicks, worker: worker) }
}
