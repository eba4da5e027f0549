import Console
import Model

extension AlertLook {
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
