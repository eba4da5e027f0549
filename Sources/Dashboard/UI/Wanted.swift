import Model

/// A question that a screen has, to one host.
struct Wanted: Hashable, Sendable {
    var host: Int
    var question: Query.Body
}

/// What screens and dialogs ask of hosts: only what is looked at, and again only when it may have changed.
extension UIState {
    mutating func askEffects(_ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        let wanted = wanted(fleet)
        let open = Set(wanted.map(\.want))
        asked = asked.filter { open.contains($0.key) }
        var effects: [UIEffect] = []
        for (want, pause) in wanted {
            if let last = asked[want], now - last < pause { continue }
            asked[want] = now
            effects.append(.ask(host: want.host, want.question))
        }
        return effects
    }

    /// With how long to wait before it is asked again.
    private func wanted(_ fleet: Fleet) -> [(want: Wanted, pause: Duration)] {
        var wanted: [(want: Wanted, pause: Duration)] = []
        func want(_ question: Query.Body, of number: Int, every pause: Duration) {
            guard fleet.hosts.indices.contains(number), fleet.hosts[number].state.hasNumbers else { return }
            wanted.append((Wanted(host: number, question: question), pause))
        }
        for question in dialog?.menu?.questions ?? [] { want(question, of: dialog?.host ?? -1, every: .seconds(5)) }
        for number in fleet.hosts.indices {
            for tier in [PastTier.host, .workers] {
                guard let question = fleet.hosts[number].pastQuestion(tier) else { continue }
                want(question, of: number, every: .seconds(10))
            }
        }
        guard let number = screen.host else { return wanted }
        let host = fleet.hosts[number]
        if let after = host.past.wanted { want(.events(after: after), of: number, every: .seconds(30)) }
        switch screen {
        case .app(_, let key, _):
            if let target = host.target(ofGroup: key) { want(.connections(target), of: number, every: .seconds(2)) }
        case .worker(_, let worker, _):
            guard let track = host.workers[worker] else { break }
            want(.lives(groupKey: track.info.groupKey, slot: track.info.slot), of: number, every: .seconds(5))
            if track.end == nil { want(.connections(.worker(worker)), of: number, every: .seconds(2)) }
        case .fleet, .host: break
        }
        return wanted
    }
}
