import Console
import Model

/// Asks before a worker is restarted. What it names is frozen when it opens; only what became of it changes.
struct RestartDialog: Sendable {
    enum Button: Sendable { case cancel, confirm }

    /// Keys typed before the dialog can have been read are dropped.
    static let guardTime = Duration.milliseconds(300)
    static let grace = Duration.seconds(10)

    let host: Int
    let target: WorkerID
    let hostName: String
    let address: String
    let app: String
    let slot: UInt32
    let name: String
    let started: WallTime
    let respawn: String
    let openedAt: MonotonicInstant
    /// Why it cannot be asked for at all.
    let bar: String?
    /// What happened to the target since; the confirm button is gone for good.
    private(set) var gone: String?
    var focus = Button.cancel
    var scroll = 0

    init?(host number: Int, _ host: FleetHost, _ worker: WorkerID, now: MonotonicInstant) {
        guard let track = host.workers[worker] else { return nil }
        self.host = number
        target = worker
        hostName = host.name
        address = host.address
        let group = host.group(track.info.groupKey)?.info
        app = group?.app ?? track.info.groupKey
        slot = track.info.slot
        name = track.info.name
        started = host.ours(track.info.started)
        respawn = group?.respawnText ?? "nothing is known to start it again"
        openedAt = now
        bar = host.restartBar
    }

    var canConfirm: Bool { bar == nil && gone == nil }

    /// Looks whether the target is still what the dialog says.
    mutating func check(_ host: FleetHost) {
        guard gone == nil else { return }
        if host.info?.boot != target.boot {
            gone = "the host was started anew: this worker no longer exists"
        } else if let track = host.workers[target] {
            if let end = track.end { gone = "pid \(target.pid) exited meanwhile (\(exitStatusText(end.status)))" }
        } else {
            gone = "pid \(target.pid) is no longer there"
        }
        if gone == nil, bar == nil, let bar = host.restartBar { gone = bar }
        if gone != nil { focus = .cancel }
    }
}
