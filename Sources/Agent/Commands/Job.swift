import Control
import Model

/// A command with everything the agent knows of who asked and what it is aimed at.
struct CommandAttempt: Sendable {
    var request: CommandRequest
    var peer: Peer
    var role: Role
    /// The watched worker that has the target's pid now.
    var worker: LiveWorker?
    /// The target, or the group of the target.
    var group: LiveGroup?

    var command: Command { request.command }

    func outcome(_ verdict: Verdict) -> Outcome {
        Outcome(
            id: command.id, action: command.action, target: command.target, issuer: request.issuer, verdict: verdict)
    }
}

/// Somebody who asked and has not been answered.
struct Waiting {
    /// What answers it.
    enum Until {
        /// The machine's report.
        case report
        /// Nothing is under way any more: for `pause`, and an `abort` of what had reported already.
        case rest
    }

    let attempt: CommandAttempt
    let until: Until
    private(set) var sinks: [CommandDesk.Sink]

    init(_ attempt: CommandAttempt, until: Until, sink: @escaping CommandDesk.Sink) {
        self.attempt = attempt
        self.until = until
        sinks = [sink]
    }

    /// One more who wants the outcome; the oldest is given up beyond the limit.
    mutating func add(_ sink: @escaping CommandDesk.Sink) {
        if sinks.count >= CommandDesk.sinkLimit { sinks.removeFirst() }
        sinks.append(sink)
    }
}

/// What is being carried out for one command or several, or a roll that waits to go on. Belongs to the desk, which alone
/// touches it.
final class Job {
    /// The command that began it.
    var origin: CommandAttempt
    let groupKey: String
    let began: MonotonicInstant
    var machine: JobMachine
    /// What has to start a worker anew, kept hold of so that its end is seen; `nil` where there is none or it may not be looked
    /// at.
    var master: (any ProcessHandle)?
    /// In the order in which they asked.
    var waiting: [Waiting] = []
    /// Of what was verified, for as long as it can be signalled.
    var handles: [JobPart: any ProcessHandle] = [:]
    /// The lease under which it runs, where it runs under one.
    var hold: CommandID?
    /// Workers of which the ledger knows that they are ended by this.
    var noted: Set<WorkerID> = []
    /// Forgets a roll that failed, in the end.
    var rest: CommandClock.Cancel?
    var poll: CommandClock.Cancel?
    private var timers: [JobTimer: CommandClock.Cancel] = [:]
    private(set) var questions: [UInt64: Task<Void, Never>] = [:]
    private var lastQuestion: UInt64 = 0

    var id: CommandID { origin.command.id }

    init(_ origin: CommandAttempt, groupKey: String, machine: JobMachine, began: MonotonicInstant) {
        self.origin = origin
        self.groupKey = groupKey
        self.began = began
        self.machine = machine
    }

    func arm(_ timer: JobTimer, _ cancel: @escaping CommandClock.Cancel) {
        timers.updateValue(cancel, forKey: timer)?()
    }

    func disarm(_ timer: JobTimer) { timers.removeValue(forKey: timer)?() }

    /// Begins to ask somebody who takes his time.
    func ask(_ question: (_ number: UInt64) -> Task<Void, Never>) {
        lastQuestion += 1
        questions[lastQuestion] = question(lastQuestion)
    }

    /// Whether the answer to that question is still waited for; no longer from here on.
    func takesAnswer(_ number: UInt64) -> Bool { questions.removeValue(forKey: number) != nil }

    /// A roll that rests goes on.
    func wake() {
        rest?()
        rest = nil
    }

    /// Lets go of everything that goes on: nothing comes back from it.
    func settle() {
        for cancel in timers.values { cancel() }
        timers = [:]
        for task in questions.values { task.cancel() }
        questions = [:]
        handles = [:]
        poll?()
        poll = nil
        rest?()
        rest = nil
    }
}
