/// What one look says of a condition that is waited for.
enum WaitFinding: Hashable, Sendable {
    case holds
    /// It is known not to hold.
    case fails
    /// What it asks is not known.
    case untold
    /// Every host answered, and none has such a row.
    case nothing
    /// A host that has such a row, or may have one, does not answer.
    case silent

    /// - Parameters:
    ///   - answers: what the condition says of each row.
    ///   - isAny: whether one row is enough.
    ///   - unseen: whether there may be rows that are not among these.
    ///   - isSilent: whether a host whose word is needed does not give it.
    init(_ answers: [Bool?], isAny: Bool, unseen: Bool, isSilent: Bool) {
        if isAny ? answers.contains(true) : !answers.isEmpty && !unseen && answers.allSatisfy({ $0 == true }) {
            self = .holds
        } else if isSilent || unseen {
            self = .silent
        } else if answers.isEmpty {
            self = .nothing
        } else if isAny ? answers.allSatisfy({ $0 == false }) : answers.contains(false) {
            self = .fails
        } else {
            self = .untold
        }
    }

    /// Where it is what the last look said.
    var status: CommandStatus {
        switch self {
        case .holds: .done
        case .fails: .conditionFalse
        case .untold: .timedOut
        case .nothing: .nothingMatched
        case .silent: .unreachable
        }
    }
}
