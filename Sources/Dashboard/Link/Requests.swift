import Model
import Wire

/// What was asked of an agent and is not answered: commands, dry runs and questions.
///
/// Commands outlive the connection (`PendingCommands`); dry runs and questions do not.
struct Requests: Sendable {
    /// Dry runs of which an answer may still come; an older one's is nobody's any more.
    static let rehearsalsKept = 16

    private(set) var pending = PendingCommands()
    private(set) var questions = Questions()
    /// Newest last.
    private var rehearsals: [CommandID] = []

    /// - Parameter isReady: there is a connection to send on.
    mutating func issue(_ command: Command, isReady: Bool, now: MonotonicInstant) -> [Link.Effect] {
        if command.parameters.dryRun {
            guard isReady else { return [.emit(.rehearsed(command.id, .refused(.expired)))] }
            if rehearsals.count >= Self.rehearsalsKept { rehearsals.removeFirst() }
            rehearsals.append(command.id)
            return [.send(.command(command))]
        }
        if isReady, pending.add(command, sent: now) { return [.send(.command(command))] }
        // It never left: said at once, in the words for "can no longer begin", instead of being sent later by surprise.
        let outcome = Outcome(
            id: command.id, action: command.action, target: command.target, issuer: "", verdict: .refused(.expired))
        return [.emit(.outcome(outcome))]
    }

    mutating func accept(_ id: CommandID) -> [Link.Effect] {
        pending.accept(id)
        return [.emit(.accepted(id))]
    }

    mutating func take(_ outcome: Outcome) -> [Link.Effect] {
        if let index = rehearsals.firstIndex(of: outcome.id) {
            rehearsals.remove(at: index)
            return [.emit(.rehearsed(outcome.id, outcome.verdict))]
        }
        // Of a dry run that nobody waits for.
        if case .planned = outcome.verdict { return [] }
        switch pending.settle(outcome) {
        case .told: return [.emit(.outcome(outcome))]
        case .denied: return [.emit(.forgotten(outcome.id))]
        }
    }

    mutating func ask(_ question: Query.Body, isReady: Bool, now: MonotonicInstant) -> [Link.Effect] {
        guard isReady else { return [.emit(.answer(question, .unknown("the host is not connected")))] }
        switch questions.ask(question, now: now) {
        case .send(let query): return [.send(.query(query))]
        case .isAsked: return []
        case .tooMany: return [.emit(.answer(question, .unknown("too many questions at once")))]
        }
    }

    mutating func take(_ answer: Answer) -> [Link.Effect] {
        questions.settle(answer).map { [.emit(.answer($0, answer.body))] } ?? []
    }

    /// The connection is gone.
    mutating func lost() -> [Link.Effect] {
        rehearsals = []
        return questions.takeAll().map { .emit(.answer($0, .unknown("the connection ended before an answer"))) }
    }

    /// There is one again.
    mutating func again(now: MonotonicInstant) -> [Link.Effect] {
        let (commands, forgotten) = pending.repeated(now: now)
        return forgotten.map { .emit(.forgotten($0)) } + commands.map { .send(.command($0)) }
    }
}
