import Control
import Model
import Testing

@testable import Agent

private let two = [worker(10, ticks: 100), worker(11, ticks: 110)]
private let fresh = [worker(20, ticks: 200), worker(21, ticks: 210)]
private let master = worker(5, ticks: 50)

private func id(_ number: UInt64) -> CommandID { CommandID(high: 0xC0, low: number) }

private func evidence(_ verdict: Verdict?) -> GroupEvidence? {
    switch verdict {
    case .done(let evidence), .failed(let evidence): evidence
    default: nil
    }
}

/// Kept by supervisord, worker by worker.
private func supervised(_ key: String = "web") -> LiveGroup {
    let link = ManagerLink(
        manager: Manager(kind: .supervisord, name: "web:*"), address: "unix:///run/supervisor.sock", isMain: true)
    var group = LiveGroup(
        info: GroupInfo(key: key, app: key, kind: .managed, manager: link.manager, respawn: .manager), link: link,
        uid: 33)
    group.rule = AppStrategy(restartCommand: ["restart-it", "{pid}"])
    return group
}

@Test func aReloadGoesToTheMasterAndIsProvedByItsWorkers() async {
    let world = DeskWorld()
    let desk = world.desk()
    world.change { state in
        state.alive = [master]
        state.stubborn = [master]
    }
    await world.sweep(desk, two)
    await desk.submit(command(1, .reload, of: gunicorn(), CommandParameters(warned: true)), of: world)
    #expect(world.chronicle == ["intent synced", "accepted", "signal 1 to 5"])
    #expect(world.look { $0.notes.count } == 2, "all workers are ended by it")
    await world.time.pass(.seconds(1))
    #expect(world.look { $0.sweepsWanted } > 0)
    await world.sweep(desk, fresh)
    await world.time.pass(.seconds(3))
    guard case .done(let evidence)? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(evidence.gone == 2 && evidence.new == 2)
    #expect(world.look { $0.notes.last } == "web to ?", "how many it has now is to be seen")
    #expect(world.kinds == [.intent, .result] && world.time.appointments == 0)
}

@Test func anotherSizeIsTold() async {
    let world = DeskWorld()
    let desk = world.desk()
    world.change { state in
        state.alive = [master]
        state.stubborn = [master]
    }
    await world.sweep(desk, two)
    await desk.submit(command(1, .scale, of: gunicorn(), CommandParameters(warned: true, size: .by(1))), of: world)
    #expect(world.signals == ["signal 21 to 5"])  // TTIN
    await world.time.pass(.seconds(1))
    await world.sweep(desk, two + [fresh[0]])
    await world.time.pass(.seconds(3))
    #expect(evidence(world.verdicts.last)?.after == 3)
    #expect(world.look { $0.notes } == ["web to 3"], "and no worker is noted: which one would go is not known")
}

@Test func aSignalByHandIsSentAndNothingIsClaimed() async {
    let world = DeskWorld()
    let desk = world.desk()
    world.change { $0.stubborn = Set(two) }
    await world.sweep(desk, two)
    var signal = command(1, two[0])
    signal.action = .signal
    signal.parameters = CommandParameters(warned: true, signal: 10)
    await desk.submit(signal, of: world)
    #expect(world.signals == ["signal 10 to 10"])
    #expect(world.look { $0.notes } == [], "whom it ends is not known")
    guard case .done? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
}

@Test func aMasterThatGoesBeforeTheRecordIsAChangedTarget() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, two)  // the master is not among the living
    await desk.submit(command(1, .scale, of: gunicorn(), CommandParameters(warned: true, size: .by(1))), of: world)
    #expect(world.verdicts == [.targetChanged] && world.kinds == [.refused])
}

@Test func aManagerIsAskedOnceAndItsAnswerCounts() async {
    let world = DeskWorld()
    let desk = world.desk()
    let group = supervised()
    await world.sweep(desk, two, group: group)
    var restart = command(1, two[0])
    restart.parameters.warned = true
    await desk.submit(restart, of: world)
    #expect(await world.waits { $0.chronicle.last == "restart-it 10" })
    #expect(world.look { $0.notes } == ["10 by restart by user/ada with 1"])
    world.change { $0.alive.remove(two[0]) }
    await world.sweep(desk, [two[1], fresh[0]], group: group)
    world.change { $0.answers = [.done] }
    #expect(await world.waits { $0.answers.isEmpty })
    // The answer is on its way to the desk: whoever comes after it finds it there.
    for _ in 0..<10_000 where world.verdicts.isEmpty {
        await world.time.pass(.milliseconds(100))
        await DeskWorld.pause()
    }
    guard case .replaced(let evidence)? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(evidence.detail == "restart-it 10: done" && evidence.replacement == fresh[0])
    #expect(world.signals == [] && world.chronicle.filter { $0 == "restart-it 10" }.count == 1)
}

@Test func aManagerThatNeverAnswersIsGivenUpAndItsTaskCancelled() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, two, group: supervised())
    var restart = command(1, two[0])
    restart.parameters.warned = true
    await desk.submit(restart, of: world)
    #expect(await world.waits { $0.chronicle.last == "restart-it 10" })
    await world.time.pass(.seconds(120))
    guard case .timedOut? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(world.time.appointments == 0)
    #expect(await world.waits { $0.questions == 0 }, "nobody waits for it any more")
}

@Test func aReadyCheckIsAskedUntilItPasses() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, two)
    var restart = command(1, two[0])
    restart.parameters.roll.ready = .tcp(port: 80)
    await desk.submit(restart, of: world)
    await world.time.pass(.milliseconds(500))
    await world.sweep(desk, [fresh[0], two[1]])
    await world.time.pass(.milliseconds(2100))
    #expect(await world.waits { $0.chronicle.last == "check beside 20" })
    world.change { $0.answers = [.failed("connection refused")] }
    #expect(await world.waits { $0.answers.isEmpty })
    for _ in 0..<10_000 where world.chronicle.filter({ $0 == "check beside 20" }).count < 2 {
        await world.time.pass(.milliseconds(100))
        await DeskWorld.pause()
    }
    world.change { $0.answers = [.done] }
    #expect(await world.waits { state in state.replies.contains { $0.word == "outcome" } })
    guard case .replaced? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
}

@Test func aPlanIsToldAndNothingIsDone() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, two)
    await desk.submit(command(1, .roll).dry, of: world)
    guard case .planned(let plan)? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(plan.steps.compactMap(\.process?.pid) == [10, 10, 11, 11])
    #expect(world.chronicle == ["outcome"] && world.kinds == [] && world.time.appointments == 0)
    #expect(world.look { $0.events } == [])
    await desk.submit(command(1, .roll), of: world)
    #expect(world.replies.last == .accepted(id(1)), "a dry run uses up no id")
}
