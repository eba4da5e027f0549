import Model

@testable import Dashboard

/// What agents say of control in the demo fleet: rolls, orphans, missing workers, offers, lives, connections.
enum DemoControl {
    static let roll = CommandID(high: 0x8f2c_41d0, low: 1)

    static func rollSummary(_ state: RollSummary.State, reason: String = "") -> RollSummary {
        RollSummary(
            id: roll, state: state, issuer: "user/ada", total: 4, replaced: 1,
            underWay: state == .running ? [2] : [], reason: reason,
            began: DemoFleet.agentInstant(DemoFleet.lastSecond - 12))
    }

    /// web-17 with trouble: api has lost a worker and is being rolled, web's port is held by somebody else.
    static func troubled(_ roll: RollSummary? = rollSummary(.running)) -> DemoFleet {
        roll == nil ? withoutRoll : roll == rollSummary(.running) ? rolling : lived(roll)
    }

    // Lived once for all tests.
    private static let rolling = lived(rollSummary(.running))
    private static let withoutRoll = lived(nil)

    private static func lived(_ roll: RollSummary?) -> DemoFleet {
        DemoFleet.lived { host, _, snapshot in
            guard host == 0 else { return }
            for index in snapshot.groups.indices {
                if snapshot.groups[index].info.key == "api" {
                    snapshot.groups[index].info.roll = roll
                    snapshot.groups[index].info.expected = 5
                    snapshot.groups[index].info.manager = Manager(kind: .systemd, name: "api.service")
                    snapshot.groups[index].row[.connections] = 182
                    snapshot.groups[index].row[.acceptQueue] = 3
                    snapshot.groups[index].row[.acceptQueueLimit] = 128
                } else {
                    snapshot.groups[index].info.expected = 2
                    snapshot.groups[index].info.orphan = PortOrphan(
                        process: ProcessRef(pid: 812, startTicks: 9), port: 8000)
                }
            }
            for index in snapshot.workers.indices {
                let slot = snapshot.workers[index].info.slot
                snapshot.workers[index].row[.connections] = UInt64(slot) * 40
                guard slot == 3 else { continue }
                snapshot.workers[index].info.folded = [
                    FoldedProcess(process: ProcessRef(pid: 20_090, startTicks: 3), role: .wrapper, title: "npm start"),
                    FoldedProcess(process: ProcessRef(pid: 20_091, startTicks: 4), role: .wrapper, title: "sh -c"),
                    FoldedProcess(
                        process: ProcessRef(pid: 20_120, startTicks: 8), role: .helper, title: "resource_tracker"),
                ]
                snapshot.workers[index].row[.foldedResidentBytes] = 61 << 20
                snapshot.workers[index].row[.foldedCPUNanoseconds] = UInt64(snapshot.sequence) * 4_000_000
            }
        }
    }

    static func life(
        _ pid: Int32, started: Int, ended: Int?, _ status: ExitStatus? = nil, oom: Bool = false, by: String? = nil
    ) -> Life {
        let wall = { (ago: Int) in
            WallTime(nanoseconds: DemoFleet.end.nanoseconds - Int64(ago) * 1_000_000_000)
        }
        return Life(
            worker: WorkerID(boot: DemoFleet.boot, pid: pid, startTicks: 5), started: wall(started),
            ended: ended.map(wall), status: status, oomKilled: oom, endedBy: by,
            lastCPUPermille: ended == nil ? nil : 998, lastResidentBytes: ended == nil ? nil : 1_070_000_000,
            lastLagMicroseconds: ended == nil ? nil : 480_000)
    }

    static let lives = [
        life(20_113, started: 12_250, ended: nil), life(19_877, started: 13_340, ended: 12_250, .signal(9), oom: true),
        life(18_102, started: 200_660, ended: 13_341, .signal(15), by: "restart by user/ada"),
        life(17_210, started: 719_060, ended: 200_660, .code(1)), life(11_001, started: 1_219_060, ended: 719_061),
    ]

    static let connections = ConnectionReport(
        monotonic: DemoFleet.agentInstant(90), established: 182, closeWait: 9,
        listeners: [
            ListenerReport(address: "0.0.0.0:8080", queue: 3, limit: 128),
            ListenerReport(address: "[::]:8080", queue: 129, limit: 128),
        ],
        peers: [
            PeerReport(
                address: "10.0.4.30", connections: 1, unreadBytes: 0, unsentBytes: 2_600_000, age: .seconds(64),
                slots: [3], mark: .stoppedReading),
            PeerReport(
                address: "2001:db8:4::1f", connections: 4, unreadBytes: 6_200_000, unsentBytes: 0, age: .seconds(301),
                slots: [1, 2], mark: .floods),
            PeerReport(
                address: "10.0.9.12", connections: 128, unreadBytes: 0, unsentBytes: 0, age: .seconds(7300),
                slots: [1, 2, 3, 4]),
        ], peerCount: 14, stickiness: .share(permille: 870, peers: 23))

    static let offers: [Offer] = [
        Offer(
            action: .restart, means: "SIGTERM to the worker, SIGKILL after 10 s; its parent may start a new one",
            unavailable: nil),
        Offer(action: .roll, means: "", unavailable: "it is done to the whole app: choose api"),
        Offer(action: .reload, means: "", unavailable: "it is done to the whole app: choose api"),
        Offer(action: .signal, means: "to the worker: SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM, SIGCONT"),
        Offer(action: .hold, means: "nobody else acts on it for 60 s"),
    ]

    static let groupOffers: [Offer] = [
        Offer(action: .restart, means: "", unavailable: "it is done to one worker; roll does all, one by one"),
        Offer(
            action: .roll,
            means: "SIGTERM to the worker, SIGKILL after 10 s; its parent may start a new one, one at a time"),
        Offer(action: .reload, means: "", unavailable: "a Node cluster has no reload of its own: roll"),
        Offer(action: .scale, means: "", unavailable: "the app decides how many workers it forks"),
        Offer(action: .stop, means: "systemd stops api.service"),
        Offer(action: .start, means: "systemd starts api.service"),
        Offer(action: .pause, means: "", unavailable: "no roll is under way"),
    ]

    static let experience = Experience(replaced: 8, notReplaced: 1, slowest: .milliseconds(2300))

    static func rollPlan() -> Plan {
        var steps: [PlanStep] = []
        for (slot, pid) in [(4, 20_114), (3, 20_113), (1, 20_111), (2, 20_312)] as [(Int, Int32)] {
            let process = ProcessRef(pid: pid, startTicks: 1)
            let role = "worker \(slot)"
            let before = steps.isEmpty ? "" : "when the one before has proved itself"
            steps.append(PlanStep(process: process, role: role, deed: .signal(15), condition: before))
            steps.append(
                PlanStep(process: process, role: role, deed: .signal(9), condition: "after 10 s, if it still lives"))
        }
        return Plan(
            steps: steps,
            success: [
                "each ends, and a new worker of the app comes within 15 s and lives for 2 s",
                "it stops at the first that is not replaced, and leaves the rest untouched",
            ],
            warnings: ["whether its parent starts a new one is not known: nobody restarted a worker of it here yet"])
    }

    /// Answers what a screen asked, from here.
    static func answer(_ demo: inout DemoFleet, host: Int = 0) {
        for question in demo.questions {
            switch question {
            case .lives: demo.link(host, .answer(question, .lives(lives, experience)))
            case .connections: demo.link(host, .answer(question, .connections(connections)))
            case .offers(.worker): demo.link(host, .answer(question, .offers(offers, experience)))
            case .offers(.group): demo.link(host, .answer(question, .offers(groupOffers, experience)))
            case .events: demo.link(host, .answer(question, .events([])))
            case .pastPieces(let tier): demo.link(host, .answer(question, .pastPieces(tier, [])))
            case .past: demo.link(host, .answer(question, .unknown("not kept")))
            case .log: break
            }
        }
    }
}
