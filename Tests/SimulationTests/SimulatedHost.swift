import Model

@testable import Agent

/// A machine with its disk, and the run of the agent that lives there now.
final class SimulatedHost: @unchecked Sendable {
    let timeline: Timeline
    let faults: Faults
    let checker: Checker
    let machine: SimulatedMachine
    let disk: SimulatedDisk
    /// Between two sweeps.
    let interval: Duration
    let plant: World.Plant?
    /// `nil` while no agent runs.
    private(set) var run: AgentRun?
    /// All of them: what they have planned may still come up.
    private var runs: [AgentRun] = []
    private var hasPower = true
    /// Dashboards are told of nothing.
    var isUnreachable: Bool { !hasPower }

    init(timeline: Timeline, faults: Faults, checker: Checker, interval: Duration, plant: World.Plant?) throws {
        (self.timeline, self.faults, self.checker, self.interval) = (timeline, faults, checker, interval)
        machine = SimulatedMachine(timeline: timeline, faults: faults)
        disk = SimulatedDisk(faults: faults)
        disk.forgets = plant == .forgetfulJournal
        disk.trustsCalendar = plant == .journalByCalendar
        self.plant = plant
        machine.onEnd = { [unowned self] process in run?.heard(endOf: process.id) }
        try start()
        unrest()
    }

    private func start() throws {
        guard run == nil, hasPower else { return }
        let now = Moment(monotonic: machine.monotonic, wall: machine.wall)
        let present = AgentRun(on: self, journal: try disk.journal(boot: machine.boot, now: now))
        run = present
        runs.append(present)
        if faults.strikes(.agentCrashInDeed) { present.deedsLeft = faults.number(1...30) }
    }

    /// SIGKILL: what was written is there, synced or not.
    func crash() {
        guard let run else { return }
        timeline.tell { "the agent is killed" }
        run.die()
        self.run = nil
        startLater(faults.milliseconds(100...8000))
    }

    private func startLater(_ delay: Duration) {
        timeline.after(delay, "start") { [self] in
            do { try start() } catch { checker.fail("simulation", "\(error)") }
        }
    }

    private func losePower() {
        guard hasPower else { return }
        timeline.tell { "power is lost" }
        hasPower = false
        run?.vanish()
        run = nil
        disk.losePower()
        machine.losePower()
        timeline.after(faults.milliseconds(2000...20_000), "power") { [self] in restorePower() }
    }

    private func restorePower() {
        guard !hasPower else { return }
        hasPower = true
        machine.start()
        startLater(faults.milliseconds(100...2000))
    }

    /// Once a second while somebody is there: what strikes the machine and its agent as such.
    private func unrest() {
        if faults.strikes(.agentCrash) { crash() }
        if faults.strikes(.powerLoss) { losePower() }
        if let run {
            if faults.strikes(.agentCrashInDeed) { run.deedsLeft = min(run.deedsLeft, faults.number(1...8)) }
            if run.standsUntil <= timeline.now, faults.strikes(.agentStop) {
                run.standsUntil = timeline.now + faults.milliseconds(500...60_000)
            }
        }
        if faults.strikes(.wallJump) {
            let days = faults.pick([-365, -1, 1, 365]) ?? 1
            machine.moveCalendar(by: .seconds(days * 86_400 + faults.number(-3600...3600)))
        }
        timeline.after(.seconds(faults.seldomness), "unrest of host") { [self] in unrest() }
    }

    func heal() {
        if hasPower { machine.heal() } else { restorePower() }
        if let run {  // one that stands still goes on by itself
            if run.deedsLeft > 0 { run.deedsLeft = .max }
        }
    }

    /// What is left undone here.
    func complaints() async -> [String] {
        guard let run else { return ["no agent runs"] }
        var complaints = machine.isWhole ? [] : ["workers are missing"]
        let unfinished = await run.desk.unfinished
        if unfinished.jobs > 0 { complaints.append("\(unfinished.jobs) commands are under way") }
        if unfinished.left > 0 {
            complaints.append("R2: \(unfinished.left) commands of an earlier run are not told of")
        }
        return complaints
    }

    /// R2: what was begun has a result in the journal.
    func journalComplaints() throws -> [String] {
        let open = Journal(try disk.entries(), now: machine.wall).left.map(\.id)
        return open.isEmpty ? [] : ["R2: \(open.map(\.low)) have no result in the journal"]
    }

    /// Lets go of runs that are over: nothing of theirs is to come any more.
    func forgetRuns() async {
        for old in runs where old !== run { await old.release() }
        runs = run.map { [$0] } ?? []
    }

    /// Lets go of everything.
    func clear() async {
        for run in runs { await run.release() }
        run = nil
        runs = []
        machine.onEnd = { _ in }
    }
}
