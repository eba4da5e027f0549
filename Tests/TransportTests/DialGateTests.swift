import Model
import NIOCore
import NIOPosix
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct DialGateTests {
    @Test func soManyAtOnceAndTheOthersInTurn() {
        var gate = DialGate()
        let tickets = begin(DialGate.total + 2, at: &gate)
        #expect(tickets.count == DialGate.total)
        gate.leave(tickets[0], finished: false)
        gate.leave(tickets[0], finished: false)
        #expect(gate.next() != nil)
        #expect(gate.next() == nil, "a place that is given back twice is one place")
        gate.leave(tickets[1], finished: true)
        #expect(gate.next() != nil)
        gate.leave(tickets[2], finished: true)
        #expect(gate.next() == nil, "nobody waits")
    }

    /// As stopped agents are: their kernels take connections all the same.
    @Test func whoNeverAnswersIsOvertaken() {
        var gate = DialGate()
        let mute = begin(DialGate.total - 1, at: &gate)
        for _ in 0..<DialGate.overtakers {
            let one = begin(1, at: &gate)
            #expect(one.count == 1 && begin(1, at: &gate).isEmpty, "beside those there is room for one")
            for ticket in one { gate.leave(ticket, finished: true) }
            // The one that waited.
            while let (ticket, _) = gate.next() { gate.leave(ticket, finished: false) }
        }
        #expect(begin(DialGate.total, at: &gate).count == DialGate.total)
        for ticket in mute { gate.leave(ticket, finished: false) }
        #expect(gate.next() == nil, "they had no place any more")
    }

    private func begin(_ count: Int, at gate: inout DialGate) -> [DialGate.Ticket] {
        for _ in 0..<count { gate.enter { _ in } }
        var tickets: [DialGate.Ticket] = []
        while let (ticket, _) = gate.next() { tickets.append(ticket) }
        return tickets
    }

    /// Who listens there never speaks TLS, so each takes all the time that a handshake has.
    @Test func whoWaitsForItsTurnHasAllTheTimeOfAHandshake() async throws {
        let fleet = try TestFleet()
        let limit = Duration.milliseconds(300)
        let network = Network(deadlines: Deadlines(handshake: limit))
        defer { network.shutdown() }
        let mute = try await ServerBootstrap(group: network.group).childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        let address = SocketName.loopback(UInt16(try #require(mute.localAddress?.port)))
        let began = ContinuousClock.now
        let recorders = (0...DialGate.total).map { _ in Recorder() }
        for recorder in recorders {
            network.connect(tls: address, identity: fleet.person, expecting: nil, delegate: recorder)
        }
        for recorder in recorders {
            guard case .handshakeTimeout = try await recorder.closed() else { throw Unexpected("no timeout") }
        }
        #expect(ContinuousClock.now - began >= limit * 2, "the last one began when another had ended")
    }
}
