import Model

/// What a simulated host says when it is asked about a worker or app.
extension SimulatedHost {
    func answer(_ question: Query.Body, at now: MonotonicInstant) -> Answer.Body {
        switch question {
        case .offers(let target): .offers(offers(for: target), Experience(replaced: 12, slowest: .milliseconds(900)))
        case .lives(let key, let slot): lives(of: key, slot)
        case .connections(let target): connections(of: target, at: now)
        default: .unknown("a simulated host knows nothing of that")
        }
    }

    private func offers(for target: CommandTarget) -> [Offer] {
        let means = "SIGTERM to the worker; its master starts a new one"
        let one = Offer(action: .restart, means: means)
        let all = Offer(action: .roll, means: means)
        let rest = [Action.reload, .scale, .signal, .stop, .start].map {
            Offer(action: $0, means: "", unavailable: "a simulated host restarts and rolls only")
        }
        return (target.worker == nil ? [all] : [one]) + rest
    }

    private func lives(of key: String, _ number: UInt32) -> Answer.Body {
        guard let app = apps.first(where: { $0.info.key == key }),
            let slot = app.slots.first(where: { $0.number == number })
        else { return .unknown("there is no such slot") }
        let living = slot.worker.map { Life(worker: $0.entry.info.id, started: $0.entry.info.started) }
        return .lives([living].compactMap(\.self) + slot.lives, Experience())
    }

    private func connections(of target: CommandTarget, at now: MonotonicInstant) -> Answer.Body {
        guard let app = app(of: target) else { return .unknown("nothing of that name is here") }
        let slots = apps[app].slots.filter { target.worker == nil || $0.worker?.entry.info.id == target.worker }
        let established = slots.reduce(0) { $0 + ($1.worker?.entry.row[.connections] ?? 0) }
        let peers = (1...3).map { number in
            PeerReport(
                address: "10.0.0.\(number)", connections: UInt32(clamping: established / 3), unreadBytes: 0,
                unsentBytes: 0, age: .seconds(60 * number), slots: slots.map(\.number))
        }
        let listener = ListenerReport(address: "0.0.0.0:\(apps[app].info.ports.first ?? 0)", queue: 0, limit: 511)
        return .connections(
            ConnectionReport(
                monotonic: now, established: UInt32(clamping: established), listeners: [listener],
                peers: established > 0 ? peers : [], peerCount: established > 0 ? 3 : 0))
    }
}
