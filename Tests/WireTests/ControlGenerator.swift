import Model
import TestSupport

/// Random commands, outcomes, events, queries and answers, within their limits.
struct ControlGenerator {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Of any magnitude.
    mutating func number() -> UInt64 { random.next() >> UInt64.random(in: 0..<64, using: &random) }
    mutating func number32() -> UInt32 {
        UInt32(truncatingIfNeeded: number()) >> UInt32.random(in: 0..<32, using: &random)
    }
    mutating func duration() -> Duration { .nanoseconds(Int64(number() >> 1)) }
    mutating func identifier() -> Identifier128 { Identifier128(high: random.next(), low: random.next()) }
    mutating func port() -> UInt16 { UInt16(truncatingIfNeeded: random.next()) }

    mutating func text() -> String {
        ["", "web", "näginx 日本", "\u{1b}[2J\n", String(repeating: "x", count: 96)].randomElement(using: &random) ?? ""
    }

    mutating func one<Value: CaseIterable>(_: Value.Type, or other: Value) -> Value {
        Array(Value.allCases).randomElement(using: &random) ?? other
    }

    /// Half of the time nothing.
    mutating func maybe<Value>(_ make: (inout Self) -> Value) -> Value? { random.chance(50) ? make(&self) : nil }

    mutating func some<Value>(_ limit: Int, _ make: (inout Self) -> Value) -> [Value] {
        var values: [Value] = []
        for _ in 0..<Int.random(in: 0...limit, using: &random) { values.append(make(&self)) }
        return values
    }

    mutating func process() -> ProcessRef {
        ProcessRef(pid: Int32(truncatingIfNeeded: random.next()), startTicks: number())
    }

    mutating func worker() -> WorkerID {
        let process = process()
        return WorkerID(boot: identifier(), pid: process.pid, startTicks: process.startTicks)
    }

    mutating func target() -> CommandTarget {
        guard random.chance(50) else { return .worker(worker()) }
        return .group(GroupTarget(boot: identifier(), key: text(), master: maybe { $0.process() }))
    }

    mutating func status() -> Model.ExitStatus {
        let number = UInt8(truncatingIfNeeded: random.next())
        return random.chance(50) ? .code(number) : .signal(number)
    }

    mutating func orphan() -> PortOrphan { PortOrphan(process: process(), port: port()) }

    mutating func ready() -> ReadyCheck {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: .tcp(port: port())
        case 1: .http(port: port(), path: text())
        default: .configured
        }
    }

    mutating func command() -> Command {
        let size = maybe {
            $0.random.chance(50) ? Scale.by(Int32(truncatingIfNeeded: $0.random.next())) : .to($0.number32())
        }
        return Command(
            id: identifier(), action: one(Action.self, or: .restart), target: target(),
            parameters: CommandParameters(
                dryRun: random.chance(50), warned: random.chance(50),
                signal: maybe { UInt8(truncatingIfNeeded: $0.random.next()) }, size: size,
                roll: RollOptions(
                    maxUnavailable: number32(), stable: duration(), lagBelow: maybe { $0.duration() },
                    ready: maybe { $0.ready() }, hold: maybe { $0.identifier() }),
                subject: maybe { $0.identifier() }, reason: text()),
            timeToLive: duration(), grace: duration())
    }

    mutating func evidence() -> RestartEvidence {
        RestartEvidence(
            signals: some(16) { SentSignal(number: UInt8(truncatingIfNeeded: $0.random.next()), after: $0.duration()) },
            exited: maybe { $0.duration() }, exitStatus: maybe { $0.status() }, replacement: maybe { $0.worker() },
            replaced: maybe { $0.duration() }, fallen: number32(), detail: text())
    }

    mutating func groupEvidence() -> GroupEvidence {
        GroupEvidence(
            before: number32(), after: number32(), wanted: maybe { $0.number32() }, gone: number32(), new: number32(),
            elapsed: duration(), detail: text())
    }

    mutating func roll() -> RollSummary {
        RollSummary(
            id: identifier(), state: one(RollSummary.State.self, or: .running), issuer: text(), total: number32(),
            replaced: number32(), underWay: some(64) { $0.number32() }, reason: text(),
            began: MonotonicInstant(nanoseconds: number()))
    }

    mutating func plan() -> Plan {
        let steps = some(30) { generator in
            PlanStep(
                process: generator.maybe { $0.process() }, role: generator.text(),
                deed: generator.random.chance(50) ? .signal(15) : .call(generator.text()), condition: generator.text())
        }
        return Plan(
            steps: steps, success: some(16) { $0.text() }, warnings: some(16) { $0.text() }, omittedSteps: number32())
    }

    mutating func refusal() -> Refusal {
        switch Int.random(in: 0..<18, using: &random) {
        case 0: .role(app: text(), needed: one(Role.self, or: .admin), has: one(Role.self, or: .viewer))
        case 1: .policy(app: text())
        case 2: .readOnly
        case 3: .protectedProcess
        case 4: .notAWorker
        case 5: .busy(holder: identifier(), what: text())
        case 6: .expired
        case 7: .idReused
        case 8: .notPermitted
        case 9: .unsupportedKernel
        case 10: .auditUnavailable(errno: Int32(truncatingIfNeeded: random.next()))
        case 11: .tooManyCommands
        case 12: .notAGroup
        case 13: .unsuited(text())
        case 14: .warning(text())
        case 15: .held(by: text(), left: duration())
        case 16: .limit(app: text(), rule: text())
        default: .noSuchRoll
        }
    }

    mutating func verdict() -> Verdict {
        switch Int.random(in: 0..<16, using: &random) {
        case 0: .replaced(evidence())
        case 1: .notReplaced(evidence())
        case 2: .targetChanged
        case 3: .refused(refusal())
        case 4: .timedOut(evidence())
        case 5: .zombieLeft(evidence())
        case 6: .orphanHoldsPort(evidence(), orphan())
        case 7: .crashLoop(evidence())
        case 8: .unkillable(evidence())
        case 9: .notReady(evidence())
        case 10: .managerFailed(evidence())
        case 11:
            .interrupted(
                Interruption(
                    targetLives: maybe { $0.random.chance(50) }, replacement: maybe { $0.worker() },
                    workers: number32(), detail: text()))
        case 12: .done(groupEvidence())
        case 13: .failed(groupEvidence())
        case 14: .rolled(roll())
        default: .planned(plan())
        }
    }

    mutating func outcome() -> Outcome {
        Outcome(
            id: identifier(), action: one(Action.self, or: .restart), target: target(), issuer: text(),
            verdict: verdict())
    }

    mutating func place() -> WorkerPlace {
        WorkerPlace(worker: worker(), app: text(), groupKey: text(), slot: number32())
    }

    mutating func info() -> WorkerInfo {
        WorkerInfo(
            id: worker(), parentPID: Int32(truncatingIfNeeded: random.next()), groupKey: text(), slot: number32(),
            uid: number32(), name: "node", arguments: some(9) { $0.text() },
            started: WallTime(nanoseconds: Int64(bitPattern: random.next())),
            manager: maybe { Manager(kind: $0.one(Manager.Kind.self, or: .pm2), name: $0.text()) },
            folded: some(9) {
                FoldedProcess(
                    process: $0.process(), role: $0.one(FoldedProcess.Role.self, or: .helper), title: $0.text())
            })
    }

    mutating func event() -> Event {
        let body: Event.Body =
            switch Int.random(in: 0..<14, using: &random) {
            case 0: .workerStarted(info(), app: text())
            case 1: .workerExited(place(), status: maybe { $0.status() }, oomKilled: random.chance(50))
            case 2:
                .commandAccepted(
                    id: identifier(), action: one(Action.self, or: .restart), target: target(), issuer: text())
            case 3: .commandEnded(outcome())
            case 4: .hung(place())
            case 5: .hungEnded(place(), after: duration())
            case 6: .orphanFound(app: text(), groupKey: text(), orphan(), name: text())
            case 7: .orphanGone(app: text(), groupKey: text(), orphan())
            case 8: .roll(roll(), app: text(), groupKey: text())
            case 9: .rule(place(), rule: text(), deed: text())
            case 10: .audit(text())
            case 11: .workerFound(info(), app: text())
            case 12:
                .agentStarted(
                    version: text(),
                    previous: maybe {
                        RunEnd(
                            $0.one(RunEnd.How.self, or: .died),
                            at: WallTime(nanoseconds: Int64(bitPattern: $0.random.next())))
                    })
            default: .configuration(text())
            }
        return Event(
            sequence: number(), monotonic: MonotonicInstant(nanoseconds: number()),
            wall: WallTime(nanoseconds: Int64(bitPattern: random.next())), body: body)
    }
}

extension ControlGenerator {
    mutating func query() -> Query {
        let body: Query.Body =
            switch Int.random(in: 0..<7, using: &random) {
            case 6: .log(logRequest())
            case 0: .offers(target())
            case 1: .lives(groupKey: text(), slot: number32())
            case 2: .connections(target())
            case 3: .pastPieces(tier())
            case 4: .past(piece: number(), offset: number32())
            default: .events(after: number())
            }
        return Query(id: number32(), body: body)
    }

    mutating func answer() -> Answer {
        let body: Answer.Body =
            switch Int.random(in: 0..<9, using: &random) {
            case 7: .log(logPage())
            case 8: .denied(text())
            case 0:
                .offers(
                    some(16) {
                        Offer(
                            action: $0.one(Action.self, or: .roll), means: $0.text(),
                            unavailable: $0.maybe { $0.text() })
                    }, experience())
            case 1: .lives(some(100) { $0.life() }, experience())
            case 2: .connections(connections())
            case 3: .events(some(9) { $0.event() })
            case 4:
                .pastPieces(
                    tier(),
                    some(256) {
                        PastPiece(
                            number: $0.number(), first: MonotonicInstant(nanoseconds: $0.number()),
                            last: MonotonicInstant(nanoseconds: $0.number()), snapshots: $0.number32(),
                            byteCount: $0.number32())
                    })
            case 5:
                .past(
                    PastPart(
                        piece: number(), offset: number32(),
                        bytes: some(99) { UInt8(truncatingIfNeeded: $0.number32()) },
                        byteCount: number32()))
            default: .unknown(text())
            }
        return Answer(id: number32(), body: body)
    }

    private mutating func tier() -> PastTier { one(PastTier.self, or: .host) }

    private mutating func experience() -> Experience {
        Experience(replaced: number32(), notReplaced: number32(), slowest: maybe { $0.duration() })
    }

    private mutating func life() -> Life {
        Life(
            worker: worker(), started: WallTime(nanoseconds: Int64(bitPattern: random.next())),
            ended: maybe { WallTime(nanoseconds: Int64(bitPattern: $0.random.next())) }, status: maybe { $0.status() },
            oomKilled: random.chance(50), endedBy: maybe { $0.text() }, command: maybe { $0.identifier() },
            lastCPUPermille: maybe { $0.number() }, lastResidentBytes: maybe { $0.number() },
            lastLagMicroseconds: maybe { $0.number() })
    }

    private mutating func connections() -> ConnectionReport {
        let stickiness: Stickiness =
            switch Int.random(in: 0..<3, using: &random) {
            case 0: .unknown
            case 1: .proxy(address: text())
            default: .share(permille: number32(), peers: number32())
            }
        return ConnectionReport(
            monotonic: MonotonicInstant(nanoseconds: number()), established: number32(), closeWait: number32(),
            listeners: some(32) { ListenerReport(address: $0.text(), queue: $0.number32(), limit: $0.number32()) },
            peers: some(20) { $0.peer() }, peerCount: number32(), stickiness: stickiness)
    }

    private mutating func peer() -> PeerReport {
        PeerReport(
            address: text(), connections: number32(), unreadBytes: number(), unsentBytes: number(), age: duration(),
            slots: some(9) { $0.number32() }, mark: one(PeerReport.Mark.self, or: .none))
    }
}
