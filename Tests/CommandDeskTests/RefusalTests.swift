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
