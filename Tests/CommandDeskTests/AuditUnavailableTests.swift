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
