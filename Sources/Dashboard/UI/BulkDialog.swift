import Model

/// Asks before something is done to several workers or apps, and then shows how it goes. What it names is frozen when it
/// opens. Each host rehearses what would be done there, one after the other.
///
/// Stages: *asking* (Cancel focused) → `y` → where a host is in a protected context *naming* (the context's name is
/// typed, Enter) → *running*: one after the other, and the first that goes wrong is the last one.
struct BulkDialog: Sendable {
    struct Part: Sendable {
        let subject: ActionSubject
        /// The protected context of its host.
        let protectedBy: String?
        var rehearsal: ActionDialog.Rehearsal?
        /// Why it is left out.
        var bar: String?

        var warnings: [String] { rehearsal?.plan?.warnings ?? [] }
        var isPlanned: Bool { bar == nil && rehearsal?.plan != nil }

        var isWaiting: Bool {
            if case .told? = rehearsal { false } else { bar == nil }
        }
    }

    let action: Action
    let openedAt: MonotonicInstant
    private(set) var parts: [Part]
    var naming: Naming?
    var focus = ActionDialog.Button.cancel
    var scroll = 0

    init(_ action: Action, _ subjects: [ActionSubject], _ fleet: Fleet, now: MonotonicInstant) {
        self.action = action
        openedAt = now
        parts = subjects.map { Part(subject: $0, protectedBy: fleet.hosts[$0.host].protectedBy) }
        check(fleet)
    }

    var planned: [Part] { parts.filter(\.isPlanned) }
    /// Hosts that have not said yet what they would do.
    var waiting: Int { parts.count(where: \.isWaiting) }
    var canConfirm: Bool { waiting == 0 && !planned.isEmpty }
    /// The context whose name is to be typed.
    var protectedBy: String? { planned.lazy.compactMap(\.protectedBy).first }

    mutating func check(_ fleet: Fleet) {
        for index in parts.indices where parts[index].bar == nil {
            let part = parts[index]
            let host = fleet.hosts[part.subject.host]
            parts[index].bar =
                part.subject.change(on: host) ?? host.actionBar ?? part.rehearsal?.refusal
                ?? host.unknownCommand(onGroup: part.subject.groupKey).map(host.unknownText)
        }
        if !canConfirm { focus = .cancel }
        if naming != nil, !canConfirm { naming = nil }
    }

    /// Those to be rehearsed now: one at a time of each host, so that nothing is refused for being too much at once.
    mutating func rehearse(_ newID: () -> CommandID) -> [(host: Int, Command)] {
        var busy: Set<Int> = []
        for part in parts { if case .asked? = part.rehearsal, part.bar == nil { busy.insert(part.subject.host) } }
        var commands: [(host: Int, Command)] = []
        for index in parts.indices where parts[index].rehearsal == nil && parts[index].bar == nil {
            guard busy.insert(parts[index].subject.host).inserted else { continue }
            let id = newID()
            parts[index].rehearsal = .asked(id)
            commands.append((parts[index].subject.host, rehearsal(of: parts[index], id)))
        }
        return commands
    }

    /// Whether it was asked here.
    mutating func rehearsed(_ id: CommandID, _ verdict: Verdict) -> Bool {
        let index = parts.firstIndex { if case .asked(id)? = $0.rehearsal { true } else { false } }
        guard let index else { return false }
        parts[index].rehearsal = .told(verdict)
        return true
    }

    /// What is done, one after the other.
    var jobs: [CommandRun.Job] {
        planned.map { part in
            CommandRun.Job(
                host: part.subject.host, action: action, target: part.subject.target, parameters: parameters(part),
                grace: ActionDialog.grace, label: "\(part.subject.hostName)/\(part.subject.label)")
        }
    }

    private func parameters(_ part: Part) -> CommandParameters {
        CommandParameters(warned: !part.warnings.isEmpty, reason: naming?.reason ?? "")
    }

    private func rehearsal(of part: Part, _ id: CommandID) -> Command {
        Command(
            id: id, action: action, target: part.subject.target, parameters: CommandParameters(dryRun: true),
            grace: ActionDialog.grace)
    }
}

/// Something that is being done to several workers or apps, one after the other. Ends with the first that goes wrong, or
/// when somebody stops it; what is under way then ends by itself.
struct BulkRun: Sendable {
    let action: Action
    let count: Int
    private(set) var run: CommandRun
    /// What became of those that were tried, and what was not tried.
    private(set) var reports: [String] = []
    /// The last thing that was said of the one under way.
    private(set) var news = ""
    private(set) var status: CommandStatus?
    private(set) var isStopped = false
    var scroll = 0

    var isOver: Bool { status != nil }

    init(_ action: Action, _ jobs: [CommandRun.Job], newID: @escaping @Sendable () -> CommandID) {
        self.action = action
        count = jobs.count
        run = CommandRun(jobs, waits: true, newID: newID)
    }

    /// `restart 3 of 12: web-1/api#2 under way`
    var line: String {
        let head = "\(action.word) of \(count): "
        switch status {
        case nil:
            let place = "\(run.place + 1) of \(count), \(run.label ?? "") under way"
            return "\(action.word) " + place + (news.isEmpty ? "" : ": \(news)")
                + (isStopped ? "; the rest is left" : "")
        case .done?: return head + (isStopped ? "stopped after \(run.place)" : "all done")
        case _?: return head + (failure.map { "stopped: \($0)" } ?? "stopped")
        }
    }

    var level: Level { status == nil || status == .done ? .ok : .crit }

    private static let untried = ": not tried"
    private var failure: String? { reports.last { !$0.hasSuffix(Self.untried) } }

    mutating func start() -> [(host: Int, Command)] { take(run.start()) }
    mutating func handle(_ event: LinkEvent, from host: Int) -> [(host: Int, Command)] {
        take(run.handle(event, from: host))
    }

    /// Nothing more is begun.
    mutating func stop() {
        guard !isOver else { return }
        isStopped = true
        run.dropRest()
    }

    /// Returns what is to be sent.
    private mutating func take(_ effects: [CommandRun.Effect]) -> [(host: Int, Command)] {
        var commands: [(host: Int, Command)] = []
        for effect in effects {
            switch effect {
            case .issue(let host, let command):
                news = ""
                commands.append((host, command))
            case .report(let line): reports.append(line)
            case .note(let line): news = line
            case .finish(let status): self.status = status
            }
        }
        return commands
    }
}
