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

typealias HostView = ListView<HostRowID, HostOrder>

/// Apps and their workers as the host screen shows them; folded apps without their workers.
func hostRows(_ host: FleetHost, _ view: HostView, folded: Set<String>, now: MonotonicInstant) -> [HostRowID] {
    let filter = Filter(view.filter)
    var members: [String: [WorkerTrack]] = [:]
    for track in host.workers.values where host.isListed(track, now: now) {
        members[track.info.groupKey, default: []].append(track)
    }
    var apps: [(key: String, name: String, order: RowKey, workers: [WorkerTrack])] = []
    let known = Set(host.groups.map(\.info.key))
    for key in host.groups.map(\.info.key) + members.keys.filter({ !known.contains($0) }).sorted() {
        let name = host.appName(key)
        let all = members[key] ?? []
        let workers = all.filter { track in
            filter.isEmpty
                || filter.matches([
                    name, host.label(slot: track.info.slot, groupKey: key), track.info.name,
                    String(track.info.id.pid), host.state(of: track, now: now).word,
                ])
        }
        if workers.isEmpty, !filter.matches([name]) { continue }
        apps.append((key, name, appKey(host, key, all, view.order, now: now), workers))
    }
    apps.sort { left, right in
        precedes(left.order, right.order, inverted: view.inverted) ?? ((left.name, left.key) < (right.name, right.key))
    }
    return apps.flatMap { app -> [HostRowID] in
        guard !folded.contains(app.key) else { return [.app(app.key)] }
        // Who looks for some of them sees all.
        let (listed, more) = filter.isEmpty ? EndedWorkers.few(of: app.workers) : (app.workers, 0)
        let keyed = listed.map { ($0, workerKey(host, $0, view.order, now: now)) }
        let sorted = keyed.sorted { left, right in
            precedes(left.1, right.1, inverted: view.inverted) ?? EndedWorkers.precede(left.0, right.0)
        }
        return [.app(app.key)] + sorted.map { .worker($0.0.info.id) } + (more > 0 ? [.ended(app.key)] : [])
    }
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
    /// Of what is wrong with the app itself: workers that are missing, one that crashes again and again, a port that is
    /// held, a roll that rests.
    fileprivate func ownState(ofGroup key: String, _ group: GroupTrack?, now: MonotonicInstant) -> WorkerState {
        if isLost(key) { return .crit }
        guard let group else { return .ok }
        switch group.level {
        case .crit: return .crit
        case .warn: return .warn
        case .ok: break
        }
        let rests = group.info.roll?.state == .failed || group.info.roll?.state == .paused
        return group.info.orphan != nil || rests || crashing(inGroup: key, now: now) != nil ? .warn : .ok
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

private func workerKey(_ host: FleetHost, _ track: WorkerTrack, _ order: HostOrder, now: MonotonicInstant) -> RowKey {
    switch order {
    // An ended worker that nobody misses is history, and comes after those that live.
    case .state where track.end != nil && !host.isMissed(track): return .number(-100)
    case .state: return .number(-Double(host.state(of: track, now: now).rank))
    case .slot: return .number(-Double(track.info.slot))
    default: break
    }
    guard track.end == nil else { return .unknown }
    if order == .lag { return lagKey(track) }
    let value: Double? =
        switch order {
        case .cpu: track.rates.cpu
        case .memory: track.row[.residentBytes].map { Double($0) }
        case .utilisation: track.utilisation
        case .burst: track.rates.loop?.meanBurst?.seconds
        case .state, .slot, .lag: nil
        }
    return value.map { .number($0) } ?? .unknown
}

/// By what its row shows.
private func lagKey(_ track: WorkerTrack) -> RowKey {
    track.lag.worst.map { .lag($0.seconds, isBound: track.lag.isBound) } ?? .unknown
}

private func appKey(
    _ host: FleetHost, _ key: String, _ workers: [WorkerTrack], _ order: HostOrder, now: MonotonicInstant
) -> RowKey {
    let group = host.group(key)
    if order == .lag, let worst = worstByLag(workers) { return lagKey(worst) }
    let value: Double? =
        switch order {
        case .state: -Double(appState(host, key, workers, now: now).rank)
        case .cpu: group?.cpu
        case .memory: group?.row[.residentBytes].map { Double($0) }
        case .utilisation: group?.row[.worstUtilisationPermille].map { Double($0) }
        case .burst: workers.compactMap { $0.rates.loop?.meanBurst?.seconds }.max()
        case .slot, .lag: nil
        }
    return value.map { .number($0) } ?? .unknown
}
