import Console
import Model

/// What is wrong at one moment.
struct AlertLook {
    struct Raised {
        var level: Level
        var text: String
        /// Where its host says so.
        var since: Since?
    }

    private(set) var raised: [AlertID: Raised] = [:]
    /// Rows that match a rule that has to hold for a while, and since when.
    private(set) var holding: [AlertID: MonotonicInstant]
    private let fleet: Fleet
    private let now: MonotonicInstant

    init(_ fleet: Fleet, holding: [AlertID: MonotonicInstant], now: MonotonicInstant) {
        self.fleet = fleet
        self.holding = holding
        self.now = now
    }

    /// What rows are graded by, and links. Hosts that are OK cost next to nothing.
    mutating func takeGrades() {
        for number in fleet.shown {
            let state = fleet.hosts[number].state
            switch state {
            case .ok, .connecting, .noData: break
            case .warn, .crit:
                for cause in fleet.hosts[number].grade.causes {
                    let since = cause.since.flatMap { fleet.hosts[number].since($0, now: now) }
                    raise(.host(number), cause.rule, cause.level, cause.reason, since: since)
                }
            case .stale: raise(.host(number), AlertID.link, .warn, "no samples any more")
            case .down, .auth, .untrusted, .version:
                let reason = fleet.hosts[number].failure.map(failureText)
                raise(.host(number), AlertID.link, .crit, state.word + (reason.map { ": \($0)" } ?? ""))
            }
            guard state.isCurrent else { continue }
            if fleet.hosts[number].tellsOfWorkers { takeWorkers(of: number) }
        }
    }

    private mutating func takeWorkers(of number: Int) {
        for id in fleet.hosts[number].troubled {
            guard let track = fleet.hosts[number].workers[id], track.end == nil else { continue }
            for cause in track.grade.causes {
                raise(.worker(host: number, id), cause.rule, cause.level, cause.reason)
            }
        }
    }

    /// What the configured rules say of rows of now.
    mutating func takeRules(_ rules: [AlertRule], wall: WallTime) {
        guard !rules.isEmpty else { return }
        let rows = FleetRows(fleet: fleet, scope: FleetTabs.Scope(), now: now, wall: wall)
        var matching: Set<AlertID> = []
        for rule in rules {
            for (place, text) in rows.matching(rule) {
                let id = AlertID(place: place, rule: rule.name)
                matching.insert(id)
                let since = holding[id] ?? now
                holding[id] = since
                if now - since >= rule.hold { raise(place, rule.name, rule.level, text) }
            }
        }
        holding = holding.filter { matching.contains($0.key) }
    }

    private mutating func raise(
        _ place: AlertID.Place, _ rule: String, _ level: Level, _ text: String, since: Since? = nil
    ) {
        let id = AlertID(place: place, rule: rule)
        if let known = raised[id], known.level >= level { return }
        raised[id] = Raised(level: level, text: text, since: since)
    }
}

extension FleetRows {
    /// Rows of hosts that tell of now, and that a rule means; with what it asked, as it is.
    fileprivate func matching(_ rule: AlertRule) -> [(AlertID.Place, String)] {
        func isNow(_ number: Int) -> Bool { fleet.hosts[number].state.isCurrent }
        func text<Subject: RowSubject>(_ subject: Subject) -> String {
            let keys = rule.filter.keys.sorted().filter { Subject.has($0) }
            let ink = Ink(glyphs: .ascii, now: now, wall: wall)
            let values = keys.compactMap { key in
                Subject.byKey[key].map { "\(key) \($0.cell(subject, .init(ink: ink, width: .max)).text)" }
            }
            return rule.name + (values.isEmpty ? "" : ": " + values.joined(separator: ", "))
        }
        switch rule.kind {
        case .hosts:
            return hosts.filter { isNow($0.number) && rule.filter.matches($0) }.map { (.host($0.number), text($0)) }
        case .apps:
            let parts = hosts.filter { isNow($0.number) }.flatMap(\.apps)
            return parts.filter { rule.filter.matches($0) }.map { (.app(host: $0.number, key: $0.key), text($0)) }
        case .workers:
            return workers.filter { isNow($0.number) && $0.track.end == nil && rule.filter.matches($0) }
                .map { (.worker(host: $0.number, $0.info.id), text($0)) }
        }
    }
}

extension Fleet {
    /// `web-1`, `web-1/api`, `web-1/api#2`.
    func label(of place: AlertID.Place) -> String {
        let name = hosts[place.host].name
        switch place {
        case .host: return name
        case .app(let number, let key): return "\(name)/\(hosts[number].appName(key))"
        case .worker(let number, let worker): return "\(name)/\(hosts[number].label(of: worker))"
        }
    }

    func appName(of place: AlertID.Place) -> String? {
        appKey(of: place).map { hosts[place.host].appName($0) }
    }

    /// By its group's key; `nil` for a host.
    func appKey(of place: AlertID.Place) -> String? {
        switch place {
        case .host: nil
        case .app(_, let key): key
        case .worker(let number, let worker): hosts[number].workers[worker]?.info.groupKey
        }
    }
}
