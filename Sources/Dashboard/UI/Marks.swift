import Model

/// Rows that somebody marked, to act upon all of them at once; by identity, so that no other row ever takes their place.
struct Marks: Sendable {
    enum Mark: Hashable, Sendable {
        case worker(host: Int, WorkerID)
        case app(host: Int, key: String)

        var host: Int {
            switch self {
            case .worker(let host, _), .app(let host, _): host
            }
        }
    }

    /// More than anybody can look over before saying yes.
    static let most = 200

    /// In the order in which they were marked.
    private(set) var all: [Mark] = []
    private var known: Set<Mark> = []

    var isEmpty: Bool { all.isEmpty }

    func contains(_ mark: Mark) -> Bool { known.contains(mark) }

    /// Marks them all, or takes the marks away where all have one; `false` where it would be too many.
    mutating func toggle(_ marks: [Mark]) -> Bool {
        if marks.allSatisfy(known.contains) {
            known.subtract(marks)
            all.removeAll { !known.contains($0) }
            return true
        }
        return add(marks)
    }

    /// `false` where it would be too many: then none is.
    mutating func add(_ marks: [Mark]) -> Bool {
        let new = marks.filter { !known.contains($0) }
        guard all.count + new.count <= Self.most else { return false }
        all += new
        known.formUnion(new)
        return true
    }

    mutating func clear() { self = Marks() }
}

extension Fleet {
    /// What a row of a list stands for; empty for what cannot be acted upon.
    func marks(of row: FleetRowID) -> [Marks.Mark] {
        switch row {
        case .worker(let host, let worker): [.worker(host: host, worker)]
        case .roll(let host, let key): [.app(host: host, key: key)]
        case .app(let name):
            shown.flatMap { number in
                hosts[number].groups.filter { $0.info.app == name }.map { .app(host: number, key: $0.info.key) }
            }
        case .alert(let id, _):
            switch id.place {
            case .worker(let host, let worker): [.worker(host: host, worker)]
            case .app(let host, let key): [.app(host: host, key: key)]
            case .host: []
            }
        case .host, .event: []
        }
    }

    func marks(of row: HostRowID, on host: Int) -> [Marks.Mark] {
        switch row {
        case .worker(let worker): [.worker(host: host, worker)]
        case .app(let key), .ended(let key): [.app(host: host, key: key)]
        }
    }
}

extension UIState {
    /// What the row under the cursor stands for.
    private func marksHere(_ fleet: Fleet) -> [Marks.Mark] {
        switch screen {
        case .fleet(let tabs): tabs.view.selected.map { fleet.marks(of: $0) } ?? []
        case .host(let number, let view, _): view.selected.map { fleet.marks(of: $0, on: number) } ?? []
        case .app, .worker, .log, .agent, .compare: []
        }
    }

    /// `Space`, and on to the next row.
    mutating func mark(_ fleet: Fleet, now: MonotonicInstant) {
        let here = marksHere(fleet)
        guard !here.isEmpty else { return say("only workers and apps can be marked; 3 lists all workers", now: now) }
        guard marks.toggle(here) else { return sayTooMany(now: now) }
        move(1)
    }

    /// `:mark FILTER`: workers that the hosts tell of now.
    mutating func mark(_ filter: Filter, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime) {
        let rows = FleetRows(fleet: fleet, scope: FleetTabs.Scope(), now: now, wall: wall)
        var found: [Marks.Mark] = []
        rows.eachWorker { worker in
            guard worker.track.end == nil, filter.matches(worker) else { return }
            found.append(.worker(host: worker.number, worker.info.id))
        }
        guard !found.isEmpty else {
            return say("no worker that is known now matches; 3 asks all hosts for theirs", now: now)
        }
        guard marks.add(found) else { return sayTooMany(now: now) }
        say("\(found.count) \(found.count == 1 ? "worker" : "workers") marked; U takes all marks away", now: now)
    }

    private mutating func sayTooMany(now: MonotonicInstant) {
        say("at most \(Marks.most) can be marked at once", .warn, now: now)
    }
}
