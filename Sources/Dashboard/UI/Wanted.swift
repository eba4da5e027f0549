import Model

/// A question that a screen has, to one host.
struct Wanted: Hashable, Sendable {
    var host: Int
    var question: Query.Body
}

extension Wanted {
    /// A moment is not whole without it.
    fileprivate var isOfThePast: Bool {
        switch question {
        case .pastPieces, .past, .events: true
        default: false
        }
    }
}

/// What screens and dialogs ask of hosts: only what is looked at, and again only when it may have changed.
extension UIState {
    mutating func askEffects(_ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        let wanted = wanted(fleet, now: now)
        let open = Set(wanted.map(\.want))
        time.isFetching = time.isPast && open.contains(where: \.isOfThePast)
        asked = asked.filter { open.contains($0.key) }
        var effects: [UIEffect] = []
        for (want, pause) in wanted {
            if let last = asked[want], now - last < pause { continue }
            asked[want] = now
            effects.append(.ask(host: want.host, want.question))
        }
        return effects
    }

    /// Hosts of which the past is on the screen: graphs, and states, most of which take half a minute to see. Nobody waits for
    /// the past of all others; but a worker that is in trouble must not be far down a list that has problems first.
    private func graphed(_ fleet: Fleet) -> [Int] {
        if let number = screen.host { return [number] }
        if case .compare(let comparison) = screen { return comparison.hosts }
        guard case .fleet(let tabs) = screen, let anatomy else { return [] }
        let rows = tabs.view.rows.dropFirst(tabs.view.top).prefix(FleetScreen.visibleRows(anatomy))
        let visible = rows.compactMap { row -> Int? in
            switch row {
            case .host(let number), .worker(let number, _): number
            case .app, .alert, .event, .roll: nil
            }
        }.filter { fleet.hosts.indices.contains($0) }
        guard tabs.tab == .workers else { return visible }
        let troubled = fleet.shown.filter { fleet.hosts[$0].grade.level != .ok }
        return Set((troubled + visible).prefix(Self.askedAtOnce)).sorted()
    }

    /// With how long to wait before it is asked again.
    private func wanted(_ fleet: Fleet, now: MonotonicInstant) -> [(want: Wanted, pause: Duration)] {
        var wanted: [(want: Wanted, pause: Duration)] = []
        func want(_ question: Query.Body, of number: Int, every pause: Duration) {
            guard fleet.hosts.indices.contains(number), fleet.hosts[number].state.hasNumbers else { return }
            wanted.append((Wanted(host: number, question: question), pause))
        }
        for question in dialog?.menu?.questions ?? [] { want(question, of: dialog?.host ?? -1, every: .seconds(5)) }
        for number in graphed(fleet) {
            // One after the other: the host's own is short.
            let host = fleet.hosts[number]
            guard let question = host.pastQuestion(.host) ?? host.pastQuestion(.workers) else { continue }
            want(question, of: number, every: .seconds(10))
        }
        if time.isPast { wantOfThePast(fleet, now: now, want) }
        if case .fleet(let tabs) = screen, tabs.tab == .events, !time.isPast { wantEvents(fleet, want) }
        guard let number = screen.host else { return wanted }
        let host = fleet.hosts[number]
        if let after = host.past.wanted { want(.events(after: after), of: number, every: .seconds(30)) }
        switch screen {
        case .app(_, let key, _):
            if !time.isPast, let target = host.target(ofGroup: key) {
                want(.connections(target), of: number, every: .seconds(2))
            }
            // With the lives of a slot comes what restarts of the app came to.
            let slots = host.workers.values.lazy.filter { $0.info.groupKey == key }.map(\.info.slot)
            if !time.isPast, let slot = slots.min() {
                want(.lives(groupKey: key, slot: slot), of: number, every: .seconds(30))
            }
        case .worker(_, let worker, _):
            guard let track = host.workers[worker] else { break }
            want(.lives(groupKey: track.info.groupKey, slot: track.info.slot), of: number, every: .seconds(5))
            if track.end == nil, !time.isPast { want(.connections(.worker(worker)), of: number, every: .seconds(2)) }
            if let anatomy = Anatomy(size), !time.isPast {
                let log = LogPanel.question(track.info, rows: anatomy.body.count)
                if case .denied? = host.answers[log]?.body {
                    want(log, of: number, every: .seconds(60))
                } else {
                    want(log, of: number, every: .seconds(5))
                }
            }
        case .fleet, .host, .log, .agent, .compare: break
        }
        return wanted
    }

    /// For the list of what happened anywhere: hosts that were not looked at yet have told nothing of their apps.
    private func wantEvents(_ fleet: Fleet, _ want: (Query.Body, Int, Duration) -> Void) {
        let behind = fleet.shown.lazy.compactMap { number in
            fleet.hosts[number].state.hasNumbers ? fleet.hosts[number].past.wanted.map { (number, $0) } : nil
        }
        for (number, after) in behind.prefix(Self.askedAtOnce) { want(.events(after: after), number, .seconds(30)) }
    }

    /// So many hosts are asked for the past of their rows and for their events at once.
    static let askedAtOnce = 64

    private func wantOfThePast(
        _ fleet: Fleet, now: MonotonicInstant, _ want: (Query.Body, Int, Duration) -> Void
    ) {
        // What is in the other lists may be of any host.
        let numbers = kind == .fleet || screen.host != nil ? graphed(fleet) : Array(fleet.hosts.indices)
        for number in numbers.prefix(Self.askedAtOnce) {
            if let question = time.question(of: number, now: now) { want(question, number, .seconds(10)) }
            if let after = fleet.hosts[number].past.wanted { want(.events(after: after), number, .seconds(30)) }
        }
    }
}
