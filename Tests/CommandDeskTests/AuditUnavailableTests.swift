import Control
import Glibc
import Model
import Testing

@testable import Agent

/// The desk on a real log: what a refused writer means for a command.
@Test func aCommandIsRefusedWithTheErrnoOfTheLog() async throws {
    let world = DeskWorld()
    let desk = world.desk(audit: AuditLog(directory: "/nonexistent/looptop"))
    await world.sweep(desk, [worker(10)])
    await desk.submit(command(1, worker(10)), from: ada, role: .operator, sink: world.sink)
    #expect(world.verdicts == [.refused(.auditUnavailable(errno: ENOENT))])
    #expect(!world.chronicle.contains { $0.hasPrefix("signal") })
}

/// The disk is full when a restart ends, and has room again a moment later.
@Test func anEndThatCouldNotBeRecordedIsRecordedLater() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [worker(10)])
    await desk.submit(command(1, worker(10)), of: world)
    world.change { $0.auditErrno = ENOSPC }
    await world.time.pass(.seconds(40))
    #expect(world.verdicts.count == 1, "it is told all the same")
    #expect(world.kinds == [.intent] && world.look { $0.auditFailures } == [ENOSPC])
    await world.sweep(desk, [])
    #expect(world.kinds == [.intent])
    world.change { $0.auditErrno = nil }
    await world.sweep(desk, [])
    await world.sweep(desk, [])
    #expect(world.kinds == [.intent, .result], "once")
}
