public import Model

/// From which role up the logs of an app may be read over the network. They may hold what `read` does not show: what
/// customers sent, and secrets that no pattern finds. So looking at numbers does not imply them.
enum LogRight: Hashable, Sendable {
    case role(Role)
    case nobody

    /// Where the policy says nothing.
    static let usual = LogRight.role(.operator)
    static let nobodyWord = "nobody"

    func allows(_ role: Role) -> Bool {
        if case .role(let needed) = self { role >= needed } else { false }
    }

    /// The one that lets fewer read.
    func stricter(than other: LogRight) -> LogRight {
        guard case .role(let own) = self, case .role(let theirs) = other else { return .nobody }
        return .role(max(own, theirs))
    }
}

extension Policy {
    /// Why `peer` may not read what the app's workers log, and the line that would let them; `nil` where they may.
    /// The agent's own user and root can read the files anyway.
    public func objection(toLogsOf subject: PolicySubject, peer: Peer, role: Role) -> String? {
        switch peer {
        case .local:
            return role >= .admin ? nil : "over the unix socket only the agent's own user and root may read logs"
        case .agent, .rule: return "logs are for people only"
        case .person(_, let certified, _):
            let role = min(role, certified)
            let (right, place) = logRight(of: subject)
            guard !right.allows(role) else { return nil }
            let said = place.line == 0 ? "" : " (\(place.text))"
            switch right {
            case .nobody:
                return "logs of \(subject.app) are for nobody: the host's policy says so\(said)"
            case .role(let needed):
                let advice = place.line == 0 ? "; to change that, write" : "; instead, write"
                return "logs of \(subject.app) need the role \(needed.word), you are \(role.word)\(said)\(advice) "
                    + "apps: { \"\(subject.app)\": { logs: \"\(role.word)\" } } into the host's policy"
            }
        }
    }

    /// As `answer(toReadingBy:role:)`.
    public func answer(toLogsOf subject: PolicySubject, peer: Peer, role: Role) -> (isAllowed: Bool, reason: String) {
        let isAllowed = objection(toLogsOf: subject, peer: peer, role: role) == nil
        guard case .person = peer else { return (isAllowed, "over the unix socket this file does not count") }
        let (right, place) = logRight(of: subject)
        let word = if case .role(let needed) = right { "need role \(needed.word)" } else { "are for nobody" }
        return (isAllowed, place.line == 0 ? "logs \(word) where nothing else is said" : "\(place.text): logs \(word)")
    }

    /// Of an app whose rule says something, but whose `match` does not hold, the stricter of the rule and what is usual:
    /// a name alone opens nothing, and closes what it closes.
    private func logRight(of subject: PolicySubject) -> (right: LogRight, place: PolicyPlace) {
        guard let rule = rule(named: subject.app), let right = rule.logs else { return (logs, logsPlace) }
        var place = rule.place
        place.line = rule.place.logs
        if rule.match.holds(for: subject) { return (right, place) }
        return right.stricter(than: logs) == right ? (right, place) : (logs, logsPlace)
    }
}
