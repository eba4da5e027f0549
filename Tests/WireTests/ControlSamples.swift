import Model
import Wire

/// Commands, outcomes and answers that the tests and the examples of `docs/PROTOCOL.md` share.
enum ControlSamples {
    static let place = WorkerPlace(worker: Samples.worker, app: "web", groupKey: "node:4300", slot: 1)
    static let otherPlace = WorkerPlace(worker: Samples.otherWorker, app: "web", groupKey: "node:4300", slot: 2)
    static let orphan = PortOrphan(process: ProcessRef(pid: 3990, startTicks: 70_001), port: 3000)
    static let groupTarget = CommandTarget.group(
        GroupTarget(boot: Samples.boot, key: "node:4300", master: Samples.master))

    /// A worker that a manager keeps, below a wrapper.
    static let managed: WorkerInfo = {
        var info = Samples.info(Samples.newWorker, slot: 2)
        info.manager = Manager(kind: .supervisord, name: "web:web_2")
        info.folded = [
            FoldedProcess(process: ProcessRef(pid: 4999, startTicks: 8_640_040), role: .wrapper, title: "npm start")
        ]
        return info
    }()

    static let roll = Command(
        id: Samples.commandID, action: .roll, target: groupTarget,
        parameters: CommandParameters(
            warned: true,
            roll: RollOptions(
                lagBelow: .milliseconds(200), ready: .http(port: 3000, path: "/health"), hold: Samples.run),
            reason: "leak"))
    static let scale = Command(
        id: Samples.commandID, action: .scale, target: groupTarget,
        parameters: CommandParameters(dryRun: true, size: .by(-1)))

    static let polite = RestartEvidence(
        signals: [SentSignal(number: 15, after: .milliseconds(2))], exited: .milliseconds(30),
        detail: "the new master ended: EADDRINUSE")
    static let interruption = Interruption(
        targetLives: false, replacement: Samples.newWorker, workers: 2, detail: "slot 2: a signal may have been sent")
    static let groupEvidence = GroupEvidence(
        before: 2, after: 1, wanted: 1, gone: 1, new: 0, elapsed: .seconds(3), detail: "TTOU to the master")
    static let runningRoll = RollSummary(
        id: Samples.commandID, state: .running, issuer: "user/ada", total: 8, replaced: 1, underWay: [2],
        began: Samples.monotonic)
    static let failedRoll = RollSummary(
        id: Samples.commandID, state: .failed, issuer: "user/ada", total: 8, replaced: 1,
        reason: "slot 2: crash loop", began: Samples.monotonic)
    static let plan = Plan(
        steps: [
            PlanStep(process: ProcessRef(pid: 4312, startTicks: 81_234), role: "worker 1", deed: .signal(15)),
            PlanStep(
                process: ProcessRef(pid: 4312, startTicks: 81_234), role: "worker 1", deed: .signal(9),
                condition: "after 10 s, if it still lives"),
            PlanStep(process: nil, role: "manager", deed: .call("systemctl reload web.service")),
        ], success: ["a new worker lives for 2 s"], warnings: ["no restart of it was seen"])

    static func outcome(_ action: Action, _ target: CommandTarget, of verdict: Verdict) -> Outcome {
        Outcome(id: Samples.commandID, action: action, target: target, issuer: "user/ada", verdict: verdict)
    }

    static let offers = [
        Offer(action: .restart, means: "SIGTERM to the worker; the parent may start a new one"),
        Offer(action: .reload, means: "", unavailable: "a node cluster has no reload"),
    ]
    static let piece = PastPiece(
        number: 9, first: MonotonicInstant(nanoseconds: 1_000_000_000),
        last: MonotonicInstant(nanoseconds: 301_000_000_000), snapshots: 301, byteCount: 61_444)
    static let experience = Experience(replaced: 4, notReplaced: 1, slowest: .milliseconds(900))
    static let lives = [
        Life(worker: Samples.newWorker, started: Samples.wall),
        Life(
            worker: Samples.otherWorker, started: WallTime(nanoseconds: 1_789_999_000_000_000_002),
            ended: Samples.wall, status: .signal(9), oomKilled: true, endedBy: "user/ada", command: Samples.commandID,
            lastCPUPermille: 120, lastResidentBytes: 80 << 20, lastLagMicroseconds: 4_200),
    ]
    static let connections = ConnectionReport(
        monotonic: Samples.monotonic, established: 14, closeWait: 1,
        listeners: [ListenerReport(address: "0.0.0.0:3000", queue: 3, limit: 511)],
        peers: [
            PeerReport(
                address: "10.0.0.9", connections: 12, unreadBytes: 0, unsentBytes: 65_536, age: .seconds(60),
                slots: [1, 2], mark: .stoppedReading)
        ], peerCount: 3, stickiness: .share(permille: 667, peers: 3))

    /// A roll in its states, and none in the end.
    static let rollMovingOn: [RollSummary?] = {
        var roll = RollSummary(
            id: Samples.commandID, state: .running, issuer: "user/ada", total: 2, underWay: [1],
            began: Samples.monotonic)
        var states: [RollSummary?] = [roll]
        roll.replaced = 1
        roll.underWay = [2]
        states.append(roll)
        roll.state = .failed
        roll.reason = "slot 2: crash loop"
        states.append(roll)
        roll.state = .finished
        roll.replaced = 2
        roll.underWay = []
        roll.reason = ""
        return states + [roll, nil]
    }()

    // Larger than may be.

    static let long = String(repeating: "é", count: 1000)
    static let largestRoll = RollSummary(
        id: Identifier128(high: .max, low: .max), state: .aborted, issuer: long, total: .max, replaced: .max,
        underWay: Array(repeating: .max, count: 99), reason: long, began: MonotonicInstant(nanoseconds: .max))
    static let largestFolded = FoldedProcess(
        process: ProcessRef(pid: -1, startTicks: .max), role: .helper, title: long)
    static let largestStep = PlanStep(
        process: ProcessRef(pid: -1, startTicks: .max), role: long, deed: .call(long), condition: long)
}
