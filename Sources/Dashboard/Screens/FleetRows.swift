import Model

/// The rows of the tab that is shown, in its order.
func fleetRows(_ fleet: Fleet, _ tabs: FleetTabs, now: MonotonicInstant, wall: WallTime) -> [FleetRowID] {
    let rows = FleetRows(fleet: fleet, scope: tabs.scope, now: now, wall: wall)
    func listed<Subject: RowSubject>(_ subjects: [Subject], where matches: (Subject) -> Bool) -> [Subject] {
        let looked = tabs.problemsOnly ? subjects.filter(\.isProblem) : subjects
        let shown = tabs.filter.isEmpty ? looked : looked.filter(matches)
        return sorted(shown, by: tabs.view.order, inverted: tabs.view.inverted)
    }
    let filter = tabs.filter.filter
    let shown: [FleetRowID] =
        switch tabs.tab {
        case .hosts: listed(rows.hosts) { filter.matches($0) }.map { .host($0.number) }
        case .apps: listed(rows.apps) { filter.matches($0) }.map { .app($0.name) }
        case .workers:
            rows.workers(by: tabs.view.order, inverted: tabs.view.inverted) {
                (!tabs.problemsOnly || $0.isProblem) && (tabs.filter.isEmpty || filter.matches($0))
            }
        case .events:
            listed(rows.events) { filter.matches($0) }.map { .event(host: $0.number, serial: $0.entry.serial) }
        case .alerts:
            listed(rows.alerts) { filter.matches($0) }.map { .alert($0.alert.id, since: $0.alert.since) }
        case .rolls: listed(rows.rolls) { filter.matches($0) }.map { .roll(host: $0.number, key: $0.key) }
        }
    return tabs.view.arranged(shown)
}

/// All that the lists of a part of the fleet can show.
struct FleetRows {
    let fleet: Fleet
    let scope: FleetTabs.Scope
    let now: MonotonicInstant
    let wall: WallTime

    private var numbers: [Int] { scope.host.map { [$0] } ?? fleet.shown }

    var hosts: [HostSubject] { numbers.map { HostSubject(fleet: fleet, number: $0, now: now) } }

    /// Apps of one name are one row, wherever they run.
    var apps: [FleetAppSubject] {
        var parts: [String: [AppSubject]] = [:]
        for host in reachable {
            for app in host.apps where scope.app == nil || scope.app == app.name {
                parts[app.name, default: []].append(app)
            }
        }
        return parts.map { FleetAppSubject(name: $0.key, parts: $0.value) }
    }

    func app(_ name: String) -> FleetAppSubject? {
        let parts = reachable.flatMap { $0.apps.filter { $0.name == name } }
        return parts.isEmpty ? nil : FleetAppSubject(name: name, parts: parts)
    }

    var workers: [WorkerSubject] {
        var workers: [WorkerSubject] = []
        eachWorker { workers.append($0) }
        return workers
    }

    /// One row after the other: each holds on to much, and a fleet may have 50,000 workers.
    func eachWorker(_ take: (WorkerSubject) -> Void) {
        for host in reachable {
            for track in host.host.workers.values where host.host.isListed(track, now: now) {
                let worker = WorkerSubject(fleet: fleet, number: host.number, track: track, now: now)
                if scope.app == nil || worker.app == scope.app { take(worker) }
            }
        }
    }

    /// Those of all workers that are shown, in the order of a column.
    func workers(by column: String, inverted: Bool, where isShown: (WorkerSubject) -> Bool) -> [FleetRowID] {
        var order = WorkerOrder(by: column)
        eachWorker { if isShown($0) { order.add($0) } }
        return order.rows(inverted: inverted)
    }

    var events: [EventSubject] {
        numbers.flatMap { number in
            fleet.hosts[number].log.map {
                EventSubject(fleet: fleet, number: number, entry: $0, now: now, wall: wall)
            }
        }
    }

    var alerts: [AlertSubject] {
        (Array(fleet.alerts.active.values) + fleet.alerts.over)
            .filter { alert in
                let isOfApp = scope.app.map { fleet.appName(of: alert.id.place) == $0 } ?? true
                return isOfApp && (scope.host == nil || scope.host == alert.id.place.host)
            }
            .map { AlertSubject(fleet: fleet, alert: $0, now: now, wall: wall) }
    }

    /// The newest roll of each app, also one that is over.
    var rolls: [AppSubject] {
        reachable.flatMap(\.apps).filter {
            $0.group?.info.roll != nil && (scope.app == nil || $0.name == scope.app)
        }
    }

    /// Hosts whose apps and workers are not in the lists.
    var absent: [Int] { numbers.filter { !fleet.hosts[$0].state.hasNumbers } }

    private var reachable: [HostSubject] { hosts.filter { $0.host.state.hasNumbers } }
}

extension HostSubject {
    /// What `s` goes through.
    static let orders = ["state", "cpu", "mem", "util", "lag", "host"]
}

extension AppSubject {
    static let orders = ["state", "app"]
}
