import Model

/// Commands that were sent and have no outcome yet, oldest first.
///
/// When the link is lost the answer may be lost with it, so after a reconnect the same id is asked for again, of a new run
/// of the agent too: it has a journal, and answers what was done, or that it was interrupted; never does it anything twice.
/// Two things keep that honest. Once the command's time to live is over it is repeated with none left, so that a command
/// which never arrived is refused instead of starting by surprise. And an agent that denies what an agent had accepted, or
/// that is asked later than its journal reaches, settles nothing: what became of the command stays unknown.
struct PendingCommands: Sendable {
    struct Entry: Equatable, Sendable {
        let command: Command
        let sent: MonotonicInstant
        fileprivate(set) var isAccepted = false
        /// Asked for a second time, after a reconnect.
        fileprivate(set) var isRepeated = false
        /// Repeated after its time to live, with none left.
        fileprivate(set) var isLate = false
    }

    enum Settlement: Equatable, Sendable {
        /// This is what became of it.
        case told
        /// The answer is about the repetition only: what became of the command is not known, and will not be.
        case denied
    }

    /// More than a person can have under way at one host.
    static let capacity = 256
    /// An agent remembers answers for a day; asked later it could only deny.
    static let remembered = Duration.seconds(23 * 3600)

    private(set) var entries: [Entry] = []

    /// Remembers a command that is being sent; `false` when there are too many already.
    mutating func add(_ command: Command, sent: MonotonicInstant) -> Bool {
        if entries.contains(where: { $0.command.id == command.id }) { return true }
        guard entries.count < Self.capacity else { return false }
        entries.append(Entry(command: command, sent: sent))
        return true
    }

    mutating func accept(_ id: CommandID) {
        guard let index = entries.firstIndex(where: { $0.command.id == id }) else { return }
        entries[index].isAccepted = true
    }

    /// The agent gave its final answer.
    mutating func settle(_ outcome: Outcome) -> Settlement {
        guard let index = entries.firstIndex(where: { $0.command.id == outcome.id }) else { return .told }
        let entry = entries.remove(at: index)
        guard entry.isRepeated, case .refused(let refusal) = outcome.verdict else { return .told }
        switch refusal {
        // That an id came before with other content only says that the first one did arrive.
        case .idReused: return .denied
        // Accepted commands are on the agent's disk: this one's was lost, or another agent answers.
        case .expired: return entry.isAccepted ? .denied : .told
        default: return .told
        }
    }

    /// What to send again after a reconnect, and what it is too late to ask for.
    mutating func repeated(now: MonotonicInstant) -> (commands: [Command], forgotten: [CommandID]) {
        let forgotten = entries.filter { now - $0.sent >= Self.remembered }.map(\.command.id)
        entries.removeAll { now - $0.sent >= Self.remembered }
        for index in entries.indices {
            entries[index].isRepeated = true
            if now - entries[index].sent >= entries[index].command.timeToLive { entries[index].isLate = true }
        }
        let commands = entries.map { entry in
            var command = entry.command
            if entry.isLate { command.timeToLive = .zero }
            return command
        }
        return (commands, forgotten)
    }
}
