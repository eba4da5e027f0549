import Console
import Lag
import Model

/// A row of the host screen.
enum HostRowID: Hashable, Sendable {
    /// An app, by its group's key.
    case app(String)
    case worker(WorkerID)
    /// How many more of an app have ended than have rows.
    case ended(String)
}

typealias HostView = ListView<HostRowID>

/// Apps and their workers as the host screen shows them; folded apps without their workers.
func hostRows(
    _ fleet: Fleet, _ number: Int, _ view: HostView, folded: Set<String>, now: MonotonicInstant
) -> [HostRowID] {
    let host = fleet.hosts[number]
    var members: [String: [WorkerTrack]] = [:]
    for track in host.workers.values where host.isListed(track, now: now) {
        members[track.info.groupKey, default: []].append(track)
    }
    let known = Set(host.groups.map(\.info.key))
    let keys = host.groups.map(\.info.key) + members.keys.filter({ !known.contains($0) }).sorted()
    var shown: [String: [WorkerSubject]] = [:]
    let apps = keys.compactMap { key -> AppSubject? in
        let app = AppSubject(fleet, number, key: key, workers: members[key] ?? [], now: now)
        let workers = app.workers.map { WorkerSubject(fleet: fleet, number: number, track: $0, now: now) }
            .filter { view.filter.isEmpty || view.filter.filter.matches($0, names: $0.ownNames) }
            .filter { !view.problemsOnly || $0.isProblem }
        shown[key] = workers
        if view.problemsOnly, workers.isEmpty, !app.isProblem { return nil }
        return workers.isEmpty && !view.filter.isEmpty && !view.filter.filter.matches(app, names: app.ownNames)
            ? nil : app
    }
    let rows = sorted(apps, by: view.order, inverted: view.inverted).flatMap { app -> [HostRowID] in
        guard !folded.contains(app.key) else { return [.app(app.key)] }
        let workers = shown[app.key] ?? []
        // Who looks for some of them sees all.
        let (listed, more) =
            view.filter.isEmpty ? EndedWorkers.few(of: workers.map(\.track)) : (workers.map(\.track), 0)
        let subjects = listed.map { WorkerSubject(fleet: fleet, number: number, track: $0, now: now) }
        return [.app(app.key)]
            + sorted(subjects, by: view.order, inverted: view.inverted).map { .worker($0.info.id) }
            + (more > 0 ? [.ended(app.key)] : [])
    }
    return view.arranged(rows)
}

extension ListOrders {
    static func workers(_ choices: ColumnChoices) -> ListOrders {
        ListOrders(choices.columns(.workers, of: WorkerSubject.self), cycle: WorkerSubject.orders, name: "slot")
    }
}

extension RowSubject {
    var isProblem: Bool { value("state") != .rank(0) }
}

extension WorkerSubject {
    /// What `s` goes through on a host's screen.
    static let orders = ["state", "cpu", "rss", "util", "lag", "burst", "slot"]
}

/// Of workers that ended the last few are shown: a crash of a whole app must not push the living ones off the screen.
enum EndedWorkers {
    static let shown = 3

    /// All that live, the last few that ended, and how many more did.
    static func few(of workers: [WorkerTrack], shown: Int = shown) -> (listed: [WorkerTrack], more: Int) {
        let ended = workers.filter { $0.end != nil }.sorted(by: precede)
        guard ended.count > shown else { return (workers, 0) }
        return (workers.filter { $0.end == nil } + ended.prefix(shown), ended.count - shown)
    }

    /// The living by slot, then those that ended, the last first.
    static func precede(_ left: WorkerTrack, _ right: WorkerTrack) -> Bool {
        if let end = left.end?.at, let other = right.end?.at, end != other { return end > other }
        if (left.end == nil) != (right.end == nil) { return left.end == nil }
        return (left.info.slot, left.info.started, left.info.id) < (right.info.slot, right.info.started, right.info.id)
    }
}

extension FleetHost {
    /// Of what is wrong with the app as a whole: workers that are missing, one that crashes again and again, one that comes
    /// near its limit of descriptors, loops that have been slow, a port that is held, a roll that rests.
    fileprivate func ownState(ofGroup key: String, _ group: GroupTrack?, now: MonotonicInstant) -> WorkerState {
        if isLost(key) { return .crit }
        guard let group else { return .ok }
        let filled = group.row.worstOpenFilesShare.map {
            WorkerLimits(of: group.info.app, among: limits).openFiles.level(of: $0)
        }
        switch max(group.level, group.row.restarts?.level ?? .ok, filled ?? .ok, loopLevels(of: group).worst) {
        case .crit: return .crit
        case .warn: return .warn
        case .ok: break
        }
        let rests = group.info.roll?.state == .failed || group.info.roll?.state == .paused
        return group.info.orphan != nil || rests ? .warn : .ok
    }
}

/// The worst of an app's workers, and of itself.
func appState(
    _ host: FleetHost, _ key: String, _ workers: some Sequence<WorkerTrack>, now: MonotonicInstant
) -> WorkerState {
    var worst = host.ownState(ofGroup: key, host.group(key), now: now)
    for track in workers where host.isListed(track, now: now) {
        let state = host.state(of: track, now: now)
        // An ended worker that nobody misses is history, not a fault of the app.
        if state == .exited, !host.isMissed(track) { continue }
        if state.rank < worst.rank { worst = state }
    }
    return worst == .exited || worst == .zombie ? .warn : worst
}
