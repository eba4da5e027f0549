import Model
import Wire

@testable import Agent
@testable import Dashboard

/// A dashboard with an operator: the product's links, mail queue and fleet. What `LinkShell` and the main loop do between
/// them is done here.
final class SimulatedDashboard: SimulatedProgram, @unchecked Sendable {
    /// One host of the fleet as this dashboard reaches it.
    private final class Line: @unchecked Sendable {
        let host: SimulatedHost
        var link: Link
        var connection: SimulatedConnection?
        /// Who is at the other end.
        var run: AgentRun?
        var timer: UInt64?
        var interest = Interest.workers
        /// When bytes of it came last.
        var heard = MonotonicInstant(nanoseconds: 0)
        /// The newest snapshot that was shown, by run.
        var shown: (run: Identifier128, sequence: UInt64)?
        var outcomes: [CommandID: Outcome] = [:]
        var exits = 0
        var unreachableUntil = MonotonicInstant(nanoseconds: 0)

        init(host: SimulatedHost, link: Link) { (self.host, self.link) = (host, link) }
    }

    let number: Int
    private let timeline: Timeline
    private let faults: Faults
    private let checker: Checker
    private let isEncoded: Bool
    private let plant: World.Plant?
    private var lines: [Line]
    private var queue = MailQueue()
    private var isDrainPlanned = false
    private(set) var fleet: Fleet
    private let uptime: Duration
    private var calendar = Duration.zero
    private var ids: UInt64 = 0
    /// Whether its operator asks for things.
    var isBusy = true
    private(set) var commands: [(command: Command, place: Int)] = []
    private(set) var mostWaiting = 0
    /// All connections it ever had.
    private var connections: [SimulatedConnection] = []

    init(
        number: Int, hosts: [SimulatedHost], timeline: Timeline, faults: Faults, checker: Checker, isEncoded: Bool,
        plant: World.Plant?
    ) {
        self.number = number
        (self.timeline, self.faults, self.checker, self.isEncoded) = (timeline, faults, checker, isEncoded)
        self.plant = plant
        let run = faults.identifier()
        lines = hosts.map {
            Line(host: $0, link: Link(expecting: $0.machine.host, run: run, seed: faults.identifier().low))
        }
        fleet = Fleet(places: hosts.indices.map { HostPlace("host-\($0)") })
        uptime = .seconds(faults.number(0...1_000_000))
        super.init()
        for place in lines.indices {
            feed(.interest(.workers), place)
            feed(.dial, place)
        }
        tick()
        unrest()
        operate()
    }

    private var now: MonotonicInstant { timeline.now + uptime }
    private var wall: WallTime {
        WallTime(nanoseconds: 1_790_000_000_000_000_000 + (timeline.now - .init(nanoseconds: 0) + calendar).nanoseconds)
    }

    // MARK: links

    private func feed(_ event: Link.Event, _ place: Int) {
        let line = lines[place]
        for effect in line.link.handle(event, now: now, wall: wall) {
            switch effect {
            case .dial: dial(place)
            case .send(let message): line.connection?.send(message, from: .dashboard)
            case .establish: break
            case .close(let failure): line.connection?.close(.dashboard, after: failure)
            case .arm(let instant):
                if let timer = line.timer { timeline.cancel(timer) }
                line.timer = timeline.after(instant - now, "link", of: self) { [unowned self] in
                    line.timer = nil
                    feed(.timer, place)
                }
            case .judge, .issue: break  // nobody here is revoked, and certificates last
            case .emit(let event): emit(event, place)
            }
        }
    }

    private func dial(_ place: Int) {
        let line = lines[place]
        let trip = faults.milliseconds(1...60)
        if line.host.isUnreachable || timeline.now < line.unreachableUntil {
            timeline.after(Link.connectLimit, "no answer", of: self) { [unowned self] in
                feed(.closed(.unreachable(reason: "timed out")), place)
            }
            return
        }
        timeline.after(trip, "dialled") { [self] in
            guard let run = line.host.run else {
                timeline.after(trip, "refused", of: self) { [unowned self] in
                    feed(.closed(.unreachable(reason: "refused")), place)
                }
                return
            }
            connect(place, to: run, trip: trip)
        }
    }

    private func connect(_ place: Int, to run: AgentRun, trip: Duration) {
        let line = lines[place]
        let connection = SimulatedConnection(
            timeline: timeline, faults: faults, dashboard: self, agent: run, isEncoded: isEncoded)
        connections.append(connection)
        connection.receive = { [unowned self, unowned run, unowned connection] end, message in
            if end == .agent { return await run.received(message, on: connection) }
            line.heard = timeline.now
            feed(.received(message), place)
        }
        connection.becameWritable = { [unowned run, unowned connection] end in
            if end == .agent { run.becameWritable(connection) }
        }
        connection.closed = { [unowned self, unowned run, unowned connection] end, reason in
            if end == .agent { return run.closed(connection) }
            guard line.connection === connection else { return }
            line.connection = nil
            feed(.closed(reason == .silent ? .silent : .closed(reason: reason.rawValue)), place)
        }
        line.connection = connection
        line.run = run
        line.heard = timeline.now
        let certificate = PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0))
        let peer = Peer.person(name: "operator-\(number % 3)", role: .operator, certificate: certificate)
        timeline.after(.zero, "accepted", of: run) { [unowned run] in run.accept(connection, from: peer) }
        timeline.after(trip, "opened", of: self) { [unowned self] in
            if line.connection === connection {
                feed(.opened(.agent(host: line.host.machine.host, certificate: certificate)), place)
            }
        }
    }

    private func emit(_ event: LinkEvent, _ place: Int) {
        switch event {
        case .snapshot(let snapshot): check(snapshot, lines[place])
        case .lost(.protocolError(let reason), _): checker.fail("protocol", reason)
        default: break
        }
        queue.add(event, from: place)
        mostWaiting = max(mostWaiting, queue.count)
        guard !isDrainPlanned else { return }
        isDrainPlanned = true
        timeline.after(faults.milliseconds(0...40), "drain", of: self) { [unowned self] in drain() }
    }

    // MARK: main loop

    private func drain() {
        isDrainPlanned = false
        for item in queue.takeAll() {
            fleet.handle(item.event, from: item.host, now: now, wall: wall)
            checkShown(item.host, after: item.event)
        }
    }

    private func tick() {
        if plant != .neverStale { fleet.tick(now: now, wall: wall) }
        for place in lines.indices { checkState(place) }
        timeline.after(.seconds(1), "second", of: self) { [unowned self] in tick() }
    }

    // MARK: what must be true

    /// What a link made of keyframes and deltas is what the agent saw.
    private func check(_ snapshot: Snapshot, _ line: Line) {
        guard let run = line.run else { return checker.fail("link", "a snapshot without a connection") }
        if let shown = line.shown, shown.run == run.id, shown.sequence > snapshot.sequence {
            checker.fail("order", "snapshot \(snapshot.sequence) after \(shown.sequence)")
        }
        line.shown = (run.id, snapshot.sequence)
        guard let truth = run.published[snapshot.sequence] else { return }
        checker.count("snapshots")
        var whole = snapshot
        whole.host[.droppedSnapshots] = nil
        let interests = [Interest.workers, .groups, .host] + [line.interest]
        if !interests.contains(where: { truth.narrowed(to: $0) == whole }) {
            checker.fail("delta", "snapshot \(snapshot.sequence) is not what the agent saw")
        }
    }

    private func checkShown(_ place: Int, after event: LinkEvent) {
        let line = lines[place]
        switch event {
        case .snapshot:
            if let age = fleet.hosts[place].age(now: now), age < .zero {
                checker.fail("R15", "a snapshot is \(age) old")
            }
        case .outcome, .event: checkCommands(line, fleet.hosts[place].commands)
        default: break
        }
        let count = fleet.hosts[place].exits.count
        guard count != line.exits || count >= 990 else { return }
        line.exits = count
        for exit in fleet.hosts[place].exits.suffix(8) where line.host.machine.lives(exit.worker) {
            checker.fail("R20", "worker \(exit.worker.pid) is shown as ended, and lives")
        }
    }

    private func checkCommands(_ line: Line, _ commands: [CommandRecord]) {
        for record in commands.suffix(30) where record.ours {
            guard let outcome = record.outcome, outcome != line.outcomes[record.command] else { continue }
            checker.shown(outcome, before: line.outcomes.updateValue(outcome, forKey: record.command))
        }
    }

    /// R8: nothing counts as live when nothing was heard for 10 s, and nothing as connected after 15 s.
    private func checkState(_ place: Int) {
        let line = lines[place]
        // A program that stood still dates what waited for it from when it went on.
        let silent = timeline.now - max(line.heard, standsUntil)
        checker.count("states")
        // A host is large: it is not copied to be looked at.
        if silent > .seconds(10), fleet.hosts[place].state.isCurrent {
            checker.fail("R8", "host is \(fleet.hosts[place].state) and silent for \(silent)")
        }
        if silent > .seconds(16), fleet.hosts[place].phase == .open {
            checker.fail("R8", "host counts as connected and is silent for \(silent)")
        }
        if fleet.hosts[place].commands.count > 100
            || line.link.requests.pending.entries.count > PendingCommands.capacity
        {
            checker.fail("bounds", "commands queue up")
        }
        if fleet.hosts[place].log.count > 500 || fleet.hosts[place].exits.count > 1000 {
            checker.fail("bounds", "what happened queues up")
        }
        if queue.count > MailQueue.capacity { checker.fail("bounds", "\(queue.count) mails wait") }
    }

    // MARK: the operator

    private func unrest() {
        if standsUntil <= timeline.now, faults.strikes(.dashboardStop) {
            standsUntil = timeline.now + faults.milliseconds(500...60_000)
        }
        if faults.strikes(.wallJump) { calendar += .seconds((faults.pick([-365, 365]) ?? 1) * 86_400) }
        for line in lines where faults.strikes(.partition) {
            line.unreachableUntil = timeline.now + faults.milliseconds(1000...40_000)
            line.connection?.loseWay(from: nil)
        }
        if faults.strikes(.storm) { for line in lines { line.connection?.cut() } }
        timeline.after(.seconds(1), "unrest of dashboard") { [self] in
            if !isDead { unrest() }
        }
    }

    func heal() {
        for line in lines { line.unreachableUntil = timeline.now }
    }

    private func operate() {
        if isBusy, let place = faults.pick(Array(lines.indices)) { act(place) }
        timeline.after(faults.milliseconds(500...8000), "operator", of: self) { [unowned self] in operate() }
    }

    private func act(_ place: Int) {
        let host = fleet.hosts[place]
        guard let boot = host.info?.boot else { return }
        switch faults.number(0...19) {
        case 0: want(faults.pick([.host, .groups, .workers]) ?? .workers, place)
        case 1: want(.workers, place)
        case 2...4:
            guard let app = faults.pick(host.groups), let action = faults.pick(Self.groupActions) else { return }
            let target = GroupTarget(boot: boot, key: app.info.key, master: app.info.master)
            issue(action, .group(target), subject: app.info.roll?.id, place)
        default:
            // Rows of ended workers, too: an operator may be late.
            let rows = host.workers.keys.sorted()
            if let worker = faults.pick(rows) { issue(.restart, .worker(worker), subject: nil, place) }
        }
    }

    private static let groupActions: [Action] = [.roll, .roll, .roll, .pause, .resume, .abort, .hold, .release]

    private func want(_ interest: Interest, _ place: Int) {
        lines[place].interest = interest
        feed(.interest(interest), place)
    }

    // MARK: after all is healed

    /// What is still to be expected of that host, in words; empty where all is as it should be.
    func complaints(about place: Int) -> [String] {
        let (line, host) = (lines[place], fleet.hosts[place])
        var complaints: [String] = []
        if ![.ok, .warn, .crit].contains(host.state) { complaints.append("R9: host is \(host.state)") }
        for record in host.commands where record.ours {
            if record.isForgotten, checker.unrecorded.contains(record.command) { continue }
            if record.isForgotten { complaints.append("R2: \(record.command.low) is unknown for good") }
            if record.outcome == nil {
                complaints.append(
                    "R2: \(record.command.low), \(record.action), \(record.isUnknown ? "unknown" : "open")")
            }
        }
        for entry in line.link.requests.pending.entries { complaints.append("R2: \(entry.command.id.low) is pending") }
        let living = Set(host.workers.values.filter { $0.end == nil }.map(\.info.id))
        if living != Set(line.host.machine.workers.map(\.id)) { complaints.append("R20: other workers are shown") }
        return complaints
    }

    /// Ends rolls that rest.
    func abortRolls(of place: Int) {
        let host = fleet.hosts[place]
        guard let boot = host.info?.boot else { return }
        for app in host.groups where app.info.roll.map({ !$0.state.isOver }) ?? false {
            let target = GroupTarget(boot: boot, key: app.info.key, master: app.info.master)
            issue(.abort, .group(target), subject: app.info.roll?.id, place)
        }
    }

    /// A restart that nothing is in the way of; its id.
    func restartOne(on place: Int) -> CommandID? {
        let living = fleet.hosts[place].workers.values.filter { $0.end == nil }.map(\.info.id).sorted()
        guard let worker = faults.pick(living) else { return nil }
        issue(.restart, .worker(worker), subject: nil, place)
        return commands.last?.command.id
    }

    func wantWorkers() { for place in lines.indices { want(.workers, place) } }

    func verdict(of id: CommandID, on place: Int) -> Verdict? { lines[place].outcomes[id]?.verdict }

    /// Connections that are not over at both ends.
    var openConnections: Int { connections.count { !$0.isOver } }

    /// Its operator is gone, whatever is under way: agents go on with that.
    func quit() {
        for line in lines { line.connection?.close(.dashboard) }
        isDead = true
    }

    func clear() {
        for line in lines { line.connection = nil }
        connections = []
    }

    // MARK: commands

    private func issue(_ action: Action, _ target: CommandTarget, subject: CommandID?, _ place: Int) {
        ids += 1
        let options = RollOptions(
            maxUnavailable: UInt32(faults.number(1...2)), stable: faults.milliseconds(200...2000),
            ready: faults.chance(0.3) ? .tcp(port: 80) : nil)
        let command = Command(
            id: CommandID(high: UInt64(number), low: ids), action: action, target: target,
            parameters: CommandParameters(warned: true, roll: options, subject: subject),
            timeToLive: faults.milliseconds(1000...20_000), grace: faults.milliseconds(200...8000))
        commands.append((command, place))
        checker.issued(command)
        timeline.note("\(number) asks for \(action) \(command.id.low)")
        fleet.issued(command, to: place, now: now, wall: wall)
        feed(.command(command), place)
        // A message that comes twice.
        if faults.chance(0.1), case .ready = lines[place].link.state {
            lines[place].connection?.send(.command(command), from: .dashboard)
        }
    }
}
