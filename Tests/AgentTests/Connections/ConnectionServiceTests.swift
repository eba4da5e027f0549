import Model
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// The thread, with a real clock and real sockets.
struct ConnectionServiceTests {
    static func wait<T>(for value: () throws -> T?) async throws -> T? {
        for _ in 0..<2000 {
            if let value = try value() { return value }
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }

    @Test func questionsAreAnsweredAndRowsAreFilled() async throws {
        let (server, client) = (try SocketWorker(), try SocketWorker())
        let port = try server.tell("listen 127.0.0.1 0 64")
        try client.tell("connect 127.0.0.1 \(port) 6")
        try server.tell("accept 4")
        let crew = Crew([server.process])
        let id = Crew.id(server.process)
        let service = try ConnectionService()
        try service.start { _ in }
        defer { service.stop() }
        let group = CommandTarget.group(GroupTarget(boot: Crew.boot, key: "web", master: nil))
        #expect(service.report(for: group, now: Clocks.monotonic()) == nil)
        service.workers(crew.workers, groups: crew.groups)
        let report = try #require(try await Self.wait { service.report(for: group, now: Clocks.monotonic()) })
        #expect(report.established == 4 && report.listeners.map(\.queue) == [2] && report.peerCount == 1)
        #expect(service.report(for: .worker(id), now: Clocks.monotonic())?.established == 4)
        var row = WorkerRow()
        service.board.fill(&row, worker: id, now: Clocks.monotonic())
        #expect(row[.connections] == 4)
        var groupRow = GroupRow()
        service.board.fill(&groupRow, key: "web", now: Clocks.monotonic())
        #expect(groupRow[.connections] == 4 && groupRow[.acceptQueue] == 2 && groupRow[.acceptQueueLimit] == 64)
        try server.tell("accept 2")
        let later = try await Self.wait {
            service.report(for: group, now: Clocks.monotonic()).flatMap { $0.established == 6 ? $0 : nil }
        }
        #expect(try #require(later).monotonic > report.monotonic)
    }

    @Test func aWorkerThatComesIsLookedAtSoonAndOneThatWentIsForgotten() async throws {
        let (one, two) = (try SocketWorker(), try SocketWorker())
        let service = try ConnectionService()
        try service.start { _ in }
        defer { service.stop() }
        let (first, both) = (Crew([one.process]), Crew([one.process, two.process]))
        service.workers(first.workers, groups: first.groups)
        let number: (SocketWorker) -> UInt64? = { worker in
            var row = WorkerRow()
            service.board.fill(&row, worker: Crew.id(worker.process), now: Clocks.monotonic())
            return row[.connections]
        }
        #expect(try await Self.wait { number(one) } == 0)
        service.workers(both.workers, groups: both.groups)
        #expect(try await Self.wait { number(two) } == 0)
    }

    @Test func itEndsWhetherItBeganOrNot() throws {
        try ConnectionService().stop()
        let service = try ConnectionService()
        try service.start { _ in }
        service.stop()
        service.stop()
    }
}
