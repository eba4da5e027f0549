import Model

/// All hosts of the dashboard, in the order they were named. A value: the loop hands events in, screens read.
struct Fleet: Sendable {
    /// The index is the host's number; the list never shrinks.
    private(set) var hosts: [FleetHost]

    /// The context that all hosts are in; `nil` where there is none.
    let context: String?

    init(places: [HostPlace]) {
        hosts = places.map(FleetHost.init(place:))
        context = places.first?.context.flatMap { name in places.allSatisfy { $0.context == name } ? name : nil }
    }

    /// Takes in what a link told; events of unknown hosts are ignored.
    mutating func handle(_ event: LinkEvent, from host: Int, now: MonotonicInstant, wall: WallTime) {
        guard hosts.indices.contains(host) else { return }
        switch event {
        case .connecting(let attempt): hosts[host].dialling(attempt: attempt, now: now)
        case .connected(let info, let role): hosts[host].connected(info, role: role, now: now, wall: wall)
        case .measured(let roundTrip, let clockOffset):
            hosts[host].roundTrip = roundTrip
            hosts[host].clockOffset = clockOffset
        case .snapshot(let snapshot): hosts[host].take(snapshot, now: now, wall: wall)
        case .event(let event): hosts[host].take(event, now: now)
        case .accepted(let command): hosts[host].accepted(command, now: now)
        case .outcome(let outcome): hosts[host].take(outcome, now: now, wall: wall)
        case .lost(let failure, let retryAt): hosts[host].lost(failure, retryAt: retryAt, now: now)
        case .rehearsed: break  // nothing was done; who asked is told
        case .forgotten(let command): hosts[host].forgotten(command, now: now)
        case .answer(let question, let answer): hosts[host].take(answer, to: question, now: now)
        case .draining(let reason): hosts[host].drainReason = reason
        }
        hosts[host].settle(now: now, wall: wall)
    }

    /// Lets time pass: hosts whose samples stopped become stale.
    mutating func tick(now: MonotonicInstant, wall: WallTime) {
        for index in hosts.indices { hosts[index].settle(now: now, wall: wall) }
    }

    /// Remembers a command that is about to be sent, so that its answer finds its question.
    mutating func issued(_ command: Command, to host: Int, now: MonotonicInstant, wall: WallTime) {
        guard hosts.indices.contains(host) else { return }
        hosts[host].add(
            hosts[host].record(of: command.id, command.action, command.target, ours: true, at: now, wall: wall))
    }
}
