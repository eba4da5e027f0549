import Model

/// Restarts of chosen workers, one after the other, as a value: it is told what the links say and answers what to do.
///
/// For each: *issued* → accepted → outcome. Without waiting the first `accepted` ends it; with several workers each is
/// awaited, because the next one of the same app would be refused and because a restart that went wrong should be the
/// last one. A link that breaks in between leaves the outcome unknown until the link, which asks again, has an answer.
struct RestartRun: Sendable {
    struct Job: Hashable, Sendable {
        var host: Int
        var worker: WorkerID
        /// `web-1/api#2`; hostile until made safe.
        var label: String
    }

    enum Effect: Hashable, Sendable {
        case issue(host: Int, Command)
        /// A line of result for stdout.
        case report(String)
        case finish(CommandStatus)
    }

    private let jobs: [Job]
    private let waits: Bool
    private let newID: @Sendable () -> CommandID
    private var current = 0
    private var command: Command?
    private var isAccepted = false
    private var isLinkLost = false
    private(set) var isOver = false

    init(_ jobs: [Job], waits: Bool, newID: @escaping @Sendable () -> CommandID = { .random() }) {
        self.jobs = jobs
        self.waits = waits || jobs.count > 1
        self.newID = newID
    }

    mutating func start() -> [Effect] { jobs.isEmpty ? finish(.nothingMatched) : issue() }

    mutating func handle(_ event: LinkEvent, from host: Int) -> [Effect] {
        guard !isOver, let command, host == jobs[current].host else { return [] }
        switch event {
        case .accepted(command.id):
            isLinkLost = false
            isAccepted = true
            guard !waits else { return [] }
            return [.report("\(jobs[current].label): accepted; not waiting for the outcome")] + finish(.done)
        case .outcome(let outcome) where outcome.id == command.id:
            return ended(outcome.verdict)
        case .event(let event):
            guard case .commandEnded(let outcome) = event.body, outcome.id == command.id else { return [] }
            return ended(outcome.verdict)
        case .lost(let failure, _):
            isLinkLost = true
            // Nobody will ask again before somebody changed certificates: more waiting tells nothing.
            return failure.needsAPerson ? unknown(failureText(failure)) : []
        case .connecting, .connected, .measured, .snapshot, .accepted, .outcome, .draining: return []
        }
    }

    /// The time is over.
    mutating func timedOut() -> [Effect] {
        guard !isOver, command != nil else { return [] }
        if isLinkLost { return unknown("the link was lost") }
        let what = isAccepted ? "accepted, but not finished in time; it goes on" : "no answer in time"
        return [.report("\(jobs[current].label): \(what)")] + untried() + finish(.timedOut)
    }

    private mutating func issue() -> [Effect] {
        let command = Command(id: newID(), action: .restart, target: jobs[current].worker)
        self.command = command
        isAccepted = false
        isLinkLost = false
        return [.issue(host: jobs[current].host, command)]
    }

    private mutating func ended(_ verdict: Verdict) -> [Effect] {
        let job = jobs[current]
        let report = Effect.report("\(job.label): \(verdictText(verdict, target: job.worker))")
        let status = CommandStatus(verdict)
        guard status == .done else { return [report] + untried() + finish(status) }
        current += 1
        if current == jobs.count { return [report] + finish(.done) }
        return [report] + issue()
    }

    private mutating func unknown(_ reason: String) -> [Effect] {
        let known = isAccepted ? "the agent had accepted it" : "whether the agent accepted it is not known"
        let report = Effect.report("\(jobs[current].label): outcome unknown: \(reason); \(known)")
        return [report] + untried() + finish(.unknownOutcome)
    }

    /// What was not begun because of what came before.
    private func untried() -> [Effect] {
        jobs.dropFirst(current + 1).map { .report("\($0.label): not tried") }
    }

    private mutating func finish(_ status: CommandStatus) -> [Effect] {
        isOver = true
        return [.finish(status)]
    }
}
