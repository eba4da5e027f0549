import TestSupport
import Testing

@testable import Agent

struct SocketTallyTests {
    private static func reading(
        received: UInt64, unread: UInt64 = 0, acknowledged: UInt64 = 0, unsent: UInt64 = 0
    ) -> SocketTally.Reading {
        SocketTally.Reading(
            received: received, acknowledged: acknowledged, receiveQueue: unread, sendQueue: unsent)
    }

    @Test func onlyWhatHappensFromNowOnCounts() {
        var tally = SocketTally()
        var connection = SocketTally.Connection(first: Self.reading(received: 1000, unread: 10, acknowledged: 500))
        tally.note(Self.reading(received: 1000, unread: 10, acknowledged: 500), of: &connection)
        #expect(tally == SocketTally())
        tally.note(Self.reading(received: 1050, unread: 10, acknowledged: 500, unsent: 7), of: &connection)
        #expect(tally.consumed == 50)
        #expect(tally.sent == 7)
    }

    @Test func bytesThatComeAreNotBytesThatAreTaken() {
        var tally = SocketTally()
        var connection = SocketTally.Connection(first: Self.reading(received: 0))
        tally.note(Self.reading(received: 4000, unread: 4000), of: &connection)
        #expect(tally.consumed == 0)
        tally.note(Self.reading(received: 4000, unread: 3000), of: &connection)
        #expect(tally.consumed == 1000)
    }

    @Test func bytesThatAreAcknowledgedAreNotSentAgain() {
        var tally = SocketTally()
        var connection = SocketTally.Connection(first: Self.reading(received: 0))
        tally.note(Self.reading(received: 0, unsent: 100), of: &connection)
        tally.note(Self.reading(received: 0, acknowledged: 60, unsent: 40), of: &connection)
        tally.note(Self.reading(received: 0, acknowledged: 100), of: &connection)
        #expect(tally.sent == 100)
    }

    /// Whatever the kernel says, and whichever connections come and go.
    @Test func theSumsOnlyGrow() {
        var random = SeededGenerator(seed: printedSeed())
        var tally = SocketTally()
        var connections: [SocketTally.Connection] = []
        for _ in 0..<5000 {
            let before = tally
            let noise = Self.reading(
                received: .random(in: 0...50, using: &random), unread: .random(in: 0...60, using: &random),
                acknowledged: .random(in: 0...50, using: &random), unsent: .random(in: 0...50, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: connections.append(SocketTally.Connection(first: noise))
            case 1 where !connections.isEmpty:
                connections.remove(at: .random(in: connections.indices, using: &random))
            case 2: tally.noteTurn()
            default:
                guard !connections.isEmpty else { continue }
                tally.note(noise, of: &connections[.random(in: connections.indices, using: &random)])
            }
            #expect(tally.consumed >= before.consumed && tally.sent >= before.sent)
        }
    }

    @Test func extremesDoNotTrap() {
        var tally = SocketTally()
        var connection = SocketTally.Connection(first: Self.reading(received: .max, acknowledged: .max, unsent: .max))
        tally.note(Self.reading(received: 0, unread: .max), of: &connection)
        tally.note(Self.reading(received: .max, unread: 0, acknowledged: .max, unsent: .max), of: &connection)
        #expect(tally.consumed == 0)
    }
}
