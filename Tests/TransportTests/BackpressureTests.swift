import Model
import NIOCore
import NIOSSL
import Testing
import Transport
import Wire

struct BackpressureTests {
    enum Kind: CaseIterable { case unix, tls }

    private static let piece = Message.delta(
        Delta(subscription: 1, baseSequence: 1, sequence: 2, body: Array(repeating: 7, count: 16 << 10)))

    /// An agent and a client that does not read.
    private func stalled(
        _ kind: Kind, _ directory: TemporaryDirectory
    ) async throws -> (agent: ListeningAgent, client: RawClient, connection: Connection) {
        let path = directory.file("agent.sock")
        let agent: ListeningAgent
        let client: RawClient
        switch kind {
        case .unix:
            agent = try ListeningAgent(unix: path)
            client = try await RawClient.connect(
                agent.network, to: SocketAddress(unixDomainSocketPath: path), reads: false)
        case .tls:
            let fleet = try TestFleet()
            agent = try ListeningAgent(fleet)
            client = try await RawClient.connect(
                agent.network, to: agent.address.resolved(), tls: try .client(fleet), reads: true)
        }
        let connection = try await agent.recorder.opened()
        try await client.stopReading()
        return (agent, client, connection)
    }

    /// Sends until the kernel takes no more, at most 64 MiB.
    private func fill(_ connection: Connection) async throws -> Int {
        var sent = 0
        while connection.isWritable, sent < 4096 {
            connection.send(Self.piece)
            sent += 1
            // Off the loop nothing is taken by the kernel at once; let it.
            try await connection.settled()
        }
        return sent
    }

    @Test(arguments: Kind.allCases) func aSlowReaderStopsTheSenderAndStartsItAgain(kind: Kind) async throws {
        let directory = try TemporaryDirectory()
        let (agent, client, connection) = try await stalled(kind, directory)
        defer { agent.network.shutdown() }
        let sent = try await fill(connection)
        let size = Self.piece.encoded().count
        #expect(!connection.isWritable)
        #expect(connection.outstandingBytes > 64 << 10)
        #expect(connection.outstandingBytes <= (64 << 10) + size)

        try await client.startReading()
        try await agent.recorder.wait("writable") { events in
            events.contains { if case .writable = $0 { true } else { false } } ? () : nil
        }
        try await connection.drained()
        #expect(connection.isWritable)
        connection.close()
        try await client.closed()
        #expect(client.bytes.count == sent * size)
    }

    @Test(arguments: Kind.allCases) func whoSendsOnAgainstAStalledReaderIsCutOff(kind: Kind) async throws {
        let directory = try TemporaryDirectory()
        let (agent, _, connection) = try await stalled(kind, directory)
        defer { agent.network.shutdown() }
        _ = try await fill(connection)
        var most = 0
        for _ in 0..<200 {
            connection.send(Self.piece)
            most = max(most, connection.outstandingBytes)
        }
        guard case .slowConsumer = try await agent.recorder.closed() else {
            throw Unexpected("\(agent.recorder.events)")
        }
        #expect(most <= (64 << 10) + (2 << 20))
        #expect(most > 2 << 20)
        try await connection.drained()
        connection.send(Self.piece)  // nothing happens
        try await connection.drained()
        #expect(agent.recorder.closings == 1)
    }

    @Test func aMessageOfTheLargestSizeFitsBehindAWritableQueue() async throws {
        let directory = try TemporaryDirectory()
        let (agent, client, connection) = try await stalled(.unix, directory)
        defer { agent.network.shutdown() }
        let overhead = Self.piece.encoded().count - (16 << 10)
        let largest = Message.delta(
            Delta(
                subscription: 1, baseSequence: 1, sequence: 2,
                body: Array(repeating: 7, count: Limits.toDashboardBytes - overhead)))
        #expect(largest.encoded().count == Limits.toDashboardBytes)
        while connection.outstandingBytes < 32 << 10 {
            connection.send(Self.piece)
            try await connection.settled()
        }
        #expect(connection.isWritable)
        connection.send(largest)
        try await connection.settled()
        #expect(agent.recorder.closings == 0)
        try await client.startReading()
        try await connection.drained()
    }
}
