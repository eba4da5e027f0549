import Control
import Model
import Testing

@testable import Agent

private let old = worker(10)

private func offers(_ answer: Answer.Body) -> [Action: Offer] {
    guard case .offers(let offers, _) = answer else { return [:] }
    return Dictionary(uniqueKeysWithValues: offers.map { ($0.action, $0) })
}

@Test func offersAreWhatSuitsTheWorkerAndWhatThePeerMay() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old, worker(11)])
    let target = command(1, .roll).target
    let forAda = offers(await desk.answer(.offers(.worker(old)), for: ada, role: .operator))
    #expect(forAda.count == Action.allCases.count)
    #expect(forAda[.restart]?.unavailable == nil && forAda[.restart]?.means.hasPrefix("SIGTERM to the worker") == true)
    #expect(forAda[.roll]?.unavailable != nil, "the group's")
    let groupForAda = offers(await desk.answer(.offers(target), for: ada, role: .operator))
    #expect(groupForAda[.roll]?.unavailable == nil && groupForAda[.pause]?.unavailable != nil)

    let forBob = offers(await desk.answer(.offers(.worker(old)), for: bob, role: .viewer))
    #expect(forBob[.restart]?.unavailable == "it needs the role operator; you are viewer")
    #expect(forBob[.roll] == forAda[.roll], "what does not suit says so to everybody")
    world.change { $0.refusal = .policy(app: "web") }
    let ruled = offers(await desk.answer(.offers(target), for: ada, role: .operator))
    #expect(ruled[.roll]?.unavailable == "no rule of the host's policy allows it")
    world.change { $0.refusal = .limit(app: "web", rule: "maxUnavailable: 1 of 2; not 5") }
    let limited = offers(await desk.answer(.offers(target), for: ada, role: .operator))
    #expect(limited[.roll]?.unavailable == "the host's policy limits it: maxUnavailable: 1 of 2; not 5")
    world.change { $0.refusal = .expired }
    let other = offers(await desk.answer(.offers(target), for: ada, role: .operator))
    #expect(other[.roll]?.unavailable == "the host's policy does not allow it")

    let readOnly = world.desk(readOnly: true)
    await world.sweep(readOnly, [old, worker(11)])
    let none = offers(await readOnly.answer(.offers(target), for: ada, role: .operator))
    #expect(none.values.allSatisfy { $0.unavailable != nil })
    #expect(none[.roll]?.unavailable == "this agent is read-only")
    #expect(world.kinds == [], "a question is no command")
}

@Test func whatIsUnderWayShowsInTheOffers() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old, worker(11)])
    await desk.submit(command(1, .roll), of: world)
    let target = command(1, .roll).target
    let offers = offers(await desk.answer(.offers(target), for: ada, role: .operator))
    #expect(offers[.pause]?.unavailable == nil && offers[.resume]?.unavailable != nil)
}

@Test func whatIsNotKnownIsSaid() async {
    let world = DeskWorld()
    let desk = world.desk(protecting: [11])
    await world.sweep(desk, [old, worker(11)])
    #expect(
        await desk.answer(.offers(.worker(worker(10, ticks: 1))), for: ada, role: .operator)
            == .unknown("no such worker lives"))
    let elsewhere = CommandTarget.group(GroupTarget(boot: boot, key: "no", master: nil))
    #expect(await desk.answer(.offers(elsewhere), for: ada, role: .operator) == .unknown("no such app is known"))
    #expect(
        await desk.answer(.connections(elsewhere), for: bob, role: .viewer)
            == .unknown("its connections were not looked at yet"))
    let protected = offers(await desk.answer(.offers(.worker(worker(11))), for: ada, role: .operator))
    #expect(protected[.restart]?.unavailable == "it is the agent or one of its ancestors")
}

@Test func livesAndConnectionsAreForEverybody() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    let lives = await desk.answer(.lives(groupKey: "web", slot: 3), for: bob, role: .viewer)
    #expect(lives == .lives([Life(worker: old, started: WallTime(nanoseconds: 3))], Experience()))
    let report = ConnectionReport(monotonic: MonotonicInstant(nanoseconds: 1), established: 10)
    #expect(await desk.answer(.connections(.worker(old)), for: bob, role: .viewer) == .connections(report))
}
