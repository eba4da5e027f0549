import Control
import Model

@testable import Agent
@testable import Dashboard

/// What must never be, as it is seen from outside of all programs.
final class Checker: @unchecked Sendable {
    private let timeline: Timeline
    private(set) var violations: [String] = []
    /// How often each thing was looked at: a checker that has seen nothing proves nothing.
    private(set) var counts: [String: Int] = [:]

    /// Who was to be ended by a command, in which run of the agent.
    private struct Deed {
        let worker: WorkerID
        let run: Identifier128
        var signals: [Int32] = []
    }
    private var commands: [CommandID: Command] = [:]
    private var deeds: [CommandID: [Deed]] = [:]
    /// By run and worker: for which command it was noted last.
    private var noted: [Identifier128: [WorkerID: CommandID]] = [:]

    /// Those of which a full disk took no intent. A roll is paused or aborted all the same; where the agent is killed before there is
    /// room, nobody will ever know of the order, and the dashboard says so.
    var unrecorded: Set<CommandID> = []
    private var concluded: [CommandID: Verdict] = [:]
    /// Runs in which a roll was resumed.
    private var resumed: Set<Identifier128> = []

    init(timeline: Timeline) { self.timeline = timeline }

    func fail(_ rule: String, _ text: @autoclosure () -> String) {
        let line = "\(rule) at \(timeline.now.nanoseconds / 1_000_000) ms: \(text())"
        timeline.tell { "VIOLATION \(line)" }
        violations.append(line)
    }

    func count(_ what: String) { counts[what, default: 0] += 1 }

    func issued(_ command: Command) {
        commands[command.id] = command
        count("commands")
    }

    // MARK: R1, R3: deeds

    /// A run of an agent says that it is about to end a worker.
    func noted(_ worker: WorkerID, by id: CommandID, run: Identifier128) {
        timeline.note("noted \(worker.pid) for \(id.low)")
        count("deeds")
        noted[run, default: [:]][worker] = id
        let before = deeds[id, default: []]
        if let command = commands[id], command.action == .restart, !before.isEmpty {
            fail("R1", "restart \(id.low) is executed a second time")
        } else if before.contains(where: { $0.worker == worker }) {
            fail("R1", "\(id.low) ends \(worker.pid) a second time")
        }
        deeds[id, default: []].append(Deed(worker: worker, run: run))
    }

    /// A signal went to a process. `meant`: the process that the agent had asked the kernel for.
    func signalled(_ number: Int32, to process: SimulatedProcess, meant: WorkerID, run: Identifier128) {
        timeline.note("signal \(number) to \(process.id.pid)")
        count("signals")
        if process.id != meant { fail("R3", "signal \(number) meant for \(meant) reached \(process.id)") }
        guard let id = noted[run]?[meant], let index = deeds[id]?.lastIndex(where: { $0.worker == meant }) else {
            return fail("R3", "signal \(number) to \(meant.pid), which no command names")
        }
        if let target = commands[id]?.target.worker, target != process.id {
            fail("R3", "command \(id.low) names \(target), signal \(number) reached \(process.id)")
        }
        // A roll that goes on may signal again whom it has noted before.
        if deeds[id]?[index].signals.contains(number) == true, !resumed.contains(run) {
            fail("R1", "signal \(number) for \(id.low) to \(meant.pid) a second time")
        }
        deeds[id]?[index].signals.append(number)
    }

    func resumes(in run: Identifier128) { resumed.insert(run) }

    func signals(for id: CommandID) -> Int { deeds[id]?.reduce(0) { $0 + $1.signals.count } ?? 0 }

    // MARK: R10: verdicts

    /// An agent is about to record, or to tell, what a command came to.
    func concluded(
        _ id: CommandID, _ action: Action, _ target: CommandTarget, _ verdict: Verdict, on machine: SimulatedMachine
    ) {
        // Written or told again later, it may not be true any more.
        guard concluded.updateValue(verdict, forKey: id) != verdict else { return }
        timeline.note("\(id.low) is \(verdict.name)")
        count("verdict \(verdict.name)")
        guard action == .restart, let target = target.worker else { return }
        switch verdict {
        case .replaced(let evidence):
            if machine.lives(target) { fail("R10", "\(id.low) is replaced, but its target lives") }
            guard let new = evidence.replacement.flatMap({ machine.known[$0] }) else {
                return fail("R10", "\(id.low) is replaced by nobody who ever was")
            }
            // Where the kernel will not tell, the last sweep's word stands.
            if !new.lives, new.ended != timeline.now, !new.isForeign {
                fail("R10", "\(id.low) is replaced by \(new.id), which is dead")
            }
            if let stable = commands[id]?.parameters.roll.stable, timeline.now - new.born < stable {
                fail("R10", "\(id.low) is replaced by \(new.id), which is too young")
            }
            if commands[id]?.parameters.roll.ready != nil, !new.isReady(timeline.now) {
                fail("R10", "\(id.low) is replaced by \(new.id), which is not ready")
            }
            if new.app == nil || new.id.startTicks <= target.startTicks {
                fail("R10", "\(id.low) is replaced by \(new.id), which is no new worker")
            }
            checkDurations(evidence, of: id)
        case .unkillable(let evidence):
            if !machine.lives(target) { fail("R14", "\(id.low) is unkillable, but its target is gone") }
            checkDurations(evidence, of: id)
        case .notReplaced(let evidence), .crashLoop(let evidence), .zombieLeft(let evidence):
            if machine.lives(target) { fail("R10", "\(id.low) ended nothing: its target lives") }
            checkDurations(evidence, of: id)
        case .refused, .targetChanged:
            if signals(for: id) > 0 {
                fail("R2", "\(id.low) is \(verdict.name), but signalled")
            }
        default: break
        }
    }

    /// R15: an hour is far more than anything takes here, and far less than the calendar jumps.
    private func checkDurations(_ evidence: RestartEvidence, of id: CommandID) {
        let durations = [evidence.exited, evidence.replaced].compactMap { $0 } + evidence.signals.map(\.after)
        if durations.contains(where: { $0 < .zero || $0 > .seconds(3600) }) {
            fail("R15", "durations of \(id.low): \(durations)")
        }
    }

    /// A dashboard shows what became of a command of its own.
    func shown(_ outcome: Outcome, before: Outcome?) {
        if case .refused = outcome.verdict, signals(for: outcome.id) > 0 {
            fail("R2", "\(outcome.id.low) is shown as \(outcome.verdict), but a signal was sent")
        }
        // A roll that failed may be resumed and come to another end.
        if let before, before.verdict != outcome.verdict, outcome.action != .roll {
            fail("R2", "\(outcome.id.low) was shown as \(before.verdict), then as \(outcome.verdict)")
        }
    }
}

extension Verdict {
    var name: String {
        switch self {
        case .replaced: "replaced"
        case .notReplaced: "not replaced"
        case .targetChanged: "target changed"
        case .refused(let refusal):
            switch refusal {
            case .expired: "expired"
            case .busy: "busy"
            case .auditUnavailable: "audit unavailable"
            case .notAWorker: "not a worker"
            case .notPermitted: "not permitted"
            default: "refused"
            }
        case .timedOut: "timed out"
        case .zombieLeft: "zombie left"
        case .orphanHoldsPort: "orphan holds port"
        case .crashLoop: "crash loop"
        case .unkillable: "unkillable"
        case .notReady: "not ready"
        case .managerFailed: "manager failed"
        case .interrupted: "interrupted"
        case .done: "done"
        case .failed: "failed"
        case .rolled(let roll): "roll \(roll.state)"
        case .planned: "planned"
        }
    }
}
