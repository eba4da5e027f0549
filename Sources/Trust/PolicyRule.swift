internal import Model

/// What a policy says of one app.
struct PolicyRule: Hashable, Sendable {
    /// The weakest role that may do each action; one that is not in it is not allowed. `signal` is not in it.
    var roles: [Action: Role] = [:]
    /// The weakest role that may send each signal; empty where none may be sent.
    var signals: [UInt8: Role] = [:]
    /// Who may read logs; `nil` where the rule does not say.
    var logs: LogRight?
    var match = PolicyMatch()
    var restartsPerMinute: UInt32?
    var maxUnavailable: MaxUnavailable?
    var place = PolicyPlace()

    /// What asks a process to reload, reopen or resize, and ends none that knows it.
    static let usualSignals: [UInt8] = [1, 10, 12, 21, 22, 28]  // HUP, USR1, USR2, TTIN, TTOU, WINCH

    /// The rule of an action: what steers a roll goes by the rule of rolls, unless it has one of its own.
    func needed(for action: Action) -> Role? {
        switch action {
        case .pause, .resume, .abort, .hold, .release: roles[action] ?? roles[.roll]
        case .signal: signals.values.min()
        case .restart, .roll, .reload, .scale, .stop, .start: roles[action]
        }
    }

    /// Where that is said.
    func place(of action: Action) -> String { place.text(action) ?? place.text(.roll) ?? place.text }
}

/// Where a rule stands. Counts for nothing when rules are compared.
struct PolicyPlace: Hashable, Sendable {
    var file = ""
    var line = 0
    var actions: [Action: Int] = [:]
    /// Of what is said about logs; 0 where nothing is.
    var logs = 0

    static func == (left: PolicyPlace, right: PolicyPlace) -> Bool { true }
    func hash(into hasher: inout Hasher) {}

    var text: String { "\(file):\(line)" }
    func text(_ action: Action) -> String? { actions[action].map { "\(file):\($0)" } }
}

/// What must be true of a group, beside its name, for a rule to count: a name is what its worker says it is.
struct PolicyMatch: Hashable, Sendable {
    var unit: String?
    var executable: String?
    var uid: UInt32?
    var kind: GroupKind?

    /// As it is written in the file.
    var text: String {
        [
            unit.map { "unit \($0)" }, executable.map { "executable \($0)" }, uid.map { "user \($0)" },
            kind.map { "kind \($0.word)" },
        ].compactMap { $0 }.joined(separator: ", ")
    }

    /// Unknown is not equal.
    func holds(for subject: PolicySubject) -> Bool {
        (unit == nil || unit == subject.unit) && (executable == nil || executable == subject.executable)
            && (uid == nil || uid == subject.uid) && (kind == nil || kind == subject.kind)
    }
}

/// How many workers of a group a roll may take down at a time.
enum MaxUnavailable: Hashable, Sendable {
    case count(UInt32)
    case percent(UInt32)

    /// At least one: else nothing could ever be rolled.
    func limit(of workers: UInt32) -> UInt32 {
        switch self {
        case .count(let count): count
        case .percent(let percent): UInt32(clamping: max(1, UInt64(workers) * UInt64(percent) / 100))
        }
    }

    var text: String {
        switch self {
        case .count(let count): "\(count)"
        case .percent(let percent): "\(percent)%"
        }
    }
}
