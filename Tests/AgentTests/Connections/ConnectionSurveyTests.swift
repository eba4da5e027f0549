import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

/// Real processes with real sockets on this machine. Time is the test's own.
struct ConnectionSurveyTests {
    static func at(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0) + .seconds(1000 + seconds)
    }

    /// Looks on until the kernel has done what it was told: at once on a loopback, but not within the call.
    static func look(
        _ survey: ConnectionSurvey, _ crew: Crew, at seconds: Double = 0, until condition: (ConnectionLook) -> Bool
    ) async throws -> ConnectionLook? {
        for _ in 0..<2000 {
            let look = survey.look(at: crew.roster, now: at(seconds)).first
            if let look, condition(look) { return look }
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }

    @Test func whatIsNotAcceptedIsInTheQueueExactly() async throws {
        let (server, client) = (try SocketWorker(), try SocketWorker())
        let port = try server.tell("listen 127.0.0.1 0 16")
        try client.tell("connect 127.0.0.1 \(port) 5")
        let (survey, crew) = (ConnectionSurvey(reader: ProcReader()), Crew([server.process]))
        let look = try #require(try await Self.look(survey, crew) { $0.listeners.first?.queue == 5 })
        #expect(look.isKnown && look.areListenersKnown)
        #expect(look.listeners.map(\.address) == ["127.0.0.1:\(port)"] && look.listeners.map(\.limit) == [16])
        #expect(look.established == 0)
        try server.tell("accept 3")
        let later = try #require(try await Self.look(survey, crew) { $0.listeners.first?.queue == 2 })
        #expect(later.established == 3 && later.workers.map(\.established) == [3])
        #expect(later.connections.allSatisfy { $0.flags.contains(.isAccepted) && $0.flags.contains(.hasCounters) })
    }

    @Test func theWorkersOwnClientsAreConnectionsButNoPeersThatCame() async throws {
        let (server, other) = (try SocketWorker(), try SocketWorker())
        let port = try other.tell("listen 127.0.0.1 0 16")
        try server.tell("connect 127.0.0.1 \(port) 2")
        let survey = ConnectionSurvey(reader: ProcReader())
        let look = try #require(survey.look(at: Crew([server.process]).roster, now: Self.at(0)).first)
        #expect(look.established == 2 && look.listeners.isEmpty)
        #expect(look.connections.allSatisfy { !$0.flags.contains(.isAccepted) })
    }

    @Test func aPeerThatLeftAndAWorkerThatDoesNotNotice() async throws {
        let (server, client) = (try SocketWorker(), try SocketWorker())
        let port = try server.tell("listen 127.0.0.1 0 16")
        try client.tell("connect 127.0.0.1 \(port) 3")
        try server.tell("accept 3")
        try client.tell("send 0 10")
        try client.tell("close 0")
        let (survey, crew) = (ConnectionSurvey(reader: ProcReader()), Crew([server.process]))
        let look = try #require(try await Self.look(survey, crew) { $0.closeWait == 1 })
        #expect(look.established == 2 && look.workers.map(\.closeWait) == [1])
        // Ten bytes and the FIN, which is none.
        #expect(look.connections.filter { $0.flags.contains(.closeWait) }.map(\.unread) == [10])
        try server.tell("close 0")
        #expect(try await Self.look(survey, crew) { $0.closeWait == 0 && $0.established == 2 } != nil)
    }

    @Test func bothVersionsOfTheProtocol() async throws {
        let (server, client) = (try SocketWorker(), try SocketWorker())
        let port = try server.tell("listen :: 0 16")
        try client.tell("connect ::1 \(port) 1")
        try client.tell("connect 127.0.0.1 \(port) 1 127.0.0.9")
        try server.tell("accept 2")
        let (survey, crew) = (ConnectionSurvey(reader: ProcReader()), Crew([server.process]))
        let look = try #require(try await Self.look(survey, crew) { $0.established == 2 })
        #expect(Set(look.connections.map(\.peer.text)) == ["::1", "127.0.0.9"])
        #expect(look.listeners.map(\.address) == ["[::]:\(port)"])
    }

    @Test func aPeerThatDoesNotReadIsNamedAndAgainNot() async throws {
        let (server, client) = (try SocketWorker(), try SocketWorker())
        let port = try server.tell("listen 127.0.0.1 0 16")
        try client.tell("connect 127.0.0.1 \(port) 2")
        try server.tell("accept 2")
        #expect(try server.tell("send 0 100000000") > 0)
        let (survey, crew) = (ConnectionSurvey(reader: ProcReader()), Crew([server.process]))
        var group: GroupConnections?
        var named: Int?
        for second in 0..<60 where named == nil {
            let look = try #require(survey.look(at: crew.roster, now: Self.at(Double(second))).first)
            if group == nil { group = GroupConnections(look) } else { group?.take(look) }
            if group?.report()?.peers.first?.mark == .stoppedReading { named = second }
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try #require(named) >= 5)
        let peer = try #require(group?.report()?.peers.first)
        #expect(peer.unsentBytes > 0 && peer.connections == 2 && peer.address == "127.0.0.1")
        // What waits at the server's end follows as soon as there is room again.
        let look = try #require(
            try await Self.look(survey, crew, at: 100) { look in
                do { try client.tell("read 0 100000000") } catch { Issue.record(error) }
                return look.connections.allSatisfy { $0.unsent == 0 }
            })
        group?.take(look)
        #expect(group?.report()?.peers.first?.mark == PeerReport.Mark.none)
    }

    @Test func aPeerThatSendsFasterThanTheWorkerReadsFloods() async throws {
        let (server, client) = (try SocketWorker(), try SocketWorker())
        let port = try server.tell("listen 127.0.0.1 0 16")
        try client.tell("connect 127.0.0.1 \(port) 1")
        try server.tell("accept 1")
        let (survey, crew) = (ConnectionSurvey(reader: ProcReader()), Crew([server.process]))
        var group: GroupConnections?
        var named: Int?
        for second in 0..<60 where named == nil {
            try client.tell("send 0 100000000")
            try server.tell("read 0 50000")
            try client.tell("send 0 100000000")
            try await Task.sleep(for: .milliseconds(5))
            let look = try #require(survey.look(at: crew.roster, now: Self.at(Double(second))).first)
            if group == nil { group = GroupConnections(look) } else { group?.take(look) }
            if group?.report()?.peers.first?.mark == .floods { named = second }
        }
        #expect(try #require(named) >= 5)
        #expect(try #require(group?.report()?.peers.first).unreadBytes > 4096)
        // Nobody reads any more, so nothing more comes either: now it is the worker that stands still.
        for second in 61..<75 {
            group?.take(try #require(survey.look(at: crew.roster, now: Self.at(Double(second))).first))
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(group?.report()?.peers.first?.mark == PeerReport.Mark.none)
    }

    @Test func workersWithListenersOfTheirOwnOnOnePort() async throws {
        let (one, two, three) = (try SocketWorker(), try SocketWorker(), try SocketWorker())
        let client = try SocketWorker()
        let port = try one.tell("listen 127.0.0.1 0 32 shared")
        for worker in [two, three] { try worker.tell("listen 127.0.0.1 \(port) 32 shared") }
        try client.tell("connect 127.0.0.1 \(port) 30")
        let survey = ConnectionSurvey(reader: ProcReader())
        let crew = Crew([one.process, two.process, three.process])
        let sum: (ConnectionLook) -> UInt32 = { $0.listeners.reduce(0) { $0 + $1.queue } }
        let look = try #require(try await Self.look(survey, crew) { sum($0) == 30 })
        #expect(look.listeners.count == 3 && Set(look.listeners.map(\.workers)) == [[0], [1], [2]])
        #expect(Set(look.listeners.map(\.address)) == ["127.0.0.1:\(port)"])
        let mine = try #require(look.listeners.first { $0.workers == [1] })
        try two.tell("accept \(mine.queue)")
        let later = try #require(try await Self.look(survey, crew) { sum($0) == 30 - mine.queue })
        #expect(later.workers.map(\.established) == [0, mine.queue, 0])
        let report = try #require(GroupConnections(later).report(worker: 1))
        #expect(report.listeners.map(\.queue) == [0] && report.established == mine.queue)
    }

    @Test func workersThatShareAListenerAndOneThatInheritedAConnection() async throws {
        let (master, client) = (try SocketWorker(), try SocketWorker())
        let port = try master.tell("listen 127.0.0.1 0 32")
        let one = try master.fork()
        try client.tell("connect 127.0.0.1 \(port) 4")
        try master.tell("child 0 accept 2")
        try master.tell("accept 1")
        let two = try master.fork()  // it has what the master accepted, too
        let survey = ConnectionSurvey(reader: ProcReader())
        let crew = Crew([one, two, master.process])
        let look = try #require(try await Self.look(survey, crew) { $0.listeners.first?.queue == 1 })
        #expect(look.listeners.count == 1 && look.listeners[0].workers == [0, 1, 2])
        #expect(look.workers.map(\.established) == [2, 1, 1] && look.established == 3)
        let peer = try #require(GroupConnections(look).report()?.peers.first)
        #expect(peer.connections == 3 && peer.slots == [1, 2, 3])
    }

    @Test func aMasterThatAcceptsAndHandsOver() async throws {
        let (master, client) = (try SocketWorker(), try SocketWorker())
        let port = try master.tell("listen 127.0.0.1 0 32")
        let worker = try master.fork()
        try master.tell("child 0 deafen")
        let survey = ConnectionSurvey(reader: ProcReader())
        let crew = Crew([worker], master: master.process, ports: [UInt16(truncatingIfNeeded: port)])
        try client.tell("connect 127.0.0.1 \(port) 3")
        let before = try #require(try await Self.look(survey, crew) { $0.listeners.first?.queue == 3 })
        #expect(before.established == 0 && before.listeners[0].workers == [])
        try master.tell("accept 2")
        try master.tell("hand 0 0")
        // The one that the master still has is not the worker's.
        let look = try #require(try await Self.look(survey, crew) { $0.established == 1 })
        #expect(look.listeners[0].queue == 1 && look.connections.allSatisfy { $0.flags.contains(.isAccepted) })
        #expect(GroupConnections(look).report(worker: 0)?.listeners.count == 1)
        // Of another group of the same master, on another port, nothing is told.
        let other = Crew([worker], master: master.process, ports: [1])
        #expect(survey.look(at: other.roster, now: Self.at(0)).first?.listeners.isEmpty == true)
    }

    @Test func descriptorsAreReadAgainOnlyForAReason() async throws {
        let (server, idle, client, stranger) = (
            try SocketWorker(), try SocketWorker(), try SocketWorker(), try SocketWorker()
        )
        let port = try server.tell("listen 127.0.0.1 0 32")
        let survey = ConnectionSurvey(reader: ProcReader())
        let crew = Crew(groups: [("web", [], nil, [server.process]), ("idle", [], nil, [idle.process])])
        _ = survey.look(at: crew.roster, now: Self.at(0))
        #expect(survey.readings == 2)
        _ = survey.look(at: crew.roster, now: Self.at(15))
        #expect(survey.readings == 2)
        try client.tell("connect 127.0.0.1 \(port) 2")
        try server.tell("accept 2")
        #expect(try await Self.look(survey, crew, at: 30) { $0.established == 2 } != nil)
        let readings = survey.readings
        #expect(readings == 3)
        // Connections of others, on ports that are not ours.
        let elsewhere = try stranger.tell("listen 127.0.0.1 0 32")
        try client.tell("connect 127.0.0.1 \(elsewhere) 2")
        try stranger.tell("accept 2")
        _ = survey.look(at: crew.roster, now: Self.at(45))
        #expect(survey.readings == readings)
        _ = survey.look(at: crew.roster, now: Self.at(75))
        #expect(survey.readings == readings + 1)  // the idle one's minute is over
    }

    @Test func aConnectionOfAStrangerOnOurPortIsAskedForOnce() async throws {
        let (server, client) = (try SocketWorker(), try SocketWorker())
        let port = try server.tell("listen 127.0.0.1 0 32")
        _ = try server.fork()  // not of the roster
        try client.tell("connect 127.0.0.1 \(port) 1")
        let (survey, crew) = (ConnectionSurvey(reader: ProcReader()), Crew([server.process]))
        #expect(try await Self.look(survey, crew) { $0.listeners.first?.queue == 1 } != nil)
        let before = survey.readings
        try server.tell("child 0 accept 1")
        let look = try #require(try await Self.look(survey, crew, at: 1) { $0.listeners.first?.queue == 0 })
        #expect(look.established == 0 && survey.readings == before + 1)
        for second in 2..<20 { _ = survey.look(at: crew.roster, now: Self.at(Double(second))) }
        #expect(survey.readings == before + 1)
    }

    @Test func onlyTheGroupsThatAreAskedForAreLookedAt() async throws {
        let (one, two) = (try SocketWorker(), try SocketWorker())
        let survey = ConnectionSurvey(reader: ProcReader())
        let crew = Crew(groups: [("one", [], nil, [one.process]), ("two", [], nil, [two.process])])
        #expect(survey.look(at: crew.roster, keys: ["two"], now: Self.at(0)).map(\.key) == ["two"])
        #expect(survey.readings == 1)
        #expect(survey.look(at: crew.roster, keys: ["none"], now: Self.at(0)).isEmpty)
    }

    @Test func aProcessThatEndedAndOneThatGotItsNumber() async throws {
        let server = try SocketWorker()
        var other = server.process
        other.startTicks += 1
        let survey = ConnectionSurvey(reader: ProcReader())
        let look = try #require(survey.look(at: Crew([other]).roster, now: Self.at(0)).first)
        #expect(look.workers.map(\.standing) == [.gone])
        server.child.reap()
        let late = try #require(survey.look(at: Crew([server.process]).roster, now: Self.at(1)).first)
        #expect(late.workers.map(\.standing) == [.gone] && late.established == 0)
    }

    /// A reason to do without: it cannot be tried where it is forbidden.
    static let mayUnshare = (try? SocketWorker(by: ["unshare", "-n"])) != nil

    @Test(.enabled(if: mayUnshare, "a network namespace of its own needs CAP_SYS_ADMIN"))
    func aNetworkNamespaceOfItsOwn() async throws {
        let server = try SocketWorker(by: ["unshare", "-n"])
        try server.tell("up")
        let port = try server.tell("listen 127.0.0.1 8080 8")
        #expect(port == 8080)
        let client = try SocketWorker(by: ["nsenter", "-t", "\(server.pid)", "-n"])
        try client.tell("connect 127.0.0.1 8080 3")
        try server.tell("accept 2")
        let here = try SocketWorker()
        let mine = try here.tell("listen 127.0.0.1 0 9")
        let survey = ConnectionSurvey(reader: ProcReader())
        let crew = Crew([server.process, here.process])
        let look = try #require(
            try await Self.look(survey, crew) { look in look.listeners.contains { $0.queue == 1 } })
        #expect(look.isKnown && look.workers.map(\.established) == [2, 0])
        #expect(Set(look.listeners.map(\.address)) == ["127.0.0.1:8080", "127.0.0.1:\(mine)"])
        #expect(!survey.hasSilentSpaces)
    }
}
