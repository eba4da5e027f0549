import Control
import Model
import Testing

@testable import Agent

private let three = [worker(10, ticks: 100), worker(11, ticks: 110), worker(12, ticks: 120)]
private let fresh = [worker(20, ticks: 200), worker(21, ticks: 210), worker(22, ticks: 220)]
private let carl = Peer.person(
    name: "carl", role: .operator, certificate: PeerCertificate(serial: "2", issued: WallTime(nanoseconds: 0)))

private func roll(_ number: UInt64, hold: CommandID? = nil) -> Command {
    command(number, .roll, of: gunicorn(), CommandParameters(warned: true, roll: RollOptions(hold: hold)))
}

private func id(_ number: UInt64) -> CommandID { CommandID(high: 0xC0, low: number) }

/// The worker of that slot is replaced and proves itself; the others live.
private func replace(_ slot: Int, in workers: inout [WorkerID], _ desk: CommandDesk, _ world: DeskWorld) async {
    workers[slot - 1] = fresh[slot - 1]
    await world.time.pass(.milliseconds(500))
    await world.sweep(desk, workers)
    await world.time.pass(.seconds(2))
}

private func summary(_ verdict: Verdict?) -> RollSummary? {
    if case .rolled(let roll)? = verdict { roll } else { nil }
}

@Test func aRollGoesOneByOneAndIsToldAll() async {
    let world = DeskWorld()
    let desk = world.desk()
    var workers = three
    await world.sweep(desk, workers)
    await desk.submit(roll(1), of: world)
    #expect(world.chronicle == ["intent synced", "accepted", "signal 15 to 10"])
    #expect(world.look { $0.rolls["web"]?.underWay } == [1])
    await replace(1, in: &workers, desk, world)
    #expect(
        world.signals == ["signal 15 to 10", "signal 15 to 11"], "the next begins when the first has proved itself")
    await replace(2, in: &workers, desk, world)
    await replace(3, in: &workers, desk, world)
    #expect(world.signals == ["signal 15 to 10", "signal 15 to 11", "signal 15 to 12"])
    #expect(world.kinds == [.intent, .step, .step, .step, .result])
    let end = summary(world.verdicts.last)
    #expect(end?.state == .finished && end?.replaced == 3 && end?.total == 3)
    #expect(world.rolls.last == end && world.look { $0.rolls["web"] } == end)
    #expect(world.look { $0.notes } == (10...12).map { "\($0) by roll by user/ada with 1" })
    let steps = world.look { $0.records.filter { $0.kind == .step } }
    #expect(steps.map(\.worker?.slot) == [1, 2, 3] && steps.map(\.worker?.groupKey) == ["web", "web", "web"])
    await world.time.pass(.seconds(3599))
    #expect(world.look { $0.rolls["web"] } == end, "it is shown for an hour")
    await world.time.pass(.seconds(10))
    #expect(world.look { $0.rolls["web"] } == nil)
    #expect(world.time.appointments == 0)
}

@Test func onlyOneThingAtATimeIsDoneToAGroup() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, three)
    await desk.submit(roll(1), of: world)
    await desk.submit(command(2, three[2]), of: world)
    await desk.submit(command(3, .reload, of: gunicorn(), CommandParameters(warned: true)), of: world)
    var wider = roll(4)
    wider.parameters.roll.maxUnavailable = 2
    await desk.submit(wider, of: world, from: carl)
    let busy = Verdict.refused(
        .busy(
            holder: id(1),
            what: "roll by user/ada is under way since 0 s: 0 of 3 replaced, slot 1 now, 3 to go, each within 33 s; "
                + "pause or abort it to get in between"))
    #expect(world.verdicts == Array(repeating: busy, count: 3))
    await desk.submit(roll(5), of: world, from: carl)
    #expect(world.replies.last == .accepted(id(5)), "the very same roll is joined")
    #expect(world.signals == ["signal 15 to 10"])
}

@Test func aPausedRollIsPausedWhenTheOneUnderWayHasEnded() async {
    let world = DeskWorld()
    let desk = world.desk()
    var workers = three
    await world.sweep(desk, workers)
    await desk.submit(roll(1), of: world)
    await desk.submit(command(2, .pause), of: world, from: carl)
    #expect(world.replies.suffix(1) == [.accepted(id(2))] && world.verdicts == [])
    #expect(world.rolls.last?.state == .running && world.rolls.last?.reason.hasPrefix("paused by user/carl") == true)
    await replace(1, in: &workers, desk, world)
    #expect(summary(world.verdicts.last)?.state == .paused)
    #expect(world.signals == ["signal 15 to 10"] && world.time.appointments == 0)

    await desk.submit(roll(3), of: world, from: carl)
    #expect(
        world.verdicts.last
            == .refused(
                .busy(
                    holder: id(1),
                    what: "roll by user/ada rests since it paused (1 of 3 replaced): resume or abort it")),
        "a paused roll is in the way of another")
    await desk.submit(command(4, .pause), of: world)
    #expect(world.verdicts.last == .refused(.noSuchRoll), "it is paused already")
    // A single worker may be restarted meanwhile; nothing goes on at the same time.
    await desk.submit(command(5, three[1]), of: world)
    await desk.submit(command(6, .resume), of: world)
    #expect(
        world.verdicts.last
            == .refused(
                .busy(
                    holder: id(5),
                    what: "restart of slot 2 by user/ada is under way since 0 s, for 33 s more at most")))
    await replace(2, in: &workers, desk, world)

    await desk.submit(command(7, .resume), of: world, from: carl)
    #expect(world.signals == ["signal 15 to 10", "signal 15 to 11"], "the one replaced meanwhile is not touched")
    await world.time.pass(.milliseconds(500))
    await world.sweep(desk, workers)
    await world.time.pass(.seconds(3))
    await world.sweep(desk, workers)
    #expect(world.signals.last == "signal 15 to 12")
    await replace(3, in: &workers, desk, world)
    let answered = world.replies.compactMap { reply -> CommandID? in
        guard case .outcome(let outcome) = reply, summary(outcome.verdict)?.state == .finished else { return nil }
        return outcome.id
    }
    #expect(answered == [id(1), id(7)], "both who asked for it hear of its end")
    #expect(world.look { $0.rolls["web"]?.replaced } == 2)
}

@Test func aRollStopsAtTheFirstFailureAndGoesOnWithIt() async {
    let world = DeskWorld()
    let desk = world.desk()
    var workers = three
    await world.sweep(desk, workers)
    await desk.submit(roll(1), of: world)
    workers.removeFirst()
    await world.sweep(desk, workers)
    await world.time.pass(.seconds(20))
    let failed = summary(world.verdicts.last)
    #expect(failed?.state == .failed && failed?.reason == "slot 1: not replaced; 2 untouched; resume tries it again")
    #expect(world.signals == ["signal 15 to 10"], "the rest is untouched")
    #expect(world.kinds == [.intent, .step, .result])
    await desk.submit(roll(2), of: world)
    #expect(
        world.verdicts.last
            == .refused(
                .busy(
                    holder: id(1),
                    what: "roll by user/ada rests since it failed (0 of 3 replaced): resume or abort it")))

    // The code is mended, the master has started a new one, and the operator goes on.
    workers.insert(fresh[0], at: 0)
    await world.sweep(desk, workers)
    await desk.submit(command(3, .resume, of: gunicorn(), CommandParameters(subject: id(9))), of: world)
    #expect(world.verdicts.last == .refused(.noSuchRoll))
    await desk.submit(command(4, .resume, of: gunicorn(), CommandParameters(subject: id(1))), of: world)
    await world.time.pass(.milliseconds(500))
    await world.sweep(desk, workers)
    await world.time.pass(.seconds(3))
    await world.sweep(desk, workers)
    await replace(2, in: &workers, desk, world)
    await replace(3, in: &workers, desk, world)
    #expect(summary(world.verdicts.last)?.state == .finished)
    #expect(world.signals == ["signal 15 to 10", "signal 15 to 11", "signal 15 to 12"])
    #expect(world.replies.suffix(1).map(\.word) == ["outcome"])
    #expect(world.kinds.filter { $0 == .result }.count == 2, "the roll's at its failure, the resume's now")
}

@Test func anAbortedRollIsOver() async {
    let world = DeskWorld()
    let desk = world.desk()
    var workers = three
    await world.sweep(desk, workers)
    await desk.submit(roll(1), of: world)
    await desk.submit(command(2, .abort), of: world, from: carl)
    await replace(1, in: &workers, desk, world)
    #expect(world.verdicts.map { summary($0)?.state } == [.aborted, .aborted])
    #expect(world.signals == ["signal 15 to 10"])
    await desk.submit(command(3, .resume), of: world)
    #expect(world.verdicts.last == .refused(.noSuchRoll))
    await desk.submit(roll(4), of: world)
    #expect(world.replies.last == .accepted(id(4)), "it is in nobody's way")
    #expect(world.look { $0.rolls["web"]?.id } == id(4))
    await world.time.pass(.seconds(4000))
    #expect(world.look { $0.rolls["web"]?.id } == id(4), "the old one's hour does not hide the new one")
}

@Test func aFailedRollCanBeAbortedAndIsGivenUpAfterADay() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, three)
    await desk.submit(roll(1), of: world)
    await world.sweep(desk, Array(three.dropFirst()))
    await world.time.pass(.seconds(20))
    await desk.submit(command(2, .abort), of: world)
    #expect(summary(world.verdicts.last)?.state == .aborted)
    var next = roll(3)
    next.parameters.warned = true
    await desk.submit(next, of: world)
    #expect(world.replies.last == .accepted(id(3)))
    world.change { $0.alive.remove(three[1]) }
    await world.sweep(desk, [three[2]])
    await world.time.pass(.seconds(20))
    #expect(summary(world.verdicts.last)?.state == .failed)
    await world.time.pass(.seconds(86_400))
    #expect(world.look { $0.rolls["web"] } == nil && world.time.appointments == 0)
    next.id = id(4)
    await desk.submit(next, of: world)
    #expect(world.replies.last == .accepted(id(4)))
}

@Test func aRollRunsUnderItsHoldOnly() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, three)
    await desk.submit(roll(1, hold: id(50)), of: world)
    let sentence = "the hold it is to run under is over, or was never taken: hold the app first"
    #expect(world.verdicts.last == .refused(.unsuited(sentence)))
    await desk.submit(command(50, .hold), of: world)
    guard case .done(let evidence)? = world.verdicts.last else {
        Issue.record("no hold: \(world.verdicts)")
        return
    }
    #expect(evidence.detail == "held by user/ada for 60 s")
    await desk.submit(roll(2), of: world, from: carl)
    #expect(world.verdicts.last == .refused(.held(by: "user/ada", left: .seconds(60))))
    await desk.submit(roll(3, hold: id(50)), of: world)
    #expect(world.replies.last == .accepted(id(3)))
    // Renewed in time it is the same hold, and the roll goes on.
    await world.time.pass(.milliseconds(500))
    await world.sweep(desk, [fresh[0], three[1], three[2]])
    await desk.submit(command(51, .hold, of: gunicorn(), CommandParameters(subject: id(50))), of: world)
    await desk.submit(command(52, .hold), of: world)
    #expect(world.verdicts.last == .refused(.held(by: "user/ada", left: .seconds(60))), "one dashboard, not one person")
    await world.time.pass(.seconds(3))
    #expect(world.signals == ["signal 15 to 10", "signal 15 to 11"])
}

@Test func withoutItsDashboardARollEndsTheOneUnderWayAndRests() async {
    let world = DeskWorld()
    let desk = world.desk()
    var workers = three
    await world.sweep(desk, workers)
    await desk.submit(command(50, .hold), of: world)
    await world.time.pass(.seconds(57))
    await desk.submit(roll(1, hold: id(50)), of: world)
    await world.time.pass(.seconds(1))
    workers[0] = fresh[0]
    await world.sweep(desk, workers)
    await world.time.pass(.milliseconds(2500))  // the hold ended while the replacement was on trial
    await world.sweep(desk, workers)
    #expect(world.rolls.last?.state == .paused && world.rolls.last?.reason == "paused, because its hold ended")
    #expect(world.signals == ["signal 15 to 10"])
    // Whoever comes next may go on, with or without a hold of his own.
    await desk.submit(command(2, .resume), of: world, from: carl)
    await world.sweep(desk, workers)  // nobody told it of workers while it rested: it goes on with the next sweep
    #expect(world.signals == ["signal 15 to 10", "signal 15 to 11"])
    await replace(2, in: &workers, desk, world)
    await replace(3, in: &workers, desk, world)
    #expect(summary(world.verdicts.last)?.state == .finished)
}

@Test func aReleasedHoldPausesToo() async {
    let world = DeskWorld()
    let desk = world.desk()
    var workers = three
    await world.sweep(desk, workers)
    await desk.submit(command(50, .hold), of: world)
    await desk.submit(roll(1, hold: id(50)), of: world)
    await desk.submit(command(2, .release, of: gunicorn(), CommandParameters(subject: id(50))), of: world)
    await replace(1, in: &workers, desk, world)
    #expect(world.rolls.last?.state == .paused)
    await desk.submit(command(3, .release, of: gunicorn(), CommandParameters(subject: id(50))), of: world)
    guard case .done(let evidence)? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(evidence.detail == "nobody had it held like that")
}

@Test func whoWantsToStopARollNeedsNoRecordAndNoHold() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, three)
    await desk.submit(command(50, .hold), of: world)
    await desk.submit(roll(1, hold: id(50)), of: world)
    world.change { $0.auditErrno = 28 }
    await desk.submit(command(2, .resume), of: world)
    await desk.submit(command(3, .pause), of: world, from: carl)
    #expect(world.replies.last == .accepted(id(3)))
    #expect(world.rolls.last?.reason.hasPrefix("paused by user/carl") == true)
    #expect(world.look { $0.auditFailures }.allSatisfy { $0 == 28 })
}

@Test func aStoppingAgentSaysHowFarARollWas() async {
    let world = DeskWorld()
    let desk = world.desk()
    var workers = three
    await world.sweep(desk, workers)
    await desk.submit(roll(1), of: world)
    await replace(1, in: &workers, desk, world)
    await desk.stop()
    #expect(world.kinds == [.intent, .step, .interrupted] && world.time.appointments == 0)
    #expect(world.look { $0.records.last?.detail } == "1 of 3 workers were replaced; slot 2 was under way")
}
