import Model
import NIOCore
import NIOSSL
import Testing
import Transport
import Wire

struct ProtocolViolationTests {
    /// A raw client of an agent behind a unix socket.
    private func connected(
        _ agent: ListeningAgent, path: String
    ) async throws -> (client: RawClient, connection: Connection) {
        let client = try await RawClient.connect(agent.network, to: SocketAddress(unixDomainSocketPath: path))
        return (client, try await agent.recorder.opened())
    }

    private func header(length: UInt32, type: UInt8, flags: UInt8, reserved: UInt16 = 0) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(length, type, flags, reserved)
        return Array(buffer.readableBytesView)
    }

    @Test func garbageAfterTheHandshakeIsAProtocolViolationAndTheClientIsTold() async throws {
        let fleet = try TestFleet()
        let agent = try ListeningAgent(fleet)
        defer { agent.network.shutdown() }
        let client = try await RawClient.connect(
            agent.network, to: agent.address.resolved(), tls: try .client(fleet))
        try await client.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))

        let end = try await agent.recorder.closing()
        guard case .protocolViolation(let error) = end.reason else { throw Unexpected("\(end)") }
        #expect(end.wasOpen)
        try await client.closed()
        #expect(client.bytes == Message.failure(Failure(code: .protocolViolation, text: "\(error)")).encoded())
    }

    @Test func aMessageOver4KiBBeforeWelcomeIsRefusedByItsLengthAlone() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        let (client, _) = try await connected(agent, path: path)
        try await client.send(header(length: UInt32(Limits.helloBytes), type: 4, flags: 1))  // no body ever comes
        guard case .protocolViolation(.limit(_, _, limit: Limits.helloBytes)) = try await agent.recorder.closed() else {
            throw Unexpected("\(agent.recorder.events)")
        }
    }

    @Test(arguments: [0, 1]) func afterWelcomeAnAgentTakes64KiBAndNotMore(excess: Int) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path, recorder: Recorder(onOpen: { $0.established() }))
        defer { agent.network.shutdown() }
        let (client, _) = try await connected(agent, path: path)
        // Not critical and unknown: skipped when its size is allowed.
        let body = Limits.toAgentBytes - MessageHeader.byteCount + excess
        try await client.send(header(length: UInt32(body + 4), type: 250, flags: 0) + Array(repeating: 1, count: body))
        if excess == 0 {
            try await client.send(Message.ping(Ping(nonce: 9)).encoded())
            #expect(try await agent.recorder.message() == .ping(Ping(nonce: 9)))
        } else {
            guard case .protocolViolation(.limit) = try await agent.recorder.closed() else {
                throw Unexpected("\(agent.recorder.events)")
            }
            #expect(agent.recorder.messages == [])
        }
    }

    @Test func anUnknownCriticalMessageCloses() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        let (client, _) = try await connected(agent, path: path)
        try await client.send(
            Message.ping(Ping(nonce: 1)).encoded() + header(length: 4, type: 250, flags: 1)
                + Message.ping(Ping(nonce: 2)).encoded())
        guard case .protocolViolation(.unknownCritical(type: 250)) = try await agent.recorder.closed() else {
            throw Unexpected("\(agent.recorder.events)")
        }
        #expect(agent.recorder.messages == [.ping(Ping(nonce: 1))])
    }

    @Test func messagesArriveWhateverThePiecesTheyComeIn() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        let (client, _) = try await connected(agent, path: path)
        let messages = (0..<5).map { Message.ping(Ping(nonce: $0 * 1_000_003)) }
        let bytes = messages.flatMap { $0.encoded() }
        for byte in bytes { try await client.send([byte]) }
        try await client.send(bytes)
        let received = try await agent.recorder.wait("10 messages") { events in
            let messages = events.compactMap { if case .received(let message) = $0 { message } else { nil } }
            return messages.count == 10 ? messages : nil
        }
        #expect(received == messages + messages)
    }

    @Test func aPeerThatEndsWithinAMessageHasClosed() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("agent.sock")
        let agent = try ListeningAgent(unix: path)
        defer { agent.network.shutdown() }
        let (client, _) = try await connected(agent, path: path)
        try await client.send(Array(Message.ping(Ping(nonce: 1)).encoded().dropLast()))
        try client.close()
        guard case .peerClosed = try await agent.recorder.closed() else { throw Unexpected("\(agent.recorder.events)") }
        #expect(agent.recorder.messages == [])
    }
}
