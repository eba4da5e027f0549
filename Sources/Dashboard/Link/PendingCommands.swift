import Model

/// Commands that were sent and have no outcome yet, oldest first.
///
/// When the link is lost the answer may be lost with it, so after a reconnect the same id is asked for again: the agent
/// answers what it did, and never does it twice. Three things keep that honest: once the command's time to live is over
/// it is repeated with none left, so that a command which never arrived is refused instead of starting by surprise; a run
/// of the agent that never saw the command is not asked, as it could only deny what its predecessor did; and the target
/// is a worker identity, never a pid.
struct PendingCommands: Sendable {
    struct Entry: Equatable, Sendable {
        let command: Command
        let sent: MonotonicInstant
        /// The run of the agent it was sent to.
        let run: Identifier128
        /// Repeated after its time to live: other content than the first time, for an agent that compares it all.
        fileprivate(set) var isLate = false
    }

    /// More than a person can have under way at one host.
    static let capacity = 256

    private(set) var entries: [Entry] = []

    /// Remembers a command that is being sent; `false` when there are too many already.
    mutating func add(_ command: Command, sent: MonotonicInstant, run: Identifier128) -> Bool {
        if entries.contains(where: { $0.command.id == command.id }) { return true }
        guard entries.count < Self.capacity else { return false }
        entries.append(Entry(command: command, sent: sent, run: run))
        return true
    }

    /// The agent gave its final answer; whether it says what became of the command. That an id came before with other
    /// content, said to a late repeat, only says that the first one did arrive: what it came to stays unknown.
    mutating func settle(_ outcome: Outcome) -> Bool {
        guard let index = entries.firstIndex(where: { $0.command.id == outcome.id }) else { return true }
        let entry = entries.remove(at: index)
        return !(entry.isLate && outcome.verdict == .refused(.idReused))
    }

    /// What to send again to a run of the agent after a reconnect; entries of an earlier run are given up.
    mutating func repeated(run: Identifier128, now: MonotonicInstant) -> [Command] {
        entries.removeAll { $0.run != run }
        for index in entries.indices where now - entries[index].sent >= entries[index].command.timeToLive {
            entries[index].isLate = true
        }
        return entries.map { entry in
            var command = entry.command
            if entry.isLate { command.timeToLive = .zero }
            return command
        }
    }
}
