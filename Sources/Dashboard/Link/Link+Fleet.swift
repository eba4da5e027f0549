import Model
import Trust
import Wire

/// What a dashboard and an agent of one fleet have to do with each other: whom that keeps out, and new certificates.
extension Link {
    var denyLists: DenyListExchange { DenyListExchange(own: denyList?.travelling) }

    /// Over a unix socket or ssh an agent may be of no fleet, or of another.
    var isOfFleet: Bool { certifiedHost != nil }

    var certifiedHost: HostID? { if case .agent(let host, _)? = peer { host } else { nil } }

    /// When the agent's certificate expired: it is there to be renewed, and nothing else of the host is believed.
    var expired: WallTime? { peer?.certificate?.expired }

    mutating func issue(for request: [UInt8]) {
        if let host = certifiedHost { effects.append(.issue(request: request, host: host)) }
    }

    mutating func issued(_ leaf: [UInt8], now: MonotonicInstant) {
        switch state {
        case .ready: effects.append(.send(.renewGrant(leaf)))
        case .greeting where expired != nil:
            effects.append(.send(.renewGrant(leaf)))
            giveUp(.closed(reason: "its certificate had expired and was renewed"), telling: nil, now: now)
        case .greeting, .idle, .connecting, .closing, .waiting: break
        }
    }

    mutating func take(_ offered: DenyListText) {
        effects.append(.emit(.denyListVersion(offered.version, issuer: peer?.certificate?.issuer ?? [])))
        switch denyLists.receive(offered) {
        case .nothing: break
        case .send(let list): effects.append(.send(.denyList(list)))
        case .judge(let list): effects.append(.judge(list))
        }
    }

    mutating func change(to list: DenyList, now: MonotonicInstant) {
        guard list.version > denyList?.version ?? 0 else { return }
        denyList = list
        // Without a connection it is looked at when the next is opened.
        let isOpen = if case .greeting = state { true } else { isReady }
        guard isOpen, !refuseRevoked(now: now), isReady, isOfFleet else { return }
        effects.append(.send(.denyList(denyLists.announcement)))
    }

    /// Whether the agent's certificate counts no more.
    mutating func refuseRevoked(now: MonotonicInstant) -> Bool {
        guard let peer, let revocation = denyList?.revocation(of: peer) else { return false }
        giveUp(.untrusted(reason: revocation.sentence), telling: nil, now: now)
        return true
    }
}
