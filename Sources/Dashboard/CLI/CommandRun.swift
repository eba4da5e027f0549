import Console
import Model

/// Commands on chosen targets, one after the other, as a value: it is told what the links say and answers what to do.
///
/// For each: *issued* → accepted → outcome. Without waiting the first `accepted` ends it; several are each awaited, because
/// the next one of the same app would be refused and because one that went wrong should be the last one. A link that
/// breaks in between leaves the outcome unknown until the link, which asks again, has an answer. A dry run is answered at
/// once with its plan.
struct CommandRun: Sendable {
    struct Job: Hashable, Sendable {
        var host: Int
        var action: Action
        var target: CommandTarget
        var parameters = CommandParameters()
        var grace = Duration.seconds(10)
        /// `web-1/api#2`; hostile until made safe.
        var label: String

        func command(_ id: CommandID) -> Command {
            Command(id: id, action: action, target: target, parameters: parameters, grace: grace)
        }
    }

    enum Effect: Hashable, Sendable {
        case issue(host: Int, Command)
        /// A line of result for stdout.
        case report(String)
        /// A line about what is going on, for stderr.
        case note(String)
        case finish(CommandStatus)
    }

    private var jobs: [Job]
    private let waits: Bool
    private let newID: @Sendable () -> CommandID
    private var current = 0
    /// How many have been done.
    var place: Int { current }
    /// Of the one under way.
    var label: String? { jobs.indices.contains(current) ? jobs[current].label : nil }
    private var command: Command?
    private var isAccepted = false
    private var isLinkLost = false
    /// What the roll of this command said last.
    private var progress = ""
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
        case .outcome(let outcome) where outcome.id == command.id: return ended(outcome.verdict)
        case .rehearsed(command.id, let verdict): return rehearsed(verdict)
        case .forgotten(command.id): return unknown("asked again, the agent does not know it")
        case .event(let event): return happened(event.body, command.id)
        case .lost(let failure, _):
            isLinkLost = true
            // Nobody will ask again before somebody changed certificates: more waiting tells nothing.
            return failure.needsAPerson ? unknown(failureText(failure)) : []
        case .connecting, .connected, .measured, .traffic, .snapshot, .accepted, .outcome, .rehearsed, .forgotten,
            .answer, .denyListVersion, .draining, .leftOut:
            return []
        }
    }

    /// Nothing is begun after the one under way.
    mutating func dropRest() { jobs.removeSubrange(min(current + 1, jobs.count)...) }

    /// The time is over.
    mutating func timedOut() -> [Effect] {
        guard !isOver, command != nil else { return [] }
        if isLinkLost { return unknown("the link was lost") }
        let what = isAccepted ? "accepted, but not finished in time; it goes on" : "no answer in time"
        return [.report("\(jobs[current].label): \(what)")] + untried() + finish(.timedOut)
    }

    private mutating func issue() -> [Effect] {
        let command = jobs[current].command(newID())
        self.command = command
        isAccepted = false
        isLinkLost = false
        return [.issue(host: jobs[current].host, command)]
    }

    private mutating func happened(_ event: Event.Body, _ id: CommandID) -> [Effect] {
        switch event {
        case .commandEnded(let outcome) where outcome.id == id: return ended(outcome.verdict)
        case .roll(let roll, _, _) where roll.id == id || roll.id == command?.parameters.subject:
            let line = roll.line(columns: 200)
            guard line != progress else { return [] }
            progress = line
            return [.note("\(jobs[current].label): \(line)")]
        default: return []
        }
    }

    private mutating func ended(_ verdict: Verdict) -> [Effect] {
        let job = jobs[current]
        let report = Effect.report("\(job.label): \(verdictText(verdict, target: job.target))")
        let hint: [Effect] = verdict.needsAWarning ? [.note("--accept-warnings does it all the same")] : []
        return [report] + hint + next(after: CommandStatus(verdict, of: job.action))
    }

    private mutating func rehearsed(_ verdict: Verdict) -> [Effect] {
        let job = jobs[current]
        guard case .planned(let plan) = verdict else { return ended(verdict) }
        return [.report("\(job.label): \(job.action.word) would do")] + plan.lines.map { .report("  " + $0) }
            + next(after: .done)
    }

    private mutating func next(after status: CommandStatus) -> [Effect] {
        guard status == .done else { return untried() + finish(status) }
        current += 1
        return current == jobs.count ? finish(.done) : issue()
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

extension Verdict {
    fileprivate var needsAWarning: Bool {
        if case .refused(.warning) = self { true } else { false }
    }
}

extension Plan {
    /// Steps in their order, then what has to be seen, then what one should know first.
    var lines: [String] {
        var lines = steps.enumerated().map { "\($0 + 1). \($1.text.string)" }
        if omittedSteps > 0 { lines.append("and \(omittedSteps) more") }
        if steps.isEmpty { lines.append("nothing is sent") }
        return lines + success.map { "success: \($0)" } + warnings.map { "warning: \($0)" }
    }
}
