import Control
import Model

/// What a dashboard asks about a worker or group. Reading is for everybody.
extension CommandDesk {
    /// - Parameter peer: offers are told as they are for whoever asks.
    func answer(_ question: Query.Body, for peer: Peer, role: Role) -> Answer.Body {
        switch question {
        case .offers(let target): offers(for: target, peer: peer, role: role)
        case .lives(let key, let slot): .lives(hooks.lives(key, slot), experiences.experience(of: key))
        case .connections(let target):
            hooks.connections(target).map(Answer.Body.connections) ?? .unknown("its connections were not looked at yet")
        case .events, .pastPieces, .past, .log: .unknown("that is not the desk's")
        }
    }

    private func offers(for target: CommandTarget, peer: Peer, role: Role) -> Answer.Body {
        let worker = target.worker.flatMap { id in living.first { $0.id == id } }
        if target.worker != nil, worker == nil { return .unknown("no such worker lives") }
        guard let key = target.group?.key ?? worker?.groupKey, let group = group(of: key) else {
            return .unknown("no such app is known")
        }
        let experience = experiences.experience(of: key)
        let offers = Playbook.offers(group: group, worker: worker, workers: workers(of: key), experience: experience)
        return .offers(
            offers.map { offer in
                guard offer.unavailable == nil else { return offer }
                var narrowed = offer
                narrowed.unavailable =
                    reason(against: offer.action, target, group, peer: peer, role: role)
                    ?? obstacle(to: offer.action, key)
                return narrowed
            }, experience)
    }

    /// What has the group now.
    private func obstacle(to action: Action, _ key: String) -> String? {
        guard !action.isAlwaysOpen, action != .hold, let job = holder(of: key, for: action) else { return nil }
        return words(of: job, now: clock.now())
    }

    /// Why it cannot be had by this peer, however well it would suit the worker.
    private func reason(
        against action: Action, _ target: CommandTarget, _ group: LiveGroup, peer: Peer, role: Role
    ) -> String? {
        if settings.readOnly { return "this agent is read-only" }
        if let pid = target.worker?.pid, isProtected(pid) { return "it is the agent or one of its ancestors" }
        var refusal: Refusal?
        // A policy may allow some signals: one is enough to offer any.
        for signal in action == .signal ? SignalNumber.allowed.map(Optional.some) : [nil] {
            let command = Command(
                id: CommandID(high: 0, low: 0), action: action, target: target,
                parameters: CommandParameters(signal: signal))
            refusal = hooks.policy(command, subject(group), peer, role)
            if refusal == nil { break }
        }
        switch refusal {
        case nil: return nil
        case .role(_, let needed, let has): return "it needs the role \(needed.word); you are \(has.word)"
        case .policy: return "no rule of the host's policy allows it"
        case .limit(_, let rule): return "the host's policy limits it: \(rule)"
        default: return "the host's policy does not allow it"
        }
    }
}
