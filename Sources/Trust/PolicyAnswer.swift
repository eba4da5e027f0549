public import Model

/// What a policy says to one question, and which line of it says so.
public struct PolicyAnswer: Sendable {
    /// `nil`: it is allowed.
    public var refusal: Refusal?
    /// `FILE:LINE: what is said there`, or that nothing is.
    public var reason: String
}

extension Policy {
    /// As `decide`, for a person who wants to know why.
    public func answer(_ command: Command, on subject: PolicySubject, peer: Peer, role: Role) -> PolicyAnswer {
        let refusal = decide(command, on: subject, peer: peer, role: role)
        return PolicyAnswer(refusal: refusal, reason: reason(refusal, command, on: subject, peer: peer))
    }

    /// The same for looking at the host.
    public func answer(toReadingBy peer: Peer, role: Role) -> (isAllowed: Bool, reason: String) {
        let text =
            readPlace.line == 0
            ? "no \"defaults: { read }\" says otherwise" : "\(readPlace.text): read: \(read.word)"
        return (objection(toReadingBy: peer, role: role) == nil, text)
    }

    /// What has to be true of the app for its rule to count; `nil` where its name is enough, or it has no rule.
    public func match(of app: String) -> String? {
        let text = rule(named: app)?.match.text ?? ""
        return text.isEmpty ? nil : text
    }

    /// What is known of a group of which only the name is: as if its `match` held.
    public func subject(namedOnly app: String) -> PolicySubject {
        let match = rule(named: app)?.match
        let manager = match?.unit.map { Manager(kind: .systemd, name: $0) }
        let info = GroupInfo(key: "", app: app, kind: match?.kind ?? .prefork, manager: manager)
        return PolicySubject(info: info, executable: match?.executable, uid: match?.uid, workers: 0)
    }

    private func reason(_ refusal: Refusal?, _ command: Command, on subject: PolicySubject, peer: Peer) -> String {
        guard case .person = peer else { return "over the unix socket this file does not count" }
        let word = command.action.word
        guard let (name, rule) = namedRule(of: subject.app) else {
            return "no rule for \"\(subject.app)\", and none for \"*\""
        }
        guard rule.match.holds(for: subject) else {
            return "\(rule.place.text): the rule of \"\(name)\" counts only for \(rule.match.text)"
        }
        guard let needed = rule.needed(for: command.action) else {
            return "\(rule.place.text): the rule of \"\(name)\" does not name \(word)"
        }
        let place = rule.place(of: command.action)
        if case .limit(_, let limit)? = refusal { return "\(place): \(limit)" }
        if case .role(_, let wanted, _)? = refusal { return "\(place): \(word) needs role \(wanted.word)" }
        // Each signal has its own.
        let signal = command.action == .signal ? command.parameters.signal.flatMap { rule.signals[$0] } : nil
        return "\(place): \(word) needs role \((signal ?? needed).word)"
    }

    private func namedRule(of app: String) -> (name: String, rule: PolicyRule)? {
        if let rule = apps[app] { return (app, rule) }
        return apps[Self.anyApp].map { (Self.anyApp, $0) }
    }
}
