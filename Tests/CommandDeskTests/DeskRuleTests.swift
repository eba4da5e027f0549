import Control
import Model
import Testing

@testable import Agent

private let two = [worker(10, ticks: 100), worker(11, ticks: 110)]
private let fresh = worker(20, ticks: 200)

private func heavy(_ workers: [WorkerID]) -> [RuleReading] {
    workers.enumerated().map {
        RuleReading(
            place: WorkerPlace(worker: $1, app: "web", groupKey: "web", slot: UInt32($0 + 1)), residentBytes: 2 << 30)
    }
}

private func rule(_ deed: ActionRule.Deed, cooldown: Duration = .seconds(60)) -> ActionRule {
    ActionRule(
        condition: .memory(above: 1 << 30), lasting: .seconds(30), deed: deed, cooldown: cooldown, mostPerHour: 3)
}

/// Sweeps each second for so long.
private func pass(_ seconds: Int, _ world: DeskWorld, _ desk: CommandDesk, _ workers: [WorkerID]) async {
    for _ in 0..<seconds {
        await world.time.pass(.seconds(1))
        await world.sweep(desk, workers)
        await desk.judge(heavy(workers))
    }
}

@Test func withoutARuleNothingHappens() async {
    let world = DeskWorld()
    let desk = world.desk()
    await pass(100, world, desk, two)
    #expect(world.look { $0.events } == [] && world.chronicle == [])
}

@Test func aProposalIsAnEventAndNothingElse() async {
    let world = DeskWorld()
    let desk = world.desk()
    world.change { $0.rules = [rule(.propose)] }
    await pass(40, world, desk, two)
    #expect(world.rulesTold == ["a restart is proposed", "a restart is proposed"])
    world.change { state in
        guard case .rule(let place, let rule, _)? = state.events.first else { return }
        #expect(place == WorkerPlace(worker: two[0], app: "web", groupKey: "web", slot: 1))
        #expect(rule == "memory > 1GiB for 30s")
    }
    #expect(world.signals == [] && world.kinds == [])
}

@Test func aRuleRestartsThroughTheSameDesk() async {
    let world = DeskWorld()
    let desk = world.desk()
    world.change { $0.rules = [rule(.restart)] }
    await pass(32, world, desk, two)
    #expect(world.signals == ["signal 15 to 10"])
    let intent = world.look { $0.records.first }
    #expect(intent?.kind == .intent && intent?.peer == .rule(app: "web") && intent?.peer?.label == "rule/web")
    #expect(intent?.command.parameters.reason == "memory > 1GiB for 30s" && intent?.command.parameters.warned == false)
    #expect(world.look { $0.notes.first?.hasPrefix("10 by restart by rule/web") } == true)
    await pass(5, world, desk, [fresh, two[1]])
    let ends = world.look {
        $0.events.compactMap { if case .commandEnded(let outcome) = $0 { outcome.issuer } else { nil } }
    }
    #expect(ends == ["rule/web"])
    #expect(world.rulesTold == ["it is restarted", "it is not restarted: less than 1m since the last"])
    await pass(60, world, desk, [fresh, two[1]])
    #expect(world.signals == ["signal 15 to 10", "signal 15 to 11"], "after the cooldown the one that waits longest")
}

@Test func aRuleWaitsForWhoeverIsAtWork() async {
    let world = DeskWorld()
    let desk = world.desk()
    world.change { $0.rules = [rule(.restart)] }
    await desk.observe(workers: [], groups: [], now: world.time.now)
    await world.sweep(desk, two)
    await desk.submit(command(50, .hold), of: world)
    await pass(59, world, desk, two)
    #expect(world.signals == [], "the group is held")
    await pass(2, world, desk, two)
    #expect(world.signals == ["signal 15 to 10"], "the hold ended by itself")
}

/// What an operator would be warned of, a rule does not do.
@Test func aRuleDoesNotGoPastAWarning() async {
    let world = DeskWorld()
    let desk = world.desk()
    world.change { $0.rules = [rule(.restart)] }
    await world.sweep(desk, two)
    await desk.submit(command(1, two[0]), of: world)
    await world.time.pass(.seconds(30))  // not replaced: the next restart carries a warning
    let told = "it was not restarted: an operator has to do it, knowing this: "
    await pass(40, world, desk, [two[1]])
    #expect(world.rulesTold.first == "it is restarted" && world.rulesTold.dropFirst().first?.hasPrefix(told) == true)
    #expect(world.signals == ["signal 15 to 10"])
    #expect(world.kinds.suffix(1) == [.refused])
}

@Test func onAReadOnlyAgentARuleIsRefused() async {
    let world = DeskWorld()
    let desk = world.desk(readOnly: true)
    world.change { $0.rules = [rule(.restart)] }
    await pass(32, world, desk, two)
    #expect(world.rulesTold.prefix(2) == ["it is restarted", "it was not restarted: this agent is read-only"])
    #expect(world.signals == [])
}
