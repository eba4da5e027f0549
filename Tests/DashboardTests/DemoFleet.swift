import Console
import Model
import Synchronization

@testable import Dashboard

/// A fleet of seven hosts in every state there is, made by events as links would tell them. No clock, no randomness.
struct DemoFleet: Sendable {
    /// 2026-11-20 14:03:22 UTC.
    static let end = WallTime(nanoseconds: 1_795_183_402_000_000_000)
    static let names = ["web-17", "web-22", "db-gw-2", "api-03", "cron-01", "queue-1", "web-01"]
    static let boot = BootID(high: 1, low: 2)
    static let lastSecond = 90

    private(set) var fleet: Fleet
    private(set) var state: UIState
    var effects: [UIEffect] = []
    private(set) var second = 0
    /// As each agent judges its host.
    private var health: [Int: HostHealth] = [:]
    /// What is different about the agents' snapshots: host, second, snapshot.
    var change: @Sendable (Int, Int, inout Snapshot) -> Void = { _, _, _ in }

    var now: MonotonicInstant { Self.instant(Double(second)) }
    var wall: WallTime { Self.wall(Double(second)) }

    static func instant(_ second: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000_000 + UInt64(second * 1e9))
    }

    static func wall(_ second: Double) -> WallTime {
        WallTime(nanoseconds: end.nanoseconds + Int64((second - Double(lastSecond)) * 1e9))
    }

    init(size: Size, rules: [AlertRule] = [], limits: [AppLimits] = [], protectedBy: String? = nil) {
        let numbers = Numbers()
        let places = Self.names.map {
            HostPlace(label: "\($0):7433", address: "\($0):7433", context: protectedBy, protectedBy: protectedBy)
        }
        fleet = Fleet(places: places, limits: limits)
        state = UIState(size: size, hosts: Self.names.count, rules: rules) { CommandID(high: 7, low: numbers.next()) }
    }

    /// Ninety seconds of life: web-17 has a busy worker, cron-01 stops talking, web-22 goes down.
    static func settled(size: Size) -> DemoFleet {
        var demo = usual
        demo.resize(size)
        return demo
    }

    /// Lived once for all tests.
    private static let usual = lived { _, _, _ in }

    static func lived(change: @escaping @Sendable (Int, Int, inout Snapshot) -> Void) -> DemoFleet {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.change = change
        for host in [0, 1, 3, 4, 6] { demo.connect(host) }
        demo.link(2, .connecting(attempt: 1))
        demo.link(2, .lost(.authentication(reason: "agent refused our certificate: unknown CA"), retryAt: nil))
        demo.link(5, .lost(.version(theirs: 2...2, ours: 3...3), retryAt: nil))
        while demo.second < lastSecond {
            demo.second += 1
            for host in [0, 3, 6] { demo.sample(host) }
            if demo.second <= 76 { demo.sample(4) }
            if demo.second <= 50 { demo.sample(1) }
            if demo.second == 52 {
                demo.link(1, .lost(.unreachable(reason: "connect timed out"), retryAt: instant(112)))
            }
            if demo.second == 60 { demo.exit(0, slot: 2, .signal(9)) }
            demo.tick()
        }
        demo.effects = []
        return demo
    }

    mutating func connect(_ host: Int, role: Role = .operator) {
        link(host, .connecting(attempt: 1))
        link(host, .connected(Self.info(host), role: role))
        link(host, .measured(roundTrip: .microseconds(800), clockOffset: .milliseconds(3)))
        link(host, .traffic(LinkTraffic(received: 9000, sent: 200, at: now)))
        link(host, .traffic(LinkTraffic(received: 24_360, sent: 320, at: now + .seconds(5))))
    }

    static func info(_ host: Int) -> HostInfo {
        HostInfo(
            id: HostID(high: 9, low: UInt64(host)), boot: boot, name: names[host], kernel: "6.1.0-18-amd64 x86_64",
            cores: 16, ticksPerSecond: 100, agentVersion: "0.1.0", intervalNanoseconds: 1_000_000_000)
    }

    mutating func advance(_ seconds: Int = 1, sampling hosts: [Int] = [0, 3, 6]) {
        for _ in 0..<seconds {
            second += 1
            for host in hosts { sample(host) }
            tick()
        }
    }

    mutating func second(add seconds: Int) { second += seconds }

    /// Nothing but a recording.
    mutating func show(_ stored: StoredRecording) {
        fleet = Fleet(places: stored.recording.hosts.map(\.place))
        state = UIState(size: state.size, hosts: fleet.hosts.count, keys: KeyTable.usual.ofRecordings)
        state.time = TimeTravel(stored)
        tick()
    }

    /// Hosts of which nothing is known.
    mutating func show(_ fleet: Fleet) {
        self.fleet = fleet
        state = UIState(size: state.size, hosts: fleet.hosts.count)
        tick()
    }

    mutating func tick() { feed(.tick) }
    mutating func link(_ host: Int, _ event: LinkEvent) { feed(.link(host: host, event)) }

    mutating func sample(_ host: Int) {
        var snapshot = Self.snapshot(host, at: second)
        change(host, second, &snapshot)
        var judge = health[host] ?? HostHealth(cores: Self.info(host).cores, interval: .seconds(1))
        judge.judge(&snapshot)
        health[host] = judge
        link(host, .snapshot(snapshot))
    }

    /// Its screen, wherever its row is.
    mutating func open(_ host: Int) {
        state.push(.host(host, HostView(), folded: []))
        tick()
    }

    mutating func resize(_ size: Size) { feed(.resize(size)) }

    mutating func press(_ keys: Key..., millisecondsLater: Int = 0) {
        for key in keys { feed(.key(key), later: .milliseconds(millisecondsLater)) }
    }

    /// From the fleet's screen.
    mutating func go(to screen: ScreenKind) {
        switch screen {
        case .fleet: break
        case .apps: press(.character("2"))
        case .workers: press(.character("3"))
        case .events: press(.character("4"))
        case .rolls: press(.character("5"))
        case .alerts: press(.character("6"))
        case .host: press(.enter)
        case .app: press(.enter, .enter)
        case .worker: press(.enter, .down, .enter)
        case .log: press(.enter, .character("l"))
        case .agent: press(.character("d"))
        case .compare: press(.enter, .home, .character(" "), .character("C"))
        }
    }

    mutating func type(_ text: String) { for character in text { feed(.key(.character(character))) } }

    /// What the agents kept; where nothing is given they keep nothing, and say so when they are asked.
    var pasts: [PastTier: BackfillTests.Past] = [:]
    /// Which of it was asked for.
    private(set) var asked: [Query.Body] = []

    /// The screen is fitted as if it were drawn after each, and what is to be made of the past is made at once.
    mutating func feed(_ event: UIEvent, later: Duration = .zero) {
        var all = update(&state, fleet: &fleet, event: event, now: now + later, wall: wall)
        while state.time.isBuilding {
            all += update(&state, fleet: &fleet, event: .work, now: now + later, wall: wall)
        }
        if state.isUnsettled { all += state.settle(fleet, now: now + later, wall: wall) }
        for effect in all {
            switch effect {
            case .ask(let host, .pastPieces(let tier)):
                asked.append(.pastPieces(tier))
                link(host, .answer(.pastPieces(tier), .pastPieces(tier, pasts[tier]?.pieces ?? [])))
            case .ask(let host, .past(let piece, let offset)):
                asked.append(.past(piece: piece, offset: offset))
                let past = pasts.values.first { $0.pieces.contains { $0.number == piece } }
                let question = Query.Body.past(piece: piece, offset: offset)
                link(host, .answer(question, past?.answer(question) ?? .unknown("gone")))
            default: effects.append(effect)
            }
        }
    }

    func frame(_ glyphs: Glyphs = .block) -> Frame { rendering(glyphs).frame }

    func rendering(_ glyphs: Glyphs = .block) -> Rendering {
        render(state, fleet: fleet, size: state.size, glyphs: glyphs, now: now, wall: wall)
    }

    mutating func exit(_ host: Int, slot: UInt32, _ status: ExitStatus?) {
        let worker = Self.worker(host, slot: slot, at: second - 1)
        link(
            host,
            .event(
                Event(
                    sequence: UInt64(second), monotonic: Self.agentInstant(second),
                    wall: Self.wall(Double(second) + 0.003),
                    body: .workerExited(
                        WorkerPlace(worker: worker.id, app: "api", groupKey: worker.groupKey, slot: slot),
                        status: status, oomKilled: false))))
    }

    /// Ids of commands count up, so that a run is the same each time.
    private final class Numbers: Sendable {
        private let last = Atomic<UInt64>(0)
        func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
    }

    /// Commands that were sent in earnest.
    var commands: [Command] {
        effects.compactMap { if case .issue(_, let command) = $0, !command.parameters.dryRun { command } else { nil } }
    }

    /// What was done for the screen, but for questions and dry runs.
    var deeds: [UIEffect] {
        effects.filter {
            switch $0 {
            case .ask: false
            case .issue(_, let command): !command.parameters.dryRun
            default: true
            }
        }
    }

    /// Questions that were asked, oldest first.
    var questions: [Query.Body] { effects.compactMap { if case .ask(_, let question) = $0 { question } else { nil } } }

    /// Answers the newest dry run.
    mutating func plan(host: Int, _ verdict: Verdict) {
        for case .issue(host, let command) in effects.reversed() where command.parameters.dryRun {
            return link(host, .rehearsed(command.id, verdict))
        }
    }

    /// The plan of a restart of slot 3 of the first host.
    static let restartPlan = Plan(
        steps: [
            PlanStep(process: ProcessRef(pid: 20_113, startTicks: 1), role: "worker 3", deed: .signal(15)),
            PlanStep(
                process: ProcessRef(pid: 20_113, startTicks: 1), role: "worker 3", deed: .signal(9),
                condition: "after 10 s, if it still lives"),
        ],
        success: [
            "worker 3 (pid 20113) ends", "a new worker of the app comes within 15 s and lives for 2 s",
        ])

    /// Answers the newest command that was sent: replaced after 1.3 s.
    mutating func answer(host: Int) {
        guard let command = commands.last else { return }
        link(host, .accepted(command.id))
        let evidence = RestartEvidence(
            signals: [SentSignal(number: 15, after: .zero)], exited: .milliseconds(800), exitStatus: .code(0),
            replacement: WorkerID(boot: Self.boot, pid: 20_311, startTicks: 360_008_000), replaced: .milliseconds(1300))
        link(
            host,
            .outcome(
                Outcome(
                    id: command.id, action: .restart, target: command.target, issuer: "user/ada",
                    verdict: .replaced(evidence))))
    }

    // MARK: What the agents measure

    static func agentInstant(_ second: Int) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64(50_000_000_000_000 + Int64(second) * 1_000_000_000))
    }

    /// Slot 2 of host 0 is another process from second 60 on.
    static func worker(_ host: Int, slot: UInt32, at second: Int) -> WorkerInfo {
        let replaced = host == 0 && slot == 2 && second >= 60
        let age = replaced ? lastSecond - 60 : 250 + Int(slot) * 4000
        let ticks = 360_000_000 - UInt64(age) * 100 + UInt64(lastSecond) * 100
        let app = slot > 4 ? "web" : "api"
        return WorkerInfo(
            id: WorkerID(boot: boot, pid: 20_110 + Int32(slot) + (replaced ? 200 : 0), startTicks: ticks),
            parentPID: app == "api" ? 20_001 : 900, groupKey: app, slot: slot > 4 ? slot - 4 : slot, uid: 1000,
            name: app == "api" ? "node" : "gunicorn",
            arguments: app == "api"
                ? ["node", "server.js", "--port", "\(8100 + slot)"] : ["gunicorn: worker [shop.wsgi:application]"],
            started: wall(Double(lastSecond - age)))
    }

    private static func row(_ host: Int, slot: UInt32, at second: Int) -> WorkerRow {
        // Milliseconds of main thread per second, a repeating pattern without randomness.
        let share = host == 0 && slot == 3 ? 990 : 60 * Int(slot) + host * 20
        var time: UInt64 = 0
        for past in 0...max(second, 0) { time += UInt64(share + (share < 900 ? past * 7 % 13 * 6 : past % 3)) }
        var row = WorkerRow()
        row[.cpuNanoseconds] = time * 1_000_000
        row[.residentBytes] = (480 + UInt64(slot) * 20) << 20 + UInt64(second) << 18
        row[.threads] = 11
        row[.openFiles] = 180 + UInt64(slot) + UInt64(second % 5)
        if slot <= 4 {
            row[.readBytes] = UInt64(second) * 4096
            row[.writtenBytes] = UInt64(second) * 130_000
        }
        row[.voluntarySwitches] = UInt64(second) * (share > 900 ? 4 : 160)
        row[.involuntarySwitches] = UInt64(second) * 3
        row[.loopRunNanoseconds] = time * 1_000_000
        row[.loopWaitNanoseconds] = time * 12_000
        row[.state] = UInt64(UInt8(ascii: share > 900 ? "R" : "S"))
        return row
    }

    static func snapshot(_ host: Int, at second: Int) -> Snapshot {
        var hostRow = HostRow()
        hostRow[.cpuBusyNanoseconds] = UInt64(second) * UInt64(3 + host) * 1_000_000_000
        hostRow[.cpuStealNanoseconds] = 0
        hostRow[.memoryTotalBytes] = 64 << 30
        hostRow[.memoryAvailableBytes] = (32 - UInt64(host) * 4) << 30
        hostRow[.load1Hundredths] = 1420
        hostRow[.load5Hundredths] = 980
        hostRow[.load15Hundredths] = 610
        if host != 6 { hostRow[.pressureCPUMicroseconds] = UInt64(second) * 31_000 }
        hostRow[.pressureMemoryMicroseconds] = UInt64(second) * 2_000
        hostRow[.pressureIOMicroseconds] = 0
        hostRow[.uptimeNanoseconds] = 3_600_000_000_000_000 + UInt64(second) * 1_000_000_000
        hostRow[.workers] = 6
        hostRow[.workersCPUNanoseconds] = UInt64(second) * 2_310_000_000
        hostRow[.workersResidentBytes] = 3 << 30
        hostRow[.worstUtilisationPermille] = host == 0 ? 991 : UInt64(180 + host * 30 + second % 7 * 10)
        hostRow[.worstLagBoundNanoseconds] =
            host == 0 ? 993_000_000 : UInt64(180 + host * 30 + second % 7 * 10) * 1_000_000
        hostRow[.exits] = host == 0 ? 2 : 0
        hostRow[.agentCPUNanoseconds] = UInt64(second) * 3_000_000
        hostRow[.agentResidentBytes] = 14 << 20
        hostRow[.agentProportionalBytes] = 9 << 20
        hostRow[.agentSentBytes] = UInt64(second) * 3000
        hostRow[.sweepLatenessMicroseconds] = 130
        hostRow[.agentBeganNanoseconds] = agentInstant(-1240).nanoseconds
        hostRow[.sweepMicroseconds] = 1200
        hostRow[.missedSweeps] = 0
        hostRow[.droppedSnapshots] = 0
        let workers = (UInt32(1)...6).map { slot in
            var entry = WorkerEntry(info: worker(host, slot: slot, at: second), row: row(host, slot: slot, at: second))
            DemoLag.usual(host: host, slot: Int(slot)).fill(&entry, at: second)
            return entry
        }
        var api = GroupRow()
        api[.workers] = 4
        api[.cpuNanoseconds] = UInt64(second) * 1_650_000_000
        api[.residentBytes] = 2 << 30
        api[.worstUtilisationPermille] = hostRow[.worstUtilisationPermille]
        api[.worstLagBoundNanoseconds] = hostRow[.worstLagBoundNanoseconds]
        api[.exits] = 2
        var web = GroupRow()
        web[.workers] = 2
        web[.cpuNanoseconds] = UInt64(second) * 660_000_000
        web[.residentBytes] = 1 << 30
        web[.worstUtilisationPermille] = 430
        web[.worstLagBoundNanoseconds] = 430_000_000
        web[.exits] = 0
        var snapshot = Snapshot(
            sequence: UInt64(second), monotonic: agentInstant(second), wall: wall(Double(second) + 0.003),
            limitations: host == 0 ? [.ioDenied] : [], host: hostRow,
            groups: [
                GroupEntry(
                    info: GroupInfo(
                        key: "api", app: "api", kind: .nodeCluster, master: ProcessRef(pid: 20_001, startTicks: 1),
                        ports: [8080],
                        respawn: .parentMay), row: api),
                GroupEntry(
                    info: GroupInfo(
                        key: "web", app: "web", kind: .gunicorn, master: ProcessRef(pid: 900, startTicks: 1),
                        ports: [8000, 8001], respawn: .master),
                    row: web),
            ],
            workers: workers.sorted { $0.info.id < $1.info.id })
        snapshot.rollUpLag()
        return snapshot
    }
}
