import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Trust

@testable import Transport

/// A client that does what no dashboard does: other TLS settings, plain bytes, not reading.
final class RawClient: Sendable {
    private let connected = Mutex<(any Channel)?>(nil)
    private let received = Mutex<[UInt8]>([])
    private let failure = Mutex<(any Error)?>(nil)

    /// Everything the server sent until now, after TLS if there is any.
    var bytes: [UInt8] { received.withLock { $0 } }
    var error: (any Error)? { failure.withLock { $0 } }

    /// `tls` nil: plain bytes. Reads nothing when `reads` is false, until `startReading`.
    static func connect(
        _ network: Network, to address: SocketAddress, tls: TLSConfiguration? = nil, reads: Bool = true
    ) async throws -> RawClient {
        let client = RawClient()
        let channel = try await ClientBootstrap(group: network.loop)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: 4096)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(
                            context: NIOSSLContext(configuration: tls), serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(client))
                }
            }
            .connect(to: address).get()
        client.connected.withLock { $0 = channel }
        return client
    }

    var channel: any Channel {
        get throws {
            guard let channel = connected.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
            return channel
        }
    }

    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Until the server closed.
    func closed() async throws { try await channel.closeFuture.get() }

    func close() throws { try channel.close(promise: nil) }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let client: RawClient

        init(_ client: RawClient) { self.client = client }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            client.received.withLock { $0 += bytes }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            client.failure.withLock { if $0 == nil { $0 = error } }
            context.close(promise: nil)
        }
    }
}

extension TLSConfiguration {
    /// What a dashboard with this identity would use, except for what a test changes.
    static func client(_ fleet: TestFleet, protocols: [String] = ["looptop/1"]) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateChain = [
            .certificate(try NIOSSLCertificate(bytes: fleet.person.leaf, format: .der))
        ]
        configuration.privateKey = .privateKey(
            try NIOSSLPrivateKey(bytes: Array(fleet.person.privateKeyPEM.utf8), format: .pem))
        configuration.certificateVerification = .none
        configuration.applicationProtocols = protocols
        configuration.minimumTLSVersion = .tlsv13
        return configuration
    }
}

extension RawClient {
    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }
}

extension Connection {
    /// Until the loop has done all that was asked of it before.
    func settled() async throws { try await loop.submit {}.get() }

    /// Until the kernel has taken everything or the connection is gone.
    func drained() async throws {
        while outstandingBytes > 0 { try await settled() }
    }
}
