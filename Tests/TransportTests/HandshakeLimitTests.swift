import Model
import NIOCore
import NIOSSL
import Testing
import Wire

@testable import Transport

struct HandshakeLimitTests {
    @Test func aPeerThatSaysNothingIsClosedWhenTheHandshakeTakesTooLong() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet, deadlines: Deadlines(handshake: .milliseconds(100)))
        defer { agent.network.shutdown() }
        let client = try await RawClient.connect(agent.network, to: agent.address.resolved())
        let end = try await agent.recorder.closing()
        guard case .handshakeTimeout = end.reason else { throw Unexpected("\(end)") }
        #expect(!end.wasOpen)
        try await client.closed()
        #expect(client.bytes == [])
    }

    @Test func aDashboardDoesNotWaitForeverForAnAgentThatSaysNothing() async throws {
        let fleet = try TestFleet()
        let network = Network(deadlines: Deadlines(handshake: .milliseconds(100)))
        defer { network.shutdown() }
        let mute = try await MuteServer.start(network)
        let dashboard = Recorder()
        network.connect(tls: mute, identity: fleet.person, expecting: nil, delegate: dashboard)
        guard case .handshakeTimeout = try await dashboard.closed() else { throw Unexpected("\(dashboard.events)") }
    }

    @Test func theDeadlineEndsWithTheHandshake() async throws {
        let fleet = try TestFleet()
        let deadline = Duration.seconds(3)  // a handshake on a busy machine must fit
        let agent = try ListeningAgent(fleet, deadlines: Deadlines(handshake: deadline))
        defer { agent.network.shutdown() }
        let dashboard = Recorder()
        agent.network.connect(tls: agent.address, identity: fleet.person, expecting: nil, delegate: dashboard)
        let connection = try await dashboard.opened()
        _ = try await agent.recorder.opened()
        let after = Recorder()
        agent.network.schedule(after: deadline) { after.connectionBegan(from: "past the deadline") }
        try await after.wait("the deadline") { $0.isEmpty ? nil : () }
        connection.send(.ping(Ping(nonce: 1)))
        #expect(try await agent.recorder.message() == .ping(Ping(nonce: 1)))
    }

    @Test func theNinthHandshakeOfOneSourceIsTurnedAwayAndThoseInsideStay() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let open = Recorder()
        agent.network.connect(tls: agent.address, identity: fleet.person, expecting: nil, delegate: open)
        _ = try await open.opened()
        _ = try await agent.recorder.opened()

        var silent: [RawClient] = []
        for _ in 0..<9 { silent.append(try await RawClient.connect(agent.network, to: agent.address.resolved())) }
        try await silent[8].closed()
        #expect(agent.listener.turnedAway == 1)
        #expect(agent.recorder.closings == 0, "who is turned away has no delegate")
        #expect(open.closings == 0)

        // One leaves, and there is room again.
        try silent[0].close()
        _ = try await agent.recorder.closed()
        let late = Recorder()
        agent.network.connect(tls: agent.address, identity: fleet.person, expecting: nil, delegate: late)
        _ = try await late.opened()
        #expect(agent.listener.turnedAway == 1)
        #expect(open.closings == 0)
    }

    @Test func openConnectionsDoNotCount() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        for _ in 0..<12 {
            let dashboard = Recorder()
            agent.network.connect(tls: agent.address, identity: fleet.person, expecting: nil, delegate: dashboard)
            _ = try await dashboard.opened()
        }
        #expect(agent.listener.turnedAway == 0)
    }
}

struct HandshakeGateTests {
    private func source(_ address: String) throws -> HandshakeGate.Source {
        HandshakeGate.Source(try SocketAddress(ipAddress: address, port: 1))
    }

    @Test func aSourceIsAnIPv4AddressOrAnIPv6Network() throws {
        #expect(try source("10.0.0.1") != source("10.0.0.2"))
        #expect(try source("2001:db8:1:2::1") == source("2001:db8:1:2:ffff::9"))
        #expect(try source("2001:db8:1:2::1") != source("2001:db8:1:3::1"))
        #expect(try source("::ffff:10.0.0.1") == source("10.0.0.1"))
        #expect(try source("::ffff:10.0.0.1") != source("::ffff:10.0.0.2"))
    }

    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    /// Who may come in; `nil` for who is turned away.
    private func enter(
        _ gate: inout HandshakeGate, _ address: String, at now: MonotonicInstant = start
    ) throws -> HandshakeGate.Ticket? {
        switch gate.enter(try source(address), now: now) {
        case .turnedAway: nil
        case .admitted(let ticket), .admittedFor(let ticket, _): ticket
        }
    }

    @Test func eightOfOneSourceUntilHalfOfAllPlacesAreTakenThenOne() throws {
        var gate = HandshakeGate()
        for host in 1...4 {
            for _ in 0..<8 { #expect(try enter(&gate, "10.0.0.\(host)") != nil) }
            #expect(try enter(&gate, "10.0.0.\(host)") == nil, "the ninth")
        }
        for host in 1...32 {
            #expect(try enter(&gate, "10.0.1.\(host)") != nil)
            #expect(try enter(&gate, "10.0.1.\(host)") == nil, "the second")
        }
        #expect(gate.count == 64)
        #expect(try enter(&gate, "10.0.2.1") == nil, "the 65th")
    }

    @Test func whoFinishesMakesRoom() throws {
        var gate = HandshakeGate()
        var first: HandshakeGate.Ticket?
        for host in 1...64 {
            let ticket = try enter(&gate, "10.0.0.\(host)")
            first = first ?? ticket
        }
        gate.leave(try #require(first), finished: true)
        #expect(try enter(&gate, "10.0.1.1") != nil)
        #expect(try enter(&gate, "10.0.1.2") == nil)
    }

    @Test func whenAllIsTakenTheOldestGivesWayToSomebodyNewButNotAtOnce() throws {
        var gate = HandshakeGate()
        for host in 1...64 { _ = try enter(&gate, "10.0.0.\(host)") }
        let soon = Self.start + HandshakeGate.patience - .nanoseconds(1)
        #expect(gate.enter(try source("10.0.1.1"), now: soon) == .turnedAway)
        let late = Self.start + HandshakeGate.patience
        guard case .admittedFor(let ticket, let displaced) = gate.enter(try source("10.0.1.1"), now: late) else {
            throw Unexpected("turned away")
        }
        #expect(gate.count == 64)
        gate.leave(displaced, finished: false)
        #expect(gate.count == 64, "its place is another's")
        gate.leave(ticket, finished: true)
        #expect(gate.count == 63)
    }

    @Test func whoLeftHandshakesUnfinishedSharesHalfOfThePlaces() throws {
        var gate = HandshakeGate()
        let hosts = (1...64).map { "10.0.0.\($0)" }
        for ticket in try hosts.compactMap({ try enter(&gate, $0) }) { gate.leave(ticket, finished: false) }
        #expect(gate.count == 0)
        #expect(try hosts.compactMap { try enter(&gate, $0) }.count == 32)
        #expect(try enter(&gate, "10.0.1.1") != nil)

        // And none of them takes the place of another.
        for host in 2...32 { _ = try enter(&gate, "10.0.1.\(host)") }
        #expect(gate.count == 64)
        #expect(try enter(&gate, hosts[63], at: Self.start + .seconds(10)) == nil)
    }

    @Test func anIdlerIsForgottenWhenItFinishesOneOrLater() throws {
        for isLate in [false, true] {
            var gate = HandshakeGate()
            let hosts = (1...33).map { "10.0.0.\($0)" }
            for ticket in try hosts.compactMap({ try enter(&gate, $0) }) { gate.leave(ticket, finished: false) }
            if !isLate {
                let ticket = try #require(try enter(&gate, hosts[32]))
                gate.leave(ticket, finished: true)
            }
            var now = Self.start
            for _ in 0..<(isLate ? 2 : 0) {
                now = now + HandshakeGate.memory
                let ticket = try #require(try enter(&gate, "10.0.1.1", at: now))
                gate.leave(ticket, finished: true)
            }
            #expect(try hosts.compactMap { try enter(&gate, $0, at: now) }.count == 33)
        }
    }

    @Test func leavingMoreOftenThanEnteringChangesNothing() throws {
        var gate = HandshakeGate()
        let ticket = try #require(try enter(&gate, "10.0.0.1"))
        gate.leave(ticket, finished: true)
        gate.leave(ticket, finished: true)
        #expect(gate.count == 0)
    }
}
