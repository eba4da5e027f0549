import Control
import Model
import Synchronization
import Testing

@testable import Agent

private let old = worker(10)
private let new = worker(20, ticks: 200)

@Test func aRestartIsRecordedBeforeItIsDoneAndAnsweredAfterItIsProven() async throws {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old, worker(11)])
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    #expect(world.chronicle == ["intent synced", "accepted", "signal 15 to 10"])
    #expect(world.state.withLock { $0.notes } == ["10 by restart by user/ada with 1"], "the ledger knows before")

    await world.time.pass(.milliseconds(600))  // no sampler has said so: the desk sees the exit itself
    #expect(world.state.withLock { $0.sweepsWanted } > 0)
    await world.sweep(desk, [new, worker(11)])
    await world.time.pass(.seconds(1))
    #expect(world.verdicts == [], "it has not lived for 2 s yet")
    await world.time.pass(.seconds(2))

    let evidence = RestartEvidence(
        signals: [SentSignal(number: 15, after: .zero)], exited: .zero, exitStatus: .signal(15),
        replacement: new, replaced: .milliseconds(600))
    #expect(world.verdicts == [.replaced(evidence)])
    #expect(world.chronicle.suffix(2) == ["result synced", "outcome"])
    #expect(world.time.appointments == 0, "no timer is left")
    world.change { state in
        #expect(
            state.events == [
                .commandAccepted(id: command(1, old).id, action: .restart, target: .worker(old), issuer: "user/ada"),
                .commandEnded(
                    Outcome(
                        id: command(1, old).id, action: .restart, target: .worker(old), issuer: "user/ada",
                        verdict: .replaced(evidence))),
            ])
    }
}

@Test func whatTheSamplerSawFirstCounts() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    world.change { $0.stubborn = [old] }
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    await world.time.pass(.milliseconds(120))
    world.change { $0.alive.remove(old) }
    await desk.exited(old, status: .code(3))
    await world.time.pass(.seconds(20))
    guard case .notReplaced(let evidence)? = world.verdicts.first else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(evidence.exited == .milliseconds(120))
    #expect(evidence.exitStatus == .code(3))
    #expect(!evidence.forced)
}

@Test func aStubbornWorkerIsKilledAfterTheGrace() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    world.change { $0.stubborn = [old] }
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    await world.time.pass(.milliseconds(9999))
    #expect(!world.chronicle.contains("signal 9 to 10"))
    await world.time.pass(.milliseconds(1))
    #expect(world.chronicle.contains("signal 9 to 10"))
    await world.time.pass(.milliseconds(500))
    await world.sweep(desk, [new])
    await world.time.pass(.seconds(3))
    guard case .replaced(let evidence)? = world.verdicts.first else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(evidence.forced)
}

@Test func aStuckWorkerIsUnkillable() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    world.change { state in
        state.stubborn = [old]
        state.stuck = [old]
    }
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    await world.time.pass(.milliseconds(15_000))
    guard case .unkillable(let evidence)? = world.verdicts.first else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(evidence.signals.map(\.number) == [15, 9])
    #expect(world.time.appointments == 0)
}

@Test func aReplacementWhoseDeathIsSeenIsNone() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    await world.time.pass(.seconds(1))
    await world.sweep(desk, [new])
    await world.time.pass(.milliseconds(500))
    world.change { $0.alive.remove(new) }
    await desk.exited(new, status: .code(1))
    await world.sweep(desk, [new])  // a sweep that began before the death
    await world.time.pass(.seconds(20))
    guard case .notReplaced(let evidence)? = world.verdicts.first else {
        Issue.record("\(world.verdicts)")
        return
    }
    #expect(evidence.replacement == new)
    #expect(evidence.fallen == 1)
}

@Test func theSameCommandRunsOnceAndIsAnsweredAgain() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    let once = command(1, old)
    await desk.submit(once, from: ada, role: .operator, sink: world.sink)
    await desk.submit(once, from: ada, role: .operator, sink: world.sink)
    #expect(world.chronicle == ["intent synced", "accepted", "signal 15 to 10", "accepted"])
    await world.time.pass(.seconds(30))
    #expect(world.replies.filter { $0.word == "outcome" }.count == 2, "both listeners hear the outcome")
    await desk.submit(once, from: ada, role: .operator, sink: world.sink)
    #expect(world.replies.last == world.replies.dropLast().last, "and so does one who asks later")
    #expect(world.chronicle.filter { $0.hasPrefix("signal") } == ["signal 15 to 10"])
    #expect(world.kinds == [.intent, .result])
}

@Test func anIDBelongsToOneCommandOfOneIssuer() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old, worker(11)])
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    await desk.submit(command(1, worker(11)), from: ada, role: .operator, sink: world.sink)
    await desk.submit(command(1, old), from: bob, role: .operator, sink: world.sink)
    #expect(world.verdicts == [.refused(.idReused), .refused(.idReused)])
    await world.time.pass(.seconds(30))
    world.change { $0.replies = [] }
    await desk.submit(command(1, worker(11)), from: ada, role: .operator, sink: world.sink)
    #expect(world.verdicts == [.refused(.idReused)])
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    guard case .notReplaced? = world.verdicts.last else {
        Issue.record("the true answer is lost: \(world.verdicts)")
        return
    }
}

@Test func theSameRestartAskedBySomebodyElseIsJoined() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old, worker(11)])
    await desk.submit(command(1, old), of: world)
    let carl = Peer.person(
        name: "carl", role: .operator, certificate: PeerCertificate(serial: "2", issued: WallTime(nanoseconds: 0)))
    var other = command(2, old)
    other.parameters.reason = "another one"
    await desk.submit(other, of: world, from: carl)
    #expect(world.chronicle == ["intent synced", "accepted", "signal 15 to 10", "intent synced", "accepted"])
    var slower = command(3, old)
    slower.grace = .seconds(60)
    await desk.submit(slower, of: world, from: carl)
    let what = "restart of slot 1 by user/ada is under way since 0 s, for 33 s more at most"
    #expect(
        world.verdicts == [.refused(.busy(holder: command(1, old).id, what: what))], "not the very same thing")
    await world.time.pass(.seconds(30))
    #expect(world.verdicts.count == 3 && world.verdicts[1] == world.verdicts[2])
    #expect(world.signals == ["signal 15 to 10"])
    #expect(world.kinds == [.intent, .intent, .refused, .result, .result])
    world.change { state in
        #expect(state.records[1].detail == "joins \(command(1, old).id.hex)")
        let ends = state.events.compactMap { if case .commandEnded(let outcome) = $0 { outcome.issuer } else { nil } }
        #expect(ends == ["user/ada", "user/carl"])
    }
}

@Test func oneRestartAGroupAtATime() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old, worker(11)])
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    await desk.submit(command(2, worker(11)), from: ada, role: .operator, sink: world.sink)
    let what = "restart of slot 1 by user/ada is under way since 0 s, for 33 s more at most"
    #expect(world.verdicts == [.refused(.busy(holder: command(1, old).id, what: what))])
    await world.time.pass(.seconds(30))
    world.change { $0.replies = [] }
    await desk.submit(command(3, worker(11)), of: world)
    let lesson = "1 of 1 restarts that looptop made here brought no new worker that stayed"
    #expect(world.verdicts == [.refused(.warning(lesson))], "the desk has learned")
    var warned = command(4, worker(11))
    warned.parameters.warned = true
    await desk.submit(warned, of: world)
    #expect(world.replies.last == .accepted(warned.id))
}

@Test func sixtyFourAtOnceAndNoMore() async {
    let world = DeskWorld()
    let desk = world.desk()
    let workers = (100..<165).map { worker($0) }
    world.change { $0.alive = Set(workers) }
    await desk.observe(
        workers: workers.map {
            LiveWorker(id: $0, groupKey: "app \($0.pid)", app: "app", slot: 1, seen: world.time.now)
        },
        groups: workers.map { gunicorn("app \($0.pid)") }, now: world.time.now)
    for (number, worker) in workers.enumerated() {
        await desk.submit(command(UInt64(number), worker), from: ada, role: .operator, sink: world.sink)
    }
    #expect(world.replies.filter { $0.word == "accepted" }.count == 64)
    #expect(world.verdicts == [.refused(.tooManyCommands)])
}

@Test func anOlderSweepChangesNothing() async {
    let world = DeskWorld()
    let desk = world.desk()
    let before = world.time.now
    await world.time.pass(.seconds(1))
    await world.sweep(desk, [old])
    await desk.observe(workers: [], groups: [], now: before)
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    #expect(world.replies.first == .accepted(command(1, old).id))
}

@Test func stoppingLeavesNoTimerAndSaysSoInTheLog() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    world.change { $0.stubborn = [old] }
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    await desk.stop()
    #expect(world.time.appointments == 0)
    #expect(world.kinds == [.intent, .interrupted])
    await desk.submit(command(2, old), from: ada, role: .operator, sink: world.sink)
    await world.time.pass(.seconds(60))
    #expect(world.verdicts == [.refused(.tooManyCommands)])
    #expect(world.chronicle.filter { $0.hasPrefix("signal") } == ["signal 15 to 10"])
}

/// The live clock: work runs, and cancelled work does not.
@Test func theLiveClockRunsItsWork() async {
    let clock = CommandClock.live(
        now: { MonotonicInstant(nanoseconds: 0) }, wall: { WallTime(nanoseconds: 0) })
    let (runs, told) = AsyncStream.makeStream(of: Int.self)
    clock.schedule(MonotonicInstant(nanoseconds: 1_000_000)) { told.yield(1) }()  // cancelled at once
    _ = clock.schedule(MonotonicInstant(nanoseconds: 20_000_000)) {
        told.yield(2)
        told.finish()
    }
    var seen: [Int] = []
    for await run in runs { seen.append(run) }
    #expect(seen == [2])
}
