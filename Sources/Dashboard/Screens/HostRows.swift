import Console
import Lag
import Model

/// A row of the host screen.
enum HostRowID: Hashable, Sendable {
    /// An app, by its group's key.
    case app(String)
    case worker(WorkerID)
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
        let name = host.group(key)?.info.app ?? key
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
        let keyed = app.workers.map { ($0.info, workerKey(host, $0, view.order, now: now)) }
        let sorted = keyed.sorted { left, right in
            precedes(left.1, right.1, inverted: view.inverted)
                ?? ((left.0.slot, left.0.started, left.0.id) < (right.0.slot, right.0.started, right.0.id))
        }
        return [.app(app.key)] + sorted.map { .worker($0.0.id) }
    }
}

extension GroupTrack {
    /// Of what is wrong with the app itself: workers that are missing, a port that is held, a roll that failed.
    fileprivate var ownState: WorkerState {
        switch level {
        case .crit: return .crit
        case .warn: return .warn
        case .ok: return info.orphan != nil || info.roll?.state == .failed || info.roll?.state == .paused ? .warn : .ok
        }
    }
}

/// The worst of an app's workers, and of itself.
func appState(
    _ host: FleetHost, _ group: GroupTrack?, _ workers: some Sequence<WorkerTrack>, now: MonotonicInstant
) -> WorkerState {
    var worst = group.map(\.ownState) ?? .ok
    for track in workers where host.isListed(track, now: now) {
        let state = host.state(of: track, now: now)
        // An ended worker whose slot is taken again is history, not a fault of the app.
        if state == .exited, host.successor(of: track.info) != nil { continue }
        if state.rank < worst.rank { worst = state }
    }
    return worst == .exited || worst == .zombie ? .warn : worst
}

private func workerKey(_ host: FleetHost, _ track: WorkerTrack, _ order: HostOrder, now: MonotonicInstant) -> RowKey {
    switch order {
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
        case .state: -Double(appState(host, group, workers, now: now).rank)
        case .cpu: group?.cpu
        case .memory: group?.row[.residentBytes].map { Double($0) }
        case .utilisation: group?.row[.worstUtilisationPermille].map { Double($0) }
        case .burst: workers.compactMap { $0.rates.loop?.meanBurst?.seconds }.max()
        case .slot, .lag: nil
        }
    return value.map { .number($0) } ?? .unknown
}
