import Model

/// One group as it was in the newest snapshot that named it.
struct GroupTrack: Sendable {
    var info: GroupInfo
    var row: GroupRow
    /// CPU of its workers, in cores; `nil` is unknown.
    var cpu: Double?

    /// Of its size.
    var level: Level { info.level(living: row[.workers]) }
}

/// What is known of one host of the fleet, link and content. It never leaves the list.
struct FleetHost: Sendable {
    let place: HostPlace
    /// Of apps that have not the usual ones.
    let limits: [AppLimits]
    /// As it was once: nothing is to come.
    var isPast = false
    /// From WELCOME; kept after the connection ended.
    var info: HostInfo?
    var role: Role?
    /// Other places of the list that lead to this host; this one stands for them.
    var alsoAt: [String] = []
    /// The protected context that it is in, by whichever of its addresses.
    var protectedBy: String?
    var state: HostState = .connecting
    var grade = Grade()

    /// Why there is no connection; `nil` before the first try and while connected.
    var failure: LinkFailure?
    /// When the next try is due; `nil` with a failure means it is not retried by itself.
    var retryAt: MonotonicInstant?
    /// Tries since the last success, the one under way included.
    var attempt = 0
    /// When the present phase of the link began: dialling, connected or lost.
    var phaseSince: MonotonicInstant?
    var phase: LinkPhase = .idle
    /// When the first failure since the last success came.
    var failingSince: MonotonicInstant?
    var drainReason: String?
    var roundTrip: Duration?
    /// The agent's wall clock minus ours.
    var clockOffset: Duration?
    /// Of this connection.
    var traffic: LinkTraffic?
    var trafficRates: LinkTraffic.Rates?

    /// The newest one; kept after the connection ended, with its age.
    var snapshot: Snapshot?
    /// When `snapshot` was taken, on our clock.
    var sampledAt: MonotonicInstant?
    /// When `snapshot` was taken, on our calendar.
    var sampledWall: WallTime?
    /// When anything came of it last.
    var heardAt: MonotonicInstant?
    var rates = HostRates()
    var history = HostHistory()

    /// From the newest snapshot with groups, in its order.
    var groups: [GroupTrack] = [] {
        didSet {
            groupPlaces = [:]
            for (place, group) in groups.enumerated() { groupPlaces[group.info.key] = place }
        }
    }
    /// Living workers, and ended ones for ten minutes, at most `endsKept`.
    var workers: [WorkerID: WorkerTrack] = [:]
    /// Living workers that are not OK, as of the newest snapshot with workers.
    var troubled: [WorkerID] = []
    /// When groups and workers were sampled last, on our clock; `nil` when nobody looked yet.
    var detailAt: MonotonicInstant?

    /// Newest last, at most `logKept` and `logBytesKept`.
    var log: [LogEntry] = []
    /// Entries so far.
    var logged: UInt64 = 0
    /// Newest last, at most 1,000.
    var exits: [ExitRecord] = []
    /// Newest last, at most 100.
    var commands: [CommandRecord] = []
    /// The newest answers, at most `answersKept`.
    var answers: [Query.Body: KnownAnswer] = [:]
    /// More than are looked at at a time.
    static let answersKept = 16

    private var groupPlaces: [String: Int] = [:]
    /// Apps that are no longer told of, as they were last, as long as a worker of theirs is remembered.
    var formerGroups: [String: FormerGroup] = [:]
    /// Rolls as events told of them, with the agent's time: newer than the newest snapshot.
    var rollNews: [String: (roll: RollSummary, at: MonotonicInstant)] = [:]
    /// Who ended last in which slot, of those that are known.
    var newestEnd: [Slot: WorkerID] = [:]
    /// Who lives in which slot, as of the newest snapshot with workers.
    var tenants: [Slot: WorkerID] = [:]

    var bridge = ClockBridge()
    /// After a reconnect the agent may tell events again, and what is asked of the past overlaps with what is told.
    var seenEvents = EventMarks()
    var past = PastEvents()
    var catchingUp: [PastTier: CatchingUp] = [:]
    var leftOut = LeftOut()
    /// The time before the connection in which nobody here looked.
    var unseen: Range<MonotonicInstant>?
    var sampledSinceConnect = false

    struct Slot: Hashable, Sendable {
        var groupKey: String
        var number: UInt32

        init(_ info: WorkerInfo) {
            groupKey = info.groupKey
            number = info.slot
        }
    }

    enum LinkPhase: Sendable { case idle, dialling, open, closed }

    init(place: HostPlace, limits: [AppLimits] = []) {
        self.place = place
        protectedBy = place.protectedBy
        self.limits = limits
    }

    /// Where it is dialled.
    var address: String { place.address }

    /// Its name in the host book; without one what it calls itself, else what the operator wrote. Hostile until drawn
    /// through `SafeText`.
    var name: String {
        if place.isNamed { return place.label }
        return info.map(\.name).flatMap { $0.isEmpty ? nil : $0 } ?? place.label
    }

    /// How long ago the newest snapshot was taken; `nil` when there is none.
    func age(now: MonotonicInstant) -> Duration? { sampledAt.map { now - $0 } }

    /// Time between two sweeps, as the agent plans it; more than usual while it keeps within its share of a core.
    var cadence: Duration { snapshot?.host.cadence ?? info?.cadence ?? .seconds(1) }

    /// Expected time between two snapshots here.
    var interval: Duration { info?.snapshotInterval ?? .seconds(1) }

    /// Without a word for longer than this it counts as live no more, however rarely its samples come: there is a PING every
    /// 5 s, and 10 s are promised.
    static let silence = Duration.seconds(9)

    /// Without a sample for longer than this something is missing.
    var patience: Duration { max(interval, snapshot?.host.cadence ?? .zero) * 3 }

    /// Whether its newest numbers of workers are as new as those of itself: they come only while somebody looks at them.
    var tellsOfWorkers: Bool {
        guard let detailAt, let sampledAt else { return false }
        return sampledAt - detailAt < patience
    }

    /// Snapshots that should have come since the newest one and did not; the graphs' trailing gap.
    func missing(now: MonotonicInstant) -> Int {
        guard let age = age(now: now), age > patience else { return 0 }
        return min(Int(age.seconds / interval.seconds), Series.capacity)
    }

    /// Why nothing may be done here, in words; `nil` when it may be asked.
    var actionBar: String? {
        guard state.hasNumbers else { return "host not reachable: nothing can be asked for" }
        guard let role else { return "not connected" }
        if role < .operator { return "your role here is \(role.word), or the agent is read-only: you may only look" }
        if snapshot?.limitations.contains(.noPidfd) == true {
            return "its kernel has no pidfds (before 5.3): the agent can signal nothing safely"
        }
        return nil
    }

    func group(_ key: String) -> GroupTrack? { groupPlaces[key].map { groups[$0] } }

    /// What a person calls an app, also when it is no longer told of; its key where nobody ever said.
    func appName(_ key: String) -> String { (group(key)?.info ?? formerGroups[key]?.info)?.app ?? key }

    /// The same, and what tells it from others of its host that go by that name: where it listens, else its master.
    func distinctAppName(_ key: String) -> String {
        let name = appName(key)
        let namesakes = groups.filter { $0.info.key != key && $0.info.app == name }
        guard !namesakes.isEmpty, let info = group(key)?.info else { return name }
        if !info.ports.isEmpty, !namesakes.contains(where: { $0.info.ports == info.ports }) {
            return "\(name) \(info.portsText)"
        }
        return info.masterPID.map { "\(name) pid \($0)" } ?? name
    }

    /// As `label(of:)`, with that name.
    func distinctLabel(of worker: WorkerID) -> String {
        workers[worker].map { "\(distinctAppName($0.info.groupKey))#\($0.info.slot)" } ?? label(of: worker)
    }

    /// The living worker that took the slot of `worker` after it ended; `nil` while there is none.
    func successor(of worker: WorkerInfo) -> WorkerTrack? {
        guard let tenant = tenants[Slot(worker)], tenant != worker.id, let track = workers[tenant], track.end == nil
        else { return nil }
        return track
    }

    /// Exits seen in a slot, newest first.
    func exits(inSlot slot: UInt32, of groupKey: String) -> [ExitRecord] {
        exits.reversed().filter { $0.slot == slot && $0.groupKey == groupKey }
    }

    /// `api#7` for a worker that is or was here; its pid where neither is known any more.
    func label(of worker: WorkerID) -> String {
        if let info = workers[worker]?.info { return label(slot: info.slot, groupKey: info.groupKey) }
        if let exit = exits.last(where: { $0.worker == worker }) {
            return label(slot: exit.slot, groupKey: exit.groupKey)
        }
        return "pid \(worker.pid)"
    }

    func label(of target: CommandTarget) -> String {
        switch target {
        case .worker(let worker): label(of: worker)
        case .group(let target): appName(target.key)
        }
    }

    /// Of the group that a command is about.
    func groupKey(of target: CommandTarget) -> String? {
        switch target {
        case .group(let target): target.key
        case .worker(let worker):
            workers[worker]?.info.groupKey ?? exits.last { $0.worker == worker }?.groupKey
        }
    }

    func label(slot: UInt32, groupKey: String) -> String { "\(appName(groupKey))#\(slot)" }
}

extension HostInfo {
    /// Time between two sweeps, as the agent plans it.
    var cadence: Duration { .nanoseconds(Int64(clamping: intervalNanoseconds)) }

    /// Expected time between two snapshots: what the agent keeps, but not below the second that is subscribed to, and not what
    /// nobody would wait for.
    var snapshotInterval: Duration {
        min(max(cadence, .seconds(1)), .seconds(60))
    }
}
