import Control
import Model
import TestSupport
import Testing

/// One roll in one world, with an operator who pauses, resumes and aborts, and what must hold whatever happens.
private final class RollWorld {
    let host: SimulatedHost
    let desk: SimulatedDesk
    let roll: () -> Roll
    let options: RollOptions
    let departure: Departure
    let originals: Set<WorkerID>
    var random: SeededGenerator
    /// Targets that were signalled or whose manager was called.
    var touched: Set<WorkerID> = []
    var slots: [WorkerID: UInt32] = [:]
    var allowed: Set<WorkerID> = []
    var isHalted = false
    var isAborted = false
    var legs = 1
    var resumes = 0
    var isDisturbed = false
    private let isCrashing: Bool

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed &* 17)
        let habits: [SimulatedHost.Habit] = [
            .replaces(after: .milliseconds(20)), .replaces(after: .milliseconds(900)), .replaces(after: .seconds(9)),
            .replaces(after: .seconds(20)), .never, .leavesZombies, .crashes(times: 2, after: .milliseconds(700)),
            .crashes(times: 1000, after: .milliseconds(400)),
        ]
        let isGood = Int.random(in: 0..<3, using: &random) > 0
        let habit = (isGood ? habits.prefix(3) : habits[...]).randomElement(using: &random) ?? .never
        let host = SimulatedHost(
            seed: seed, workers: Int.random(in: 1...8, using: &random), habit: habit, pidSpace: 60)
        self.host = host
        isCrashing = !isGood
        options = RollOptions(
            maxUnavailable: UInt32.random(in: 0...3, using: &random),
            ready: Int.random(in: 0..<5, using: &random) == 0 ? .tcp(port: 80) : nil)
        let call = ManagerCall.supervisord(url: "http://localhost:9001", process: "web:web_1", .restart)
        departure = Int.random(in: 0..<4, using: &random) == 0 ? .call(call) : .signals(polite: 15, final: 9)
        for process in host.workers {
            let slowness = Duration.milliseconds(Int.random(in: 0...1500, using: &random))
            let isDeaf = Int.random(in: 0..<6, using: &random) == 0
            host.change(process.id) {
                $0.slowness = slowness
                $0.isDeaf = isDeaf
            }
        }
        let group = host.sweep()
        for worker in group { slots[worker.id] = worker.slot }
        originals = Set(group.map(\.id))
        allowed = originals
        let proof = Proof(ready: options.ready)
        let departure = departure
        let machine = Roll(
            id: CommandID(high: 1, low: seed), issuer: "user/ada", groupKey: "web",
            courses: group.map {
                restartCourse($0.id, slot: $0.slot, departure: departure, grace: .seconds(3), proof: proof)
            }, options: options, group: group, began: host.now)
        let (driven, roll) = SimulatedDesk.Machine.roll(machine)
        self.roll = roll
        desk = SimulatedDesk(host: host, machine: driven)
        desk.manager.answer =
            [ManagerAnswer.done, .done, .done, .failed("no"), nil].randomElement(using: &random) ?? nil
        if Int.random(in: 0..<3, using: &random) == 0 { desk.isReady = { [unowned self] in resumes > 0 } }
        desk.onEffect = { [unowned self] in look($0) }
        disturb()
    }

    private var width: Int { Int(max(1, options.maxUnavailable)) }

    /// What a roll asks for, the moment it does.
    private func look(_ effect: RollEffect) {
        switch effect {
        case .restart(let target, .signal), .restart(let target, .call):
            guard touched.insert(target).inserted else { break }
            if !allowed.contains(target) { desk.complain("a worker was touched that is none of the roll's") }
            if isHalted { desk.complain("begun although it was stopped") }
            let replaced = Set(desk.ended.filter { $0.verdict.isReplaced }.compactMap { slots[$0.target] })
            let down = Set(touched.compactMap { slots[$0] }).subtracting(replaced)
            if down.count > width { desk.complain("slots \(down) down at a time, allowed: \(width)") }
        case .ended(let target, _, let verdict):
            guard case .replaced(let evidence) = verdict else {
                isHalted = true
                break
            }
            guard let new = evidence.replacement, host.lives(new) else { return desk.complain("replaced by nobody") }
            if originals.contains(new) { desk.complain("replaced by one of before") }
            let others = desk.ended.filter { $0.target != target && $0.verdict.replacement == new }
            if !others.isEmpty { desk.complain("one replacement for two") }
            if host.now - max(host.born[new] ?? host.now, host.ends[target] ?? host.now) < options.stable {
                desk.complain("not stable")
            }
        case .changed(let summary):
            if summary.state == .finished, !summary.underWay.isEmpty { desk.complain("finished while under way") }
            if summary.underWay.count > width { desk.complain("too many under way") }
        case .report(.rolled(let summary)):
            if !summary.underWay.isEmpty { desk.complain("a report while under way") }
            if summary.state == .running || summary.state == .paused { desk.complain("a report of \(summary.state)") }
        default: break
        }
    }

    /// The operator, other people, and accidents.
    private func disturb() {
        let state = roll().state
        if !state.isOver {
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                if state == .running { isHalted = true }
                desk.feed(.pause(by: "user/bob"))
            case 1:
                if state == .running { isHalted = true }
                desk.feed(.holdLost)
            case 2 where Int.random(in: 0..<4, using: &random) == 0:
                isHalted = true
                isAborted = true
                if state == .failed { legs -= 1 }  // its report was given; an abort adds none
                let reports = desk.reports.count
                desk.feed(.abort(by: "user/bob"))
                if state == .failed { legs += desk.reports.count - reports + 1 }
            case 3 where !isCrashing:
                isDisturbed = true  // somebody else restarts one, or it crashes
                if let one = host.workers.map(\.id).sorted().randomElement(using: &random) { host.end(one) }
            case 4 where host.workers.count < 12:
                host.spawn(slot: 20 + UInt32(host.workers.count))  // scaled up meanwhile
            case 5...20 where state == .paused || state == .failed: resume()
            default: break
            }
        }
        host.after(.milliseconds(Int.random(in: 300...3000, using: &random))) { [unowned self] in disturb() }
    }

    private func resume() {
        let state = roll().state
        if state == .failed {
            resumes += 1
            if resumes > 2 { host.habit = .replaces(after: .milliseconds(300)) }  // mended
            if resumes == 3 { desk.manager = SimulatedDesk.Manager() }
            legs += 1
        }
        isHalted = false
        for worker in host.workers { refillAll(after: worker) }
        let fresh = host.sweep()
        for worker in fresh { slots[worker.id] = worker.slot }
        let courses = fresh.map {
            restartCourse(
                $0.id, slot: $0.slot, departure: departure, grace: .seconds(3), proof: Proof(ready: options.ready))
        }
        // A worker that came in the place of one that failed to prove itself may be restarted in its stead.
        for case (_, .notReady(let evidence), _) in desk.ended {
            if let new = evidence.replacement, slots[new].map({ $0 < 20 }) ?? false { allowed.insert(new) }
        }
        desk.feed(.resume(by: "user/ada", courses: courses))
    }

    /// A mended master fills what is empty.
    private func refillAll(after worker: SimulatedHost.Process) {
        guard case .replaces = host.habit else { return }
        for slot in 1...UInt32(originals.count) { host.refill(slot) }
    }
}

extension Verdict {
    fileprivate var isReplaced: Bool { replacement != nil }

    fileprivate var replacement: WorkerID? {
        if case .replaced(let evidence) = self { evidence.replacement } else { nil }
    }
}

/// 2,000 rolls of up to eight workers, up to three at a time, with masters and managers of all habits, operators who pause,
/// resume and abort, workers that go and come by themselves.
@Test func noRollTakesMoreThanItMay() {
    let seed = printedSeed()
    var ends: [String: Int] = [:]
    var signals = 0
    for run in 0..<2000 {
        let world = RollWorld(seed: seed &+ UInt64(run))
        defer { world.host.stop() }
        world.desk.feed(.begin)
        var turns = 0
        while !world.roll().isOver, turns < 60_000 {
            world.host.turn()
            turns += 1
        }
        let summary = world.roll().summary
        ends["\(summary.state)", default: 0] += 1
        signals += world.host.deliveries.count
        if !summary.state.isOver { world.desk.complain("never over: \(summary)") }
        if world.desk.reports.count != world.legs {
            world.desk.complain("\(world.desk.reports.count) reports in \(world.legs) legs")
        }
        if summary.state == .finished {
            if world.originals.contains(where: { world.host.lives($0) }) { world.desk.complain("an old one lives") }
            if !world.isDisturbed, world.resumes == 0, summary.replaced != summary.total {
                world.desk.complain("finished with \(summary.replaced) of \(summary.total)")
            }
        }
        let wrong = world.host.deliveries.filter { !world.allowed.contains($0.reached) || $0.reached != $0.meant }
        if !wrong.isEmpty { world.desk.complain("signals to others: \(wrong)") }
        let sent = world.host.deliveries.count
        let reports = world.desk.reports.count
        for _ in 0..<100 { world.host.turn() }
        world.desk.feed(.resume(by: "x", courses: []))
        world.desk.feed(.begin)
        if world.host.deliveries.count != sent || world.desk.reports.count != reports {
            world.desk.complain("something after the end")
        }
        guard world.desk.complaints.isEmpty else {
            Issue.record(
                "seed \(seed) run \(run): \(world.desk.complaints) \(world.options) \(world.host.habit) \(summary)")
            return
        }
    }
    print("rolls \(ends), \(signals) signals")
    #expect(ends.keys.sorted() == ["aborted", "finished"])
}
