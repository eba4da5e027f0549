import Control
import Model
import Testing

@testable import Agent

private let three = [worker(10, ticks: 100), worker(11, ticks: 110), worker(12, ticks: 120)]
private let masterID = worker(5, ticks: 50)

private func planned(_ verdict: Verdict?) -> Plan? {
    if case .planned(let plan)? = verdict { plan } else { nil }
}

private func failed(_ verdict: Verdict?) -> RollSummary? {
    if case .rolled(let roll)? = verdict, roll.state == .failed { roll } else { nil }
}

/// It changes nothing, and so it waits for nobody; it says what the real one would have to wait for.
@Test func aDryRunIsNeverBusy() async throws {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, three)
    await desk.submit(command(1, three[0]), of: world)
    await world.time.pass(.seconds(3))
    for dry in [command(2, three[1]).dry, command(3, .roll).dry, command(4, .reload).dry] {
        await desk.submit(dry, of: world)
        let plan = try #require(planned(world.verdicts.last))
        #expect(!plan.steps.isEmpty)
        #expect(
            plan.warnings.last
                == "restart of slot 1 by user/ada is under way since 3 s, for 30 s more at most: this would be refused now"
        )
    }
    #expect(world.signals == ["signal 15 to 10"])
    await desk.submit(command(5, .hold), from: .local(uid: 0, pid: 9), role: .admin, sink: world.sink)
    await desk.submit(command(6, three[1]).dry, of: world)
    let held = try #require(planned(world.verdicts.last))
    #expect(held.warnings.last == "uid/0 holds the app for 60 s more unless renewed: this would be refused now")
}

@Test func aDryRunOfAResumeListsWhomItRestarts() async throws {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, three)
    await desk.submit(command(1, .roll), of: world)
    await world.sweep(desk, Array(three.dropFirst()))
    await world.time.pass(.seconds(20))
    #expect(failed(world.verdicts.last) != nil)
    await world.sweep(desk, [worker(20, ticks: 200)] + three.dropFirst())
    let before = world.chronicle
    await desk.submit(command(2, .resume).dry, of: world)
    let plan = try #require(planned(world.verdicts.last))
    #expect(plan.steps.map(\.process?.pid) == [11, 11, 12, 12])
    #expect(
        plan.success.first == "slot 1: pid 20 began after the roll did: it is not restarted, it has to prove itself")
    #expect(world.chronicle == before + ["outcome"], "nothing was done")
}

/// gunicorn ends itself when a new worker does not load: that is seen at once, and there is nothing to resume.
@Test func aRollWhoseMasterEndsSaysSoAtOnce() async {
    let world = DeskWorld()
    let desk = world.desk()
    world.change { $0.alive.insert(masterID) }
    await world.sweep(desk, three)
    await desk.submit(command(1, .roll), of: world)
    world.change { $0.alive = [] }
    var gone = gunicorn()
    gone.info.master = nil
    await world.time.pass(.milliseconds(300))
    await world.sweep(desk, [])  // it has not noticed yet
    await world.time.pass(.seconds(1))
    await desk.submit(command(9, .resume).dry, of: world)
    guard case .refused(.unsuited)? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
    world.change { $0.replies.removeLast() }
    await world.sweep(desk, [], group: gone)
    #expect(
        failed(world.verdicts.last)?.reason
            == "slot 1: not replaced (its master is gone (SIGTERM), and 0 of 3 workers live); 2 not signalled ended too"
    )
    #expect(world.signals == ["signal 15 to 10"])
    for resume in [command(2, .resume, of: gone).dry, command(3, .resume, of: gone)] {
        await desk.submit(resume, of: world)
        #expect(
            world.verdicts.last
                == .refused(
                    .unsuited(
                        "no worker of web lives and nothing is known to start one: start it the way it was started, then "
                            + "resume, or abort the roll")))
    }

    // Started anew it has another master, and what rests of the old one is in nobody's way.
    var anew = gunicorn()
    anew.info.master = ProcessRef(pid: 6, startTicks: 500)
    await world.sweep(desk, [worker(30, ticks: 510), worker(31, ticks: 511)], group: anew)
    await desk.submit(command(4, .roll, of: anew), of: world)
    #expect(world.replies.last == .accepted(command(4, .roll).id))
    #expect(world.signals.last == "signal 15 to 30")
    #expect(world.rolls.contains { $0.id == command(1, .roll).id && $0.state == .aborted })
}

/// Its workers' manager starts it again: that takes its time, and is waited for.
@Test func aMasterThatIsKeptIsWaitedFor() async {
    let world = DeskWorld()
    let desk = world.desk()
    let link = ManagerLink(manager: Manager(kind: .systemd, name: "web.service"), isMain: true)
    world.change { $0.alive.insert(masterID) }
    await world.sweep(desk, three, group: gunicorn(link: link))
    await desk.submit(command(1, three[0]), of: world)
    world.change { $0.alive = [] }
    await world.time.pass(.milliseconds(300))
    await world.sweep(desk, [], group: gunicorn(link: link))
    await world.time.pass(.seconds(5))
    #expect(world.verdicts == [])
    await world.time.pass(.seconds(15))
    guard case .notReplaced(let evidence)? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(evidence.detail == "its master is gone (SIGTERM), and 0 of 3 workers live")
}
