import Control
import Model
import Serving
import Trust
import Wire

@testable import Agent
@testable import Control

/// One run of an agent, from its start to its end: the product's desk, sessions and journal, with the world around them
/// simulated. What `Hub`, `SessionShell` and the sampler do between them in an agent is done here.
final class AgentRun: SimulatedProgram, Kernel, AuditTrail, @unchecked Sendable {
    /// The agent's side of one connection.
    private final class Served: @unchecked Sendable {
        let connection: SimulatedConnection
        let peer: Peer
        var session: Session
        var receipt: ReceiptTime

        init(_ connection: SimulatedConnection, peer: Peer, session: Session, now: MonotonicInstant) {
            (self.connection, self.peer, self.session) = (connection, peer, session)
            receipt = ReceiptTime(now: now)
        }
    }

    let host: SimulatedHost
    let id: Identifier128
    private let timeline: Timeline
    private let faults: Faults
    private let checker: Checker
    private var machine: SimulatedMachine { host.machine }
    private(set) var desk: CommandDesk!
    private let managers = SimulatedManagers()
    private var served: [Served] = []
    private(set) var newest: Snapshot?
    /// What was published lately, by number.
    private(set) var published: [UInt64: Snapshot] = [:]
    private var sequence: UInt64 = 0
    private var events: UInt64 = 0
    private var history = EventHistory()
    private var seen: [WorkerID: MonotonicInstant] = [:]
    private var rolls: [String: RollSummary] = [:]
    private var isSweepWanted = false
    /// What the desk does to the world before it is cut off; after that nothing of it reaches anybody.
    var deedsLeft = Int.max
    var isCut: Bool { deedsLeft == 0 }
    /// What the desk said and is still to be handed over, as the event loop would.
    private var outbox: [() -> Void] = []

    init(on host: SimulatedHost, journal: Journal) {
        self.host = host
        (timeline, faults, checker) = (host.timeline, host.faults, host.checker)
        id = faults.identifier()
        super.init()
        let machine = host.machine
        desk = CommandDesk(
            settings: .init(boot: machine.boot, started: { machine.started($0) }), kernel: self, managers: managers,
            audit: self, clock: clock, hooks: hooks, journal: journal)
        sweepLater(faults.milliseconds(1...300))
    }

    private var clock: CommandClock {
        let (timeline, machine) = (timeline, machine)
        return CommandClock(
            now: { machine.monotonic }, wall: { machine.wall },
            schedule: { [unowned self] deadline, work in
                let number = timeline.after(deadline - machine.monotonic, "desk", of: self) { [unowned self] in
                    await work()
                    await settle()
                }
                return { timeline.cancel(number) }
            })
    }

    private var hooks: CommandDesk.Hooks {
        CommandDesk.Hooks(
            policy: { _, _, _, _ in nil },
            onEvent: { [unowned self] body in
                guard deed() else { return }
                outbox.append { [unowned self] in publish(body) }
            },
            roll: { [unowned self] key, roll in rolls[key] = roll },
            requestSweep: { [unowned self] in
                guard !isSweepWanted else { return }
                isSweepWanted = true
                timeline.after(.milliseconds(50), "sweep soon", of: self) { [unowned self] in await sweep() }
            },
            note: { [unowned self] worker, _, command in
                if !isCut { checker.noted(worker, by: command, run: id) }
            })
    }

    /// Whether the agent still lives to do it.
    private func deed() -> Bool {
        guard deedsLeft > 0 else { return false }
        deedsLeft -= 1
        if isCut { timeline.after(.zero, "crash in deed") { [host] in host.crash() } }
        return true
    }

    // MARK: kernel and disk, as the desk reaches them

    func open(_ target: WorkerID) -> Result<any ProcessHandle, VerificationFailure> {
        if host.plant == .skippedKernelCheck {
            guard let process = machine.whoever(has: target.pid) else { return .failure(.changed) }
            return .success(Handle(run: self, process: process, meant: target))
        }
        do throws(VerificationFailure) {
            let process = try identify(target, boot: machine.boot, through: machine)
            return .success(Handle(run: self, process: process, meant: target))
        } catch {
            return .failure(error)
        }
    }

    private struct Handle: ProcessHandle {
        let run: AgentRun
        let process: SimulatedProcess
        let meant: WorkerID

        func signal(_ number: Int32) -> SignalResult {
            guard run.deed() else { return .gone }
            let result = run.machine.deliver(number, to: process)
            if result == .sent { run.checker.signalled(number, to: process, meant: meant, run: run.id) }
            return result
        }
        var hasExited: Bool { !process.lives }
        var isZombie: Bool { process.isZombie && !process.isReaped }
        func exitStatus() -> Model.ExitStatus? { process.isReaped ? process.status : nil }
    }

    func append(_ record: AuditRecord, durable: Bool) throws(AuditFailure) {
        guard deed() else { return }
        timeline.note("record \(record.kind) of \(record.command.id.low)")
        if record.kind == .intent, record.command.action == .resume { checker.resumes(in: id) }
        if let verdict = record.verdict, record.kind != .step {
            let command = record.command
            checker.concluded(command.id, command.action, command.target, verdict, on: machine)
        }
        do throws(AuditFailure) {
            try host.disk.append(record.line, durable: durable, now: timeline.now)
            if record.kind == .intent { checker.unrecorded.remove(record.command.id) }
        } catch {
            if record.kind == .intent { checker.unrecorded.insert(record.command.id) }
            timeline.tell { "it is not recorded: \(error.errno)" }
            throw error
        }
    }

    // MARK: sweeps

    private func sweepLater(_ delay: Duration) {
        timeline.after(delay, "sweep", of: self) { [unowned self] in
            await sweep()
            sweepLater(host.interval)
        }
    }

    private func sweep() async {
        isSweepWanted = false
        let now = machine.monotonic
        let workers = machine.workers
        let groups = machine.apps.map { app in
            LiveGroup(
                info: GroupInfo(
                    key: app.key, app: app.key, kind: .gunicorn,
                    master: app.master.map { ProcessRef(pid: $0.id.pid, startTicks: $0.id.startTicks) },
                    respawn: .master, expected: app.size, roll: rolls[app.key]), uid: 33)
        }
        for gone in seen.keys.sorted() where !machine.lives(gone) { await exited(gone) }
        if host.plant == .falseEnds, faults.chance(0.01), let worker = faults.pick(workers) {
            let app = machine.apps[worker.app ?? 0].key
            let place = WorkerPlace(worker: worker.id, app: app, groupKey: app, slot: worker.slot)
            publish(.workerExited(place, status: nil, oomKilled: false))
        }
        for worker in workers where seen[worker.id] == nil {
            seen[worker.id] = now
            publish(.workerStarted(info(of: worker), app: machine.apps[worker.app ?? 0].key))
        }
        let living = workers.map {
            LiveWorker(
                id: $0.id, groupKey: machine.apps[$0.app ?? 0].key, app: machine.apps[$0.app ?? 0].key, slot: $0.slot,
                uid: 33, seen: seen[$0.id] ?? now)
        }
        let snapshot = snapshot(workers, groups, at: now)
        // The desk and the event loop hear of it a moment later.
        timeline.after(faults.milliseconds(0...20), "observed", of: self) { [unowned self] in
            await desk.observe(workers: living, groups: groups, now: now)
            await settle()
            deliver(snapshot)
        }
    }

    private func snapshot(_ workers: [SimulatedProcess], _ groups: [LiveGroup], at now: MonotonicInstant) -> Snapshot {
        sequence += 1
        var row = HostRow()
        row[.uptimeNanoseconds] = now.nanoseconds
        row[.workers] = UInt64(workers.count)
        return Snapshot(
            sequence: sequence, monotonic: now, wall: machine.wall, host: row,
            groups: groups.map { group in
                var row = GroupRow()
                row[.workers] = UInt64(workers.count { machine.apps[$0.app ?? 0].key == group.info.key })
                return GroupEntry(info: group.info, row: row)
            }.sorted { $0.info.key < $1.info.key },
            workers: workers.map { worker in
                var row = WorkerRow()
                row[.cpuNanoseconds] = sequence &* UInt64(worker.id.pid) &* 1000
                return WorkerEntry(info: info(of: worker), row: row)
            })
    }

    private func info(of worker: SimulatedProcess) -> WorkerInfo {
        WorkerInfo(
            id: worker.id, parentPID: 1, groupKey: machine.apps[worker.app ?? 0].key, slot: worker.slot, uid: 33,
            name: "worker", arguments: [], started: WallTime(nanoseconds: 1))
    }

    /// The sampler holds a pidfd of each worker it has seen: mostly it hears of an end at once.
    func heard(endOf worker: WorkerID) {
        guard seen[worker] != nil, faults.chance(0.8) else { return }
        timeline.after(faults.milliseconds(0...30), "exit heard", of: self) { [unowned self] in await exited(worker) }
    }

    private func exited(_ worker: WorkerID) async {
        guard seen.removeValue(forKey: worker) != nil, let process = machine.known[worker] else { return }
        let app = machine.apps[process.app ?? 0].key
        let place = WorkerPlace(worker: worker, app: app, groupKey: app, slot: process.slot)
        publish(.workerExited(place, status: process.status, oomKilled: false))
        await desk.exited(worker, status: process.isReaped ? process.status : nil)
        await settle()
    }

    // MARK: sessions

    private func deliver(_ snapshot: Snapshot) {
        if let newest, newest.sequence > snapshot.sequence { return }
        newest = snapshot
        published[snapshot.sequence] = snapshot
        published[snapshot.sequence &- 256] = nil
        for one in served { feed(.snapshot(snapshot), one) }
    }

    private func publish(_ body: Event.Body) {
        events += 1
        let event = Event(sequence: events, monotonic: machine.monotonic, wall: machine.wall, body: body)
        history.append(event)
        for one in served { feed(.event(event), one) }
    }

    func accept(_ connection: SimulatedConnection, from peer: Peer) {
        let info = HostInfo(
            id: machine.host, boot: machine.boot, name: "host", kernel: "6.1", cores: 4, ticksPerSecond: 100,
            agentVersion: "0", intervalNanoseconds: UInt64(host.interval.nanoseconds))
        let session = Session(
            host: info, runID: id, role: .operator, readOnly: false, denyLists: DenyListExchange(own: nil))
        let one = Served(connection, peer: peer, session: session, now: machine.monotonic)
        served.append(one)
        feed(.opened, one)
        tick(one)
        timeline.after(Session.greetingTime, "greeting", of: self) { [unowned self] in
            feed(.greetingOverdue, one)
        }
    }

    func received(_ message: Message, on connection: SimulatedConnection) async {
        guard let one = served.first(where: { $0.connection === connection }) else { return }
        feed(.message(message), one)
        await performSubmissions()
    }

    func becameWritable(_ connection: SimulatedConnection) {
        if let one = served.first(where: { $0.connection === connection }) { feed(.writable, one) }
    }

    func closed(_ connection: SimulatedConnection) {
        guard let place = served.firstIndex(where: { $0.connection === connection }) else { return }
        feed(.closed, served[place])
        served.remove(at: place)
    }

    private func tick(_ one: Served) {
        one.receipt.tick(now: machine.monotonic)
        timeline.after(Session.tickPause, "tick", of: self) { [unowned self] in
            guard served.contains(where: { $0 === one }) else { return }
            feed(.tick, one)
            tick(one)
        }
    }

    private var submissions: [(command: Command, one: Served, received: MonotonicInstant)] = []

    private func feed(_ input: Session.Input, _ one: Served) {
        let writable = one.connection.isWritable(.agent)
        let now = Moment(monotonic: machine.monotonic, wall: machine.wall)
        for effect in one.session.handle(input, writable: writable, at: now) {
            switch effect {
            case .send(let message): one.connection.send(message, from: .agent)
            case .establish: break
            case .close(let failure): one.connection.close(.agent, after: failure)
            case .wantSnapshot: if let newest { feed(.snapshot(newest), one) }
            case .submit(let command):
                submissions.append((command, one, one.receipt.earliest(now: machine.monotonic)))
            case .ask(let query):
                let body: Answer.Body =
                    if case .events(let after) = query.body { .events(history.after(after)) } else { .unknown("no") }
                feed(.answer(Answer(id: query.id, body: body)), one)
            case .judge, .renew: break  // nobody here is revoked, and certificates last
            }
        }
    }

    private func performSubmissions() async {
        let all = submissions
        submissions = []
        for (command, one, received) in all {
            await desk.submit(command, from: one.peer, role: .operator, received: received) { [unowned self] reply in
                guard deed() else { return }
                // Where the log does not take it the verdict comes first.
                if case .outcome(let outcome) = reply {
                    checker.concluded(outcome.id, outcome.action, outcome.target, outcome.verdict, on: machine)
                }
                outbox.append { [unowned self] in feed(.reply(reply), one) }
            }
        }
        await settle()
    }

    /// After each call of the desk: the checks that it began are under way, and what it said is handed over.
    private func settle() async {
        while await desk.unfinished.questions != managers.count { await Task.yield() }
        for (number, pid) in managers.takeFresh() {
            timeline.after(faults.milliseconds(1...4000), "check", of: self) { [unowned self] in
                let isReady = machine.byPID[pid].map { $0.lives && $0.isReady(timeline.now) } ?? false
                managers.answer(
                    number, isReady || host.plant == .hastyReadiness ? .done : .failed("connection refused"))
                await settle()
            }
        }
        flush()
    }

    private func flush() {
        let all = outbox
        outbox = []
        for item in all { item() }
    }

    /// Lets go of the tasks that still wait for somebody.
    func release() async {
        while let desk, await desk.unfinished.questions > 0 {
            managers.answerAll()
            await Task.yield()
        }
        // Both hold on to us.
        desk = nil
        served = []
    }

    /// The process is gone: its system closes what it had open.
    func die() {
        isDead = true
        deedsLeft = 0
        for one in served { one.connection.cut() }
        served = []
    }

    func vanish() {
        isDead = true
        deedsLeft = 0
        for one in served { one.connection.loseWay(from: nil) }
        served = []
    }
}

extension CommandDesk {
    /// For whoever looks from outside: jobs, questions that they have asked, and commands of earlier runs that nobody was
    /// told of.
    var unfinished: (jobs: Int, questions: Int, left: Int) {
        (jobs.count, jobs.values.reduce(0) { $0 + $1.questions.count }, left.count)
    }
}
