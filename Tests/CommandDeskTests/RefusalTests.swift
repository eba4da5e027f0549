import Control
import Model
import Synchronization
import Testing

@testable import Agent

private let old = worker(10)

@Test func withoutARecordNothingHappens() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    world.change { $0.auditErrno = 28 }  // ENOSPC
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    #expect(world.verdicts == [.refused(.auditUnavailable(errno: 28))])
    #expect(world.chronicle == ["outcome"])
    #expect(world.state.withLock { $0.auditFailures } == [28], "the refusal could not be recorded either")

    world.change { $0.auditErrno = nil }
    await desk.submit(command(2, old), from: ada, role: .operator, sink: world.sink)
    world.change { $0.auditErrno = 5 }  // EIO
    await world.time.pass(.seconds(30))
    #expect(world.verdicts.count == 2, "a verdict is told even when it cannot be recorded")
    #expect(world.state.withLock { $0.auditFailures } == [28, 5])
}

@Test func readOnlyRefusesEverything() async {
    let world = DeskWorld()
    let desk = world.desk(readOnly: true)
    await world.sweep(desk, [old])
    await desk.submit(command(1, old), from: .local(uid: 0, pid: 1), role: .admin, sink: world.sink)
    #expect(world.verdicts == [.refused(.readOnly)])
    #expect(world.chronicle == ["refused", "outcome"])
}

@Test func aCommandThatCameTooLateDoesNotBegin() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    let earlier = world.time.now
    await world.time.pass(.seconds(15))
    await desk.submit(command(1, old), from: ada, role: .operator, received: earlier, sink: world.sink)
    await desk.submit(command(2, old, ttl: .zero), from: ada, role: .operator, sink: world.sink)
    await desk.submit(command(3, old, ttl: .seconds(-1)), from: ada, role: .operator, sink: world.sink)
    await world.time.pass(.seconds(286))
    await desk.submit(
        command(4, old, ttl: .seconds(100_000)), from: ada, role: .operator, received: earlier, sink: world.sink)
    #expect(world.verdicts == Array(repeating: .refused(.expired), count: 4))
    #expect(world.kinds == Array(repeating: .refused, count: 4))
}

@Test func rightsAndRefusalsOfTheKernelAreNamed() async {
    let world = DeskWorld()
    let desk = world.desk(protecting: [11])
    await world.sweep(desk, [old, worker(11), worker(12)])
    world.change { $0.forbidden = [worker(12)] }
    let attempts: [(Command, Peer, Role, Verdict)] = [
        (command(1, old), bob, .viewer, .refused(.role(app: "web", needed: .operator, has: .viewer))),
        (command(2, worker(11)), ada, .admin, .refused(.protectedProcess)),
        (command(3, worker(1)), ada, .admin, .refused(.protectedProcess)),
        (command(4, worker(-7)), ada, .admin, .refused(.protectedProcess)),
        (command(5, worker(99)), ada, .admin, .refused(.notAWorker)),
        (command(6, worker(10, ticks: 101)), ada, .admin, .targetChanged),
        (command(7, worker(12)), ada, .admin, .refused(.notPermitted)),
    ]
    for (command, peer, role, _) in attempts {
        await desk.submit(command, from: peer, role: role, sink: world.sink)
    }
    #expect(world.verdicts == attempts.map(\.3))
    #expect(world.kinds == Array(repeating: .refused, count: attempts.count))
    #expect(world.state.withLock { $0.events } == [], "nothing began, so nobody else is told")
    await desk.submit(attempts[0].0, from: bob, role: .viewer, sink: world.sink)
    #expect(world.verdicts.last == attempts[0].3)
    #expect(world.kinds.count == attempts.count, "a repeated refusal is no second line")
}

@Test func aWorkerThatHasJustEndedIsAChangedTarget() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    await desk.exited(old, status: nil)
    await desk.submit(command(1, old), from: ada, role: .operator, sink: world.sink)
    world.change { $0.alive.remove(old) }
    await world.sweep(desk, [worker(11)])
    world.change { $0.alive.remove(worker(11)) }  // not even the sampler knows yet
    await desk.submit(command(2, worker(11)), from: ada, role: .operator, sink: world.sink)
    #expect(world.verdicts == [.targetChanged, .targetChanged])
    #expect(!world.chronicle.contains { $0.hasPrefix("signal") })
}

/// One command against which everything can be said; each time the first reason is taken away, the next one is told.
@Test func refusalsComeInTheirOrder() async {
    let world = DeskWorld()
    var desk = world.desk(readOnly: true, protecting: [10])
    let group = gunicorn()
    await world.sweep(desk, [old, worker(11)], group: group)
    var number: UInt64 = 0
    func ask(
        _ change: (inout Command) -> Void = { _ in }, ttl: Duration = .seconds(15),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> Verdict? {
        number += 1
        var command = command(number, worker(10, ticks: 99), ttl: ttl)
        change(&command)
        await desk.submit(command, of: world, from: bob)
        return world.verdicts.last
    }
    world.change { $0.refusal = .policy(app: "web") }
    #expect(await ask(ttl: .zero) == .refused(.readOnly))
    desk = world.desk(protecting: [10])
    await world.sweep(desk, [old, worker(11)], group: group)
    #expect(await ask(ttl: .zero) == .refused(.expired))
    #expect(await ask() == .refused(.protectedProcess))
    desk = world.desk()
    await desk.observe(workers: [], groups: [], now: world.time.now)
    #expect(await ask() == .refused(.notAWorker))
    await world.sweep(desk, [old, worker(11)], group: group)
    #expect(await ask() == .targetChanged)
    let right = { (command: inout Command) in command.target = .worker(old) }
    #expect(await ask(right) == .refused(.policy(app: "web")))
    world.change { $0.refusal = nil }
    // The policy of the tests asks for an operator: from here on ada asks.
    await desk.submit(command(100, .hold), from: .local(uid: 0, pid: 9), role: .admin, sink: world.sink)
    await desk.submit(command(101, worker(11)), from: .local(uid: 0, pid: 9), role: .admin, sink: world.sink)
    func adaAsks(_ number: UInt64, _ change: (inout Command) -> Void = { _ in }) async -> Verdict? {
        var command = command(number, old)
        change(&command)
        await desk.submit(command, of: world)
        return world.verdicts.last
    }
    #expect(await adaAsks(200) == .refused(.held(by: "uid/0", left: .seconds(60))))
    await world.time.pass(.seconds(1))
    let release = command(102, .release, of: group, CommandParameters(subject: command(100, .hold).id))
    await desk.submit(release, from: .local(uid: 0, pid: 9), role: .admin, sink: world.sink)
    let what = "restart of slot 2 by uid/0 is under way since 1 s, for 32 s more at most"
    #expect(await adaAsks(201) == .refused(.busy(holder: command(101, old).id, what: what)))
    await world.time.pass(.seconds(60))
    world.change { $0.restartsPerMinute = 0 }
    let noRoll = await adaAsks(202) { $0.action = .signal }
    guard case .refused(.unsuited)? = noRoll else { return #expect(Bool(false), "\(String(describing: noRoll))") }
    guard
        case .planned? = await adaAsks(
            203,
            {
                $0.parameters.dryRun = true
                $0.parameters.warned = true
            })
    else {
        return #expect(Bool(false), "a dry run is no beginning, so no limit counts it: \(world.verdicts)")
    }
    world.change { $0.forbidden = [old] }
    let warned = { (command: inout Command) in command.parameters.warned = true }
    #expect(await adaAsks(204, warned) == .refused(.notPermitted))
    world.change { $0.forbidden = [] }
    #expect(await adaAsks(205, warned) == .refused(RateLimits.refusal(app: "web", limit: 0, wait: .seconds(60))))
    world.change { state in
        state.restartsPerMinute = nil
        state.auditErrno = 28
    }
    #expect(await adaAsks(206, warned) == .refused(.auditUnavailable(errno: 28)))
    #expect(world.signals == ["signal 15 to 11"])
}

@Test func aGroupIsWhatTheOperatorSaw() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [old])
    var other = command(1, .reload)
    other.target = .group(GroupTarget(boot: boot, key: "web", master: ProcessRef(pid: 5, startTicks: 51)))
    var elsewhere = command(2, .reload)
    elsewhere.target = .group(GroupTarget(boot: BootID(high: 1, low: 1), key: "web", master: nil))
    var unknown = command(3, .reload)
    unknown.target = .group(GroupTarget(boot: boot, key: "no", master: nil))
    var rollOfAWorker = command(4, old)
    rollOfAWorker.action = .roll
    var restartOfAGroup = command(5, .restart)
    restartOfAGroup.parameters.warned = true
    for command in [other, elsewhere, unknown, rollOfAWorker, restartOfAGroup] {
        await desk.submit(command, of: world)
    }
    #expect(
        world.verdicts == [
            .targetChanged, .targetChanged, .refused(.notAGroup), .refused(.notAGroup), .refused(.notAWorker),
        ])
}

@Test func whatTheAgentRestsOnIsNeverAMaster() async {
    let world = DeskWorld()
    let desk = world.desk(protecting: [5])
    await world.sweep(desk, [old])
    await desk.submit(command(1, .reload, of: gunicorn(), CommandParameters(warned: true)), of: world)
    await desk.submit(command(2, .scale, of: gunicorn(), CommandParameters(warned: true, size: .by(1))), of: world)
    #expect(world.verdicts == [.refused(.protectedProcess), .refused(.protectedProcess)])
    let rolling = world.desk(protecting: [11])
    await world.sweep(rolling, [old, worker(11)])
    await rolling.submit(command(3, .roll), of: world)
    #expect(world.verdicts.last == .refused(.protectedProcess))
}

@Test func answersAreNotForgottenBeforeTheyCanBeAskedForAgain() {
    var table = CommandTable(capacity: 4)
    let now = MonotonicInstant(nanoseconds: 0) + .seconds(10_000)
    for number in 1...4 as ClosedRange<UInt64> {
        let command = command(number, old)
        let outcome = Outcome(
            id: command.id, action: .restart, target: command.target, issuer: "user/ada", verdict: .targetChanged)
        table.store(CommandRequest(command: command, issuer: "user/ada"), outcome, now: now + .seconds(Int(number)))
    }
    #expect(!table.hasRoom(now: now + .seconds(600)))
    #expect(table.hasRoom(now: now + .seconds(601)))
}
