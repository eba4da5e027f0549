import Model

/// One made-up host as its agent would see it, as a value: time and commands in, snapshots, events and outcomes out. All
/// that happens follows from the seed and from what is asked.
struct SimulatedHost: Sendable {
    /// What came of letting time pass.
    struct Sweep: Sendable {
        var snapshot: Snapshot
        var events: [Event.Body] = []
        var outcomes: [Outcome] = []
    }

    let info: HostInfo
    var random: SplitMix64
    var apps: [SimulatedApp]
    var jobs: [SimulatedJob] = []
    private var health: HostHealth
    private var row = HostRow()
    private var sequence: UInt64 = 0
    private var swept: MonotonicInstant?
    private var nextPID: Int32 = 1000
    /// What happened between two sweeps.
    var events: [Event.Body] = []
    var outcomes: [Outcome] = []

    static let interval = Duration.seconds(1)
    private static let ticksPerSecond: UInt32 = 100

    init(_ plan: HostPlan, workers: Int, now: Moment) {
        var random = SplitMix64(state: plan.seed)
        // Fifty workers use some eight cores.
        let cores = [12, 16, 24, 32][Int(random.next() % 4)] * UInt32(1 + workers / 50)
        info = HostInfo(
            id: plan.id, boot: plan.boot, name: plan.name, kernel: "6.1.0-sim x86_64", cores: cores,
            ticksPerSecond: Self.ticksPerSecond, agentVersion: "simulated",
            intervalNanoseconds: UInt64(Self.interval.nanoseconds))
        health = HostHealth(cores: cores, interval: Self.interval)
        row[.memoryTotalBytes] = UInt64(cores) << 32
        row[.agentResidentBytes] = 6 << 20
        row[.agentProportionalBytes] = 5 << 20
        row[.agentBeganNanoseconds] = now.monotonic.nanoseconds
        row[.missedSweeps] = 0
        row[.probeStretchPermille] = 1000
        apps = SimulatedApp.some(of: workers, since: now.wall, using: &random)
        self.random = random
        for app in apps.indices {
            for slot in apps[app].slots.indices where !apps[app].isLacking(slot) { start(slot, of: app, at: now) }
        }
        events = []  // they were there before
    }

    mutating func sweep(at now: Moment) -> Sweep {
        let elapsed = swept.map { now.monotonic - $0 } ?? .zero
        swept = now.monotonic
        for app in apps.indices { live(app, elapsed, to: now) }
        drive(at: now)
        happen(at: now)
        for app in apps.indices { apps[app].noteMissing(at: now.wall) }
        let snapshot = snapshot(elapsed, at: now)
        defer { (events, outcomes) = ([], []) }
        return Sweep(snapshot: snapshot, events: events, outcomes: outcomes)
    }

    private mutating func live(_ app: Int, _ elapsed: Duration, to now: Moment) {
        for slot in apps[app].slots.indices {
            guard let before = apps[app].slots[slot].worker?.entry.row[.cpuNanoseconds] else {
                if let due = apps[app].slots[slot].returnsAt, due <= now.monotonic { start(slot, of: app, at: now) }
                continue
            }
            let change = apps[app].slots[slot].worker?.live(elapsed, to: now.monotonic, using: &random)
            let after = apps[app].slots[slot].worker?.entry.row[.cpuNanoseconds] ?? before
            apps[app].count(after - before)
            if let change { tell(change, slot, of: app) }
            if let end = apps[app].slots[slot].worker?.end(at: now.monotonic) {
                self.end(slot, of: app, end.status, oomKilled: end.oomKilled, returnsAfter: .seconds(1), at: now)
            }
        }
    }

    private mutating func tell(_ change: SimulatedWorker.HangChange, _ slot: Int, of app: Int) {
        guard let place = place(slot, of: app) else { return }
        switch change {
        case .began: events.append(.hung(place))
        case .ended(let length): events.append(.hungEnded(place, after: length))
        }
    }

    private func place(_ slot: Int, of app: Int) -> WorkerPlace? {
        apps[app].slots[slot].worker.map {
            WorkerPlace(
                worker: $0.entry.info.id, app: apps[app].info.app, groupKey: apps[app].info.key,
                slot: $0.entry.info.slot)
        }
    }

    /// What nobody asked for: a worker that is restarted, a roll of whoever deploys.
    private mutating func happen(at now: Moment) {
        let chance = random.next() % 1800
        guard chance < 4 else { return }
        let app = Int(random.next() % UInt64(apps.count))
        if chance == 0, jobs.isEmpty {
            let target = GroupTarget(boot: info.boot, key: apps[app].info.key, master: apps[app].info.master)
            let id = CommandID(high: random.next(), low: random.next())
            begin(Command(id: id, action: .roll, target: .group(target)), issuer: "user/deploy", at: now)
        } else if let slot = apps[app].slots.indices.randomElement(using: &random), apps[app].slots[slot].worker != nil
        {
            let status = chance == 1 ? ExitStatus.signal(SignalNumber.kill) : .code(0)
            end(slot, of: app, status, oomKilled: false, returnsAfter: .seconds(1), at: now)
        }
    }

    mutating func end(
        _ slot: Int, of app: Int, _ status: ExitStatus, oomKilled: Bool, returnsAfter pause: Duration, at now: Moment,
        by deed: (words: String, command: CommandID)? = nil
    ) {
        guard let place = place(slot, of: app), let worker = apps[app].slots[slot].worker else { return }
        events.append(.workerExited(place, status: status, oomKilled: oomKilled))
        let row = worker.entry.row
        let life = Life(
            worker: place.worker, started: worker.entry.info.started, ended: now.wall, status: status,
            oomKilled: oomKilled, endedBy: deed?.words, command: deed?.command,
            lastCPUPermille: row[.loopUtilisationPermille], lastResidentBytes: row[.residentBytes],
            lastLagMicroseconds: row[.lagMaxMicroseconds])
        apps[app].slots[slot].lives = Array(([life] + apps[app].slots[slot].lives).prefix(SimulatedApp.livesKept))
        apps[app].slots[slot].worker = nil
        apps[app].slots[slot].returnsAt = now.monotonic + pause
        apps[app].countExit()
    }

    mutating func start(_ slot: Int, of app: Int, at now: Moment) {
        nextPID = nextPID < 4_000_000 ? nextPID + 1 : 1000
        let group = apps[app].info
        let name = group.kind.processName
        let info = WorkerInfo(
            id: WorkerID(
                boot: info.boot, pid: nextPID,
                startTicks: now.monotonic.nanoseconds / (1_000_000_000 / UInt64(Self.ticksPerSecond))),
            parentPID: group.master?.pid ?? 1, groupKey: group.key, slot: apps[app].slots[slot].number, uid: 1000,
            name: name, arguments: [name, "/srv/\(group.app)/main"], started: now.wall)
        apps[app].slots[slot].worker = SimulatedWorker(
            info, apps[app].slots[slot].temper, at: now.monotonic, using: &random)
        apps[app].slots[slot].returnsAt = nil
        events.append(.workerStarted(info, app: group.app))
    }

    private mutating func snapshot(_ elapsed: Duration, at now: Moment) -> Snapshot {
        sequence += 1
        var total = Totals()
        var groups: [GroupEntry] = []
        var workers: [WorkerEntry] = []
        for app in apps {
            let sum = app.totals()
            total.add(sum)
            groups.append(GroupEntry(info: app.info, row: sum.group))
            for slot in app.slots { if let worker = slot.worker { workers.append(worker.entry) } }
        }
        let spent = total.cpuNanoseconds - (row[.workersCPUNanoseconds] ?? 0)
        total.write(to: &row)
        let second = UInt64(max(0, elapsed.nanoseconds))
        row[.cpuBusyNanoseconds, default: 0] += min(spent, second * UInt64(info.cores)) + second / 50
        row[.agentCPUNanoseconds, default: 0] += second / 500
        row[.sweepMicroseconds] = UInt64(300 + workers.count * 12)
        row[.uptimeNanoseconds] = now.monotonic.nanoseconds
        let memory = row[.memoryTotalBytes] ?? 0
        row[.memoryAvailableBytes] = memory - min(memory, total.residentBytes + memory / 8)
        row[.load1Hundredths] = elapsed > .zero ? spent * 100 / max(second, 1) : nil
        var snapshot = Snapshot(
            sequence: sequence, monotonic: now.monotonic, wall: now.wall, host: row,
            groups: groups.sorted { $0.info.key < $1.info.key },
            workers: workers.sorted { $0.info.id < $1.info.id })
        health.judge(&snapshot)
        return snapshot
    }
}

extension GroupKind {
    /// What the kernel calls its workers.
    var processName: String {
        switch self {
        case .nodeCluster: "node"
        case .gunicorn: "gunicorn"
        case .puma: "ruby"
        case .nginx: "nginx"
        default: "server"
        }
    }
}
