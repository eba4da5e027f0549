import Control
import Model
import TestSupport
import Testing

/// One restart in one world, and what is true in it.
private struct RestartWorld {
    let host: SimulatedHost
    let desk: SimulatedDesk
    let course: RestartCourse
    let atBegin: Set<WorkerID>
    let neighboursDie: Bool
    let checksFrom: MonotonicInstant
    let isBlocked: Bool

    init(seed: UInt64) {
        let habits: [SimulatedHost.Habit] = [
            .replaces(after: .milliseconds(20)), .replaces(after: .milliseconds(900)), .replaces(after: .seconds(9)),
            .replaces(after: .seconds(14)), .replaces(after: .seconds(20)), .never, .leavesZombies,
            .crashes(times: 1, after: .milliseconds(700)), .crashes(times: 3, after: .milliseconds(1500)),
            .crashes(times: 1000, after: .milliseconds(300)), .losesPort,
        ]
        var random = SeededGenerator(seed: seed &* 31)
        let count = Int.random(in: 1...4, using: &random)
        host = SimulatedHost(
            seed: seed, workers: count, habit: habits.randomElement(using: &random) ?? .never)
        let group = host.sweep()
        let target = group[Int.random(in: 0..<group.count, using: &random)]
        let unit = ManagerCall.systemd(unit: "web.service", user: nil, .restart)
        let departures: [Departure] = [
            .signals(polite: 15, final: 9), .signals(polite: 3, final: nil), .call(unit),
        ]
        course = restartCourse(
            target.id, slot: target.slot, departure: departures.randomElement(using: &random) ?? .call(unit),
            prelude: Int.random(in: 0..<6, using: &random) == 0
                ? RestartCourse.Prelude(signal: 20, wait: .seconds(1)) : nil,
            grace: .milliseconds(Int.random(in: 100...4000, using: &random)),
            proof: Proof(
                stable: .milliseconds(Int.random(in: 500...3000, using: &random)),
                lagBelow: Int.random(in: 0..<4, using: &random) == 0 ? .milliseconds(100) : nil,
                ready: Int.random(in: 0..<4, using: &random) == 0 ? .tcp(port: 80) : nil))
        atBegin = Set(group.map(\.id))
        neighboursDie = Int.random(in: 0..<3, using: &random) == 0
        checksFrom = at(Int.random(in: 0...100_000, using: &random))
        let isStuck = Int.random(in: 0..<8, using: &random) == 0
        let isDeaf = Int.random(in: 0..<3, using: &random) == 0
        let slowness = Duration.milliseconds(Int.random(in: 0...3000, using: &random))
        let fault = Int.random(in: 0..<8, using: &random)
        isBlocked = fault == 0
        host.change(target.id) {
            $0.isStuck = isStuck
            $0.isDeaf = isDeaf
            $0.slowness = slowness
        }
        desk = SimulatedDesk(host: host, machine: .restart(Restart(course, group: group.map(\.id))))
        desk.manager.delay = .milliseconds(Int.random(in: 0...20_000, using: &random))
        desk.manager.answer =
            [ManagerAnswer.done, .done, .failed("no"), .timedOut, nil].randomElement(using: &random) ?? nil
        desk.manager.acts = Int.random(in: 0..<4, using: &random) > 0
        let host = host
        let checksFrom = checksFrom
        desk.isReady = { host.now >= checksFrom }
        if isBlocked { host.end(target.id) }  // it goes before anything is asked
        if neighboursDie, let victim = group.first(where: { $0.id != target.id }) {
            host.after(.milliseconds(Int.random(in: 0...5000, using: &random))) { host.end(victim.id) }
        }
        lags()
    }

    private func lags() {
        for process in host.workers {
            let lag: UInt64? = [nil, 3000, 4000, 250_000].randomElement(using: &host.random) ?? nil
            host.change(process.id) { $0.lag = host.now - $0.started > .seconds(5) ? 3000 : lag }
        }
        host.after(.milliseconds(900)) { lags() }
    }

    /// What the verdict claims, held against what is true.
    func judge(_ verdict: Verdict) {
        let target = course.target
        let hasEnded = !host.lives(target)
        switch verdict {
        case .replaced(let evidence):
            guard let new = evidence.replacement else { return desk.complain("replaced by nobody") }
            if !host.lives(new) { desk.complain("replaced by one that is gone") }
            if atBegin.contains(new) || host.born[new] == nil { desk.complain("replaced by a stranger") }
            if !hasEnded { desk.complain("replaced, and the old one lives") }
            let since = max(host.born[new] ?? host.now, host.ends[target] ?? host.now)
            if host.now - since < course.proof.stable { desk.complain("it lived for \(host.now - since)") }
            if course.proof.ready != nil, host.now < checksFrom { desk.complain("replaced, but not ready") }
        case .notReplaced, .zombieLeft, .orphanHoldsPort, .crashLoop:
            if !hasEnded { desk.complain("\(verdict), but it lives") }
            // What came in the last moments may not have been seen.
            let fresh = host.workers.contains {
                $0.slot == course.slot && host.now - $0.started > .milliseconds(1100)
            }
            if fresh { desk.complain("\(verdict), but one lives in its place") }
            if case .zombieLeft = verdict, !host.isZombie(target) { desk.complain("no zombie") }
            if case .orphanHoldsPort = verdict, host.orphan == nil { desk.complain("no orphan") }
            if case .crashLoop = verdict {
                let falls = host.ends.keys.filter { !atBegin.contains($0) }.count
                if falls < 2 { desk.complain("crash loop after \(falls)") }
            }
        case .notReady(let evidence):
            if evidence.replacement.map({ !host.lives($0) }) ?? true { desk.complain("not ready, but nobody there") }
        case .unkillable, .managerFailed, .timedOut:
            if case .unkillable = verdict, hasEnded { desk.complain("unkillable, but gone") }
            if case .unkillable(let evidence) = verdict, !evidence.forced { desk.complain("unkillable, never tried") }
            if case .call = course.departure { break }
            if hasEnded { desk.complain("\(verdict), but gone") }
        case .targetChanged:
            if !host.deliveries.isEmpty { desk.complain("target changed, but \(host.deliveries)") }
            if !isBlocked { desk.complain("target changed, but it did not") }
        default: desk.complain("\(verdict)")
        }
        let wrong = host.deliveries.filter { $0.reached != target || $0.meant != target }
        if !wrong.isEmpty { desk.complain("signals to others: \(wrong)") }
    }
}

/// 4,000 worlds: masters that replace, replace late, never, leave zombies, crash, lose their port; workers that are deaf,
/// slow or stuck; managers that are late, fail or never answer; pids that change hands all the time.
@Test func everyVerdictIsTrueInItsWorld() {
    let seed = printedSeed()
    var verdicts: [String: Int] = [:]
    for run in 0..<4000 {
        let world = RestartWorld(seed: seed &+ UInt64(run))
        world.desk.feed(.begin)
        var turns = 0
        while world.desk.reports.isEmpty, turns < 20_000 {
            world.host.turn()
            turns += 1
        }
        defer { world.host.stop() }
        let sent = world.host.deliveries.count
        if let verdict = world.desk.reports.first {
            world.judge(verdict)
            verdicts[String("\(verdict)".prefix { $0 != "(" }), default: 0] += 1
            for _ in 0..<200 { world.host.turn() }
        }
        if world.desk.reports.count != 1 { world.desk.complain("\(world.desk.reports.count) reports") }
        if world.host.deliveries.count != sent { world.desk.complain("signals after the report") }
        guard world.desk.complaints.isEmpty else {
            Issue.record("seed \(seed) run \(run): \(world.desk.complaints) \(world.course) \(world.host.habit)")
            return
        }
    }
    print("restart worlds \(verdicts)")
    #expect(verdicts.count == 10, "every verdict but refused has to be reached: \(verdicts)")
}
