import Model

/// What filters can ask of rows, of whatever kind; one key means the same of all.
enum RowFilterKeys {
    static let all: [FilterKey] = {
        var seen: Set<String> = []
        let keys =
            of(HostSubject.self) + of(AppSubject.self) + of(WorkerSubject.self) + of(FleetAppSubject.self)
            + of(EventSubject.self) + of(AlertSubject.self)
        return keys.filter { seen.insert($0.id).inserted }
    }()

    private static func of<Subject: RowSubject>(_ subject: Subject.Type) -> [FilterKey] {
        Subject.columns.compactMap { column in column.kind.map { FilterKey(id: column.key, kind: $0) } }
    }
}

extension Filter {
    /// Of hosts, apps and workers.
    init(parsing text: String) throws(FilterProblem) { try self.init(parsing: text, keys: RowFilterKeys.all) }

    /// What has to be known of a host to tell whether one of its rows is meant.
    var interest: Interest {
        let ofHosts = keys.filter { !HostSubject.has($0) && !EventSubject.has($0) && !AlertSubject.has($0) }
        if ofHosts.contains(where: { !AppSubject.has($0) && !FleetAppSubject.has($0) }) {
            return .workers
        }
        return ofHosts.isEmpty ? .host : .groups
    }

    /// A host is meant by what it is, or by an app or worker of it: what a host has itself is asked of the host.
    func matches(_ host: HostSubject) -> Bool {
        switch interest {
        case .host: return matches({ host.value($0) ?? .unknown }, names: { host.names })
        case .groups:
            return host.apps.contains { app in
                matches({ host.value($0) ?? app.value($0) ?? .unknown }, names: { host.names + app.ownNames })
            }
        case .workers, .worker:
            return host.apps.contains { app in
                app.workers.contains { track in
                    let worker = WorkerSubject(fleet: host.fleet, number: host.number, track: track, now: host.now)
                    return matches(
                        { host.value($0) ?? app.value($0) ?? worker.value($0) ?? .unknown },
                        names: { host.names + app.ownNames + worker.ownNames })
                }
            }
        }
    }

    /// An app is meant by what it or its host is, or by one of its workers. Bare words are looked for in `names`; `nil`
    /// is all it has.
    func matches(_ app: AppSubject, names: [String]? = nil) -> Bool {
        let host = HostSubject(fleet: app.fleet, number: app.number, now: app.now)
        func value(_ key: String) -> FilterValue? { app.value(key) ?? host.value(key) }
        guard keys.contains(where: { !AppSubject.has($0) && !HostSubject.has($0) }) else {
            return matches({ value($0) ?? .unknown }, names: { names ?? app.names })
        }
        return app.workers.contains { track in
            let worker = WorkerSubject(fleet: app.fleet, number: app.number, track: track, now: app.now)
            return matches(
                { value($0) ?? worker.value($0) ?? .unknown }, names: { (names ?? app.names) + worker.ownNames })
        }
    }

    /// The same of a part of an app; what the whole has is asked of the whole.
    func matches(_ part: AppSubject, of whole: FleetAppSubject) -> Bool {
        let host = HostSubject(fleet: part.fleet, number: part.number, now: part.now)
        func value(_ key: String) -> FilterValue? { whole.value(key) ?? part.value(key) ?? host.value(key) }
        guard interest == .workers else { return matches({ value($0) ?? .unknown }, names: { whole.names }) }
        return part.workers.contains { track in
            let worker = WorkerSubject(fleet: part.fleet, number: part.number, track: track, now: part.now)
            return matches({ value($0) ?? worker.value($0) ?? .unknown }, names: { whole.names + worker.ownNames })
        }
    }

    /// What an event has not itself is asked of its host.
    func matches(_ event: EventSubject) -> Bool {
        let host = HostSubject(fleet: event.fleet, number: event.number, now: event.now)
        return matches({ event.value($0) ?? host.value($0) ?? .unknown }, names: { event.names })
    }

    /// What an alert has not itself is asked of its host.
    func matches(_ alert: AlertSubject) -> Bool {
        let host = HostSubject(fleet: alert.fleet, number: alert.alert.id.place.host, now: alert.now)
        return matches({ alert.value($0) ?? host.value($0) ?? .unknown }, names: { alert.names })
    }

    /// A worker is meant by what it, its app or its host is.
    func matches(_ worker: WorkerSubject, names: [String]? = nil) -> Bool {
        let host = HostSubject(fleet: worker.fleet, number: worker.number, now: worker.now)
        let app = AppSubject(
            worker.fleet, worker.number, key: worker.info.groupKey, workers: [], now: worker.now)
        return matches(
            { worker.value($0) ?? app.value($0) ?? host.value($0) ?? .unknown }, names: { names ?? worker.names })
    }
}

extension HostSubject {
    /// Apps with those of their workers that live; without, where the host tells of workers no more.
    var apps: [AppSubject] {
        var members: [String: [WorkerTrack]] = [:]
        if host.tellsOfWorkers {
            for track in host.workers.values where track.end == nil {
                members[track.info.groupKey, default: []].append(track)
            }
        }
        return host.groups.map {
            AppSubject(fleet, number, key: $0.info.key, workers: members[$0.info.key] ?? [], now: now)
        }
    }
}

/// The filter of a list: what is typed, and the last of it that could be read.
struct FilterEntry: Sendable {
    private(set) var text = ""
    /// In force, also while what is typed is not right yet.
    private(set) var filter = Filter.everything
    private(set) var problem: FilterProblem?

    init() {}

    /// Text that is typed like a filter and is none of rows, such as what to look for in a log.
    init(plain text: String) { self.text = text }

    var isEmpty: Bool { text.isEmpty }

    mutating func set(_ text: String) {
        self.text = text
        do throws(FilterProblem) {
            filter = try Filter(parsing: text)
            problem = nil
        } catch {
            problem = error
        }
    }
}
