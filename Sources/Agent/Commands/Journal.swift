import Model

/// What the audit log says of earlier runs of the agent: answers that hold, commands without one, and lessons.
struct Journal: Sendable {
    struct Known: Sendable {
        var request: CommandRequest
        var outcome: Outcome
        /// How long ago it was answered.
        var age: Duration
    }

    struct Lesson: Sendable {
        var groupKey: String
        var verdict: Verdict
    }

    /// How far back it reaches.
    static let span = Duration.seconds(24 * 3600)

    private(set) var finished: [Known] = []
    /// In the order in which they began.
    private(set) var left: [LeftCommand] = []
    private(set) var lessons: [Lesson] = []

    init() {}

    /// The log of a directory.
    /// - Parameters:
    ///   - now: on the clocks of the running boot.
    /// - Returns: also what of it cannot be read.
    static func read(directory: String, boot: BootID, now: Moment) -> (journal: Journal, faults: [String]) {
        let since = now.wall.nanoseconds.subtractingReportingOverflow(span.nanoseconds).partialValue
        let reading = AuditReader.read(
            directory: directory, since: WallTime(nanoseconds: since), present: (boot, now.monotonic - span),
            skipping: .refused)
        return (Journal(reading.entries, now: now.wall, present: (boot, now.monotonic)), reading.faults)
    }

    /// - Parameters:
    ///   - now: wall clock times are all there is across boots; one that was set back counts as just now.
    ///   - present: the running boot and its clock, which tells the age of what it wrote itself, whatever became of the
    ///     calendar meanwhile: an answer that seems a year old must not be forgotten.
    init(_ entries: [AuditEntry], now: WallTime, present: (boot: BootID, now: MonotonicInstant)? = nil) {
        var open: [CommandID: LeftCommand] = [:]
        var order: [CommandID] = []
        for entry in entries {
            switch entry.kind {
            case .intent:
                open[entry.id] = LeftCommand(entry)
                order.append(entry.id)
            case .step:
                guard let verdict = entry.outcome?.verdict else { continue }
                open[entry.id]?.steps.append(LeftCommand.Step(slot: entry.slot, verdict: verdict))
                if let key = entry.group { lessons.append(Lesson(groupKey: key, verdict: verdict)) }
            case .result, .refused, .interrupted:
                // Another command under an id that was taken says nothing about that id.
                guard let outcome = entry.outcome, outcome.verdict != .refused(.idReused),
                    let begun = open[entry.id]
                else { continue }
                open[entry.id] = nil
                if let key = begun.groupKey { lessons.append(Lesson(groupKey: key, verdict: outcome.verdict)) }
                guard let request = begun.request else { continue }
                finished.append(
                    Known(request: request, outcome: outcome, age: Self.age(entry, now: now, present: present)))
            }
        }
        finished = finished.suffix(CommandDesk.finishedLimit)
        left = order.compactMap { open.removeValue(forKey: $0) }.suffix(Self.leftLimit)
    }

    /// More can hardly be: so many are under way at a time, in each of a few runs.
    private static let leftLimit = 1024

    private static func age(
        _ entry: AuditEntry, now: WallTime, present: (boot: BootID, now: MonotonicInstant)?
    ) -> Duration {
        let isOfBoot = present.map { $0.boot == entry.boot } ?? false
        let age =
            if isOfBoot, let present, let then = entry.monotonic { present.now - then } else {
                now.elapsed(since: entry.time) ?? .zero
            }
        return min(max(.zero, age), span)
    }
}

/// A command that an earlier run of the agent was going to carry out and of which it left no result.
struct LeftCommand: Sendable {
    var id: CommandID
    var command: Command?
    var issuer: String
    var role: Role
    var groupKey: String?
    var app: String?
    var slot: UInt32?
    /// When its intent was written, on the monotonic clock of that boot.
    var boot: BootID?
    var since: MonotonicInstant
    /// A worker of a roll that had its verdict.
    struct Step: Sendable {
        var slot: UInt32?
        var verdict: Verdict
    }

    var steps: [Step] = []
    /// Who asked again meanwhile.
    private(set) var sinks: [CommandDesk.Sink] = []

    init(_ intent: AuditEntry) {
        id = intent.id
        command = intent.command
        issuer = intent.issuer
        role = intent.role ?? .viewer
        groupKey = intent.command?.target.group?.key ?? intent.group
        app = intent.app
        slot = intent.slot
        boot = intent.boot
        since = intent.monotonic ?? MonotonicInstant(nanoseconds: 0)
    }

    /// `nil` where another version of the agent wrote it in a form that is not understood.
    var request: CommandRequest? { command.map { CommandRequest(command: $0, issuer: issuer) } }

    /// Workers of a roll that had been replaced.
    var replaced: [Step] {
        steps.filter { if case .replaced = $0.verdict { true } else { false } }
    }

    /// `restart of web#3`, as far as it is known.
    var name: String {
        let action = command?.action.word ?? "command"
        guard let place = app ?? groupKey else { return "\(action) \(id.hex.prefix(8))" }
        return "\(action) of \(place)" + (slot.map { "#\($0)" } ?? "")
    }

    /// How far it had got. What was begun after its intent is not in the log: nobody can say whether a signal went.
    var progress: String {
        switch command?.action {
        case .restart?, .signal?:
            return (slot.map { "slot \($0): " } ?? "") + "a signal may have been sent"
        case .roll?, .resume?:
            let slots = replaced.compactMap(\.slot).map { "\($0)" }.joined(separator: ", ")
            let done = "\(replaced.count) workers had been replaced" + (slots.isEmpty ? "" : " (slot \(slots))")
            return "\(done), and the next may have been signalled"
        case .reload?, .scale?, .stop?, .start?: return "a signal may have been sent, or a manager asked"
        case .pause?, .abort?, .hold?, .release?, nil: return ""
        }
    }

    mutating func add(_ sink: @escaping CommandDesk.Sink) {
        if sinks.count >= CommandDesk.sinkLimit { sinks.removeFirst() }
        sinks.append(sink)
    }
}
