import Model

/// A command that this dashboard issued or heard of, and what became of it.
struct CommandRecord: Sendable {
    let command: CommandID
    let target: WorkerID
    /// `nil` while only we know of it.
    var issuer: String?
    /// Whether this dashboard issued it.
    var ours: Bool
    let issuedAt: MonotonicInstant
    let issuedWall: WallTime
    var acceptedAt: MonotonicInstant?
    var outcome: Outcome?
    /// Set when the link broke before an answer: what became of it is not known until the agent says.
    var linkLost = false
}

/// The end of a worker, for the list of exits of its slot.
struct ExitRecord: Sendable {
    let worker: WorkerID
    let groupKey: String
    let slot: UInt32
    let status: ExitStatus?
    /// On our clock and calendar.
    let at: MonotonicInstant
    let wall: WallTime
}

/// A line of the message area.
struct LogEntry: Sendable {
    enum Body: Sendable {
        case agent(Event.Body)
        /// The host became this; `text` says what and why.
        case host(HostState, text: String)
    }

    /// On our calendar: the agent's time minus the measured offset of its clock.
    let wall: WallTime
    let at: MonotonicInstant
    let level: Level
    let body: Body
}
