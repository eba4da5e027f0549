import Console
import Model

/// Whom an action is about, frozen as it was on the screen: a worker, or an app as a whole.
struct ActionSubject: Sendable {
    let host: Int
    let hostName: String
    let address: String
    let target: CommandTarget
    let groupKey: String
    let app: String
    let kind: GroupKind?
    /// Of a worker.
    let slot: UInt32?
    let name: String?
    /// On our calendar.
    let started: WallTime?
    let respawn: String
    /// Who keeps it from outside; hostile until drawn through `SafeText`.
    let manager: String?
    /// Of its app, when the screen said so.
    let workers: UInt64?
    let expected: UInt32?
    let roll: RollSummary?

    /// A worker that lives or lived here.
    init?(host number: Int, _ host: FleetHost, worker: WorkerID) {
        guard let track = host.workers[worker] else { return nil }
        self.init(number, host, .worker(worker), key: track.info.groupKey, track: track)
    }

    init?(host number: Int, _ host: FleetHost, groupKey: String) {
        guard let target = host.target(ofGroup: groupKey) else { return nil }
        self.init(number, host, target, key: groupKey, track: nil)
    }

    private init(_ number: Int, _ host: FleetHost, _ target: CommandTarget, key: String, track: WorkerTrack?) {
        let group = host.group(key)
        self.host = number
        hostName = host.name
        address = host.address
        self.target = target
        groupKey = key
        app = host.distinctAppName(key)
        kind = group?.info.kind
        slot = track?.info.slot
        name = track?.info.name
        started = track.map { host.ours($0.info.started) }
        respawn = group.map { host.respawnText(of: $0) } ?? "nothing is known to start it again"
        manager = (track?.info.manager ?? group?.info.manager)?.text
        workers = group?.row[.workers]
        expected = group?.info.expected
        roll = group?.info.roll
    }

    /// `api#3`, `api`
    var label: String { slot.map { "\(app)#\($0)" } ?? app }

    /// Why it is not what it was any more; `nil` while it is.
    func change(on host: FleetHost) -> String? {
        switch target {
        case .worker(let worker):
            if host.info?.boot != worker.boot { return "the host was started anew: this worker no longer exists" }
            guard let track = host.workers[worker] else { return "pid \(worker.pid) is no longer there" }
            return track.end.map { "pid \(worker.pid) exited meanwhile (\(exitStatusText($0.status)))" }
        case .group(let target):
            if host.info?.boot != target.boot { return "the host was started anew: this app is another one now" }
            guard let group = host.group(groupKey) else { return "the app is no longer there" }
            guard group.info.master != target.master else { return nil }
            return "the app has another master now (\(group.info.masterPID.map { "pid \($0)" } ?? "none"))"
        }
    }
}

extension FleetHost {
    /// The app as it is on the screen.
    func target(ofGroup key: String) -> CommandTarget? {
        guard let info, let group = group(key) else { return nil }
        return .group(GroupTarget(boot: info.boot, key: key, master: group.info.master))
    }

    /// A command of ours on this app whose outcome is not known: another one now could do twice what was done once.
    func unknownCommand(onGroup key: String) -> CommandRecord? {
        commands.last { $0.isUnknown && ($0.groupKey == key || $0.target.group?.key == key) }
    }
}
