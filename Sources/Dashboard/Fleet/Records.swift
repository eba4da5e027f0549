import Model
import Wire

/// A command that this dashboard issued or heard of, and what became of it.
struct CommandRecord: Sendable {
    let command: CommandID
    let action: Action
    let target: CommandTarget
    /// Of the target's group, where it was known.
    let groupKey: String?
    /// `api#3`, `api`: as it was when it was asked for.
    let label: String
    /// `nil` while only we know of it.
    var issuer: String?
    /// Whether this dashboard issued it.
    var ours: Bool
    let issuedAt: MonotonicInstant
    let issuedWall: WallTime
    var acceptedAt: MonotonicInstant?
    var outcome: Outcome?
    /// When the link broke before an answer: what became of it is not known until the agent says.
    var lostAt: MonotonicInstant?
    /// The agent was asked again and does not know it, or it is too long ago to ask: it will not be known any more.
    var isForgotten = false

    /// It may have been done, and the host will say when it is back. A state of its own, and not a failure.
    var isUnknown: Bool { ours && outcome == nil && lostAt != nil && !isForgotten }
}

/// The end of a worker, for the list of exits of its slot.
struct ExitRecord: Sendable {
    let worker: WorkerID
    let groupKey: String
    let slot: UInt32
    let status: ExitStatus?
    /// Something of its cgroup was killed for memory at that time.
    var oomKilled = false
    /// On our clock and calendar.
    let at: MonotonicInstant
    let wall: WallTime
}

/// What an agent answered to a question, and when.
struct KnownAnswer: Sendable {
    let body: Answer.Body
    /// On our clock.
    let at: MonotonicInstant
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
    /// Of the end of a worker: how many in a row it was in its slot.
    var repeats = 1
    /// Tells it from all others of its host, in whatever order they come.
    var serial: UInt64 = 0
    /// About as much as it takes here.
    let byteCount: Int

    init(wall: WallTime, at: MonotonicInstant, level: Level, body: Body, repeats: Int = 1, serial: UInt64 = 0) {
        self.wall = wall
        self.at = at
        self.level = level
        self.body = body
        self.repeats = repeats
        self.serial = serial
        byteCount =
            switch body {
            case .agent(let told):
                Event(sequence: 0, monotonic: at, wall: wall, body: told).byteCount
            case .host(_, let text): text.utf8.count
            }
    }
}

extension Event {
    /// As it travels: an agent may make some of them as long as it likes.
    var byteCount: Int { Message.event(self).encoded().count }
}

/// What a host told and this dashboard did not keep, because it is more than one host may cost.
struct LeftOut: Equatable, Sendable {
    /// Events, outcomes and the like that came faster than they could be taken in.
    var told: UInt64 = 0
    /// What its agent kept of the time before; since the newest connection.
    var past = false
}
