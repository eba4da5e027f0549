import NIOCore
import NIOPosix
import Synchronization

@testable import Transport

/// Stands between two ends and keeps every byte that passes: what an eavesdropper has.
final class Relay: Sendable {
    private let recorded = Mutex<[UInt8]>([])
    private let listening = Mutex<(any Channel)?>(nil)

    var bytes: [UInt8] { recorded.withLock { $0 } }
    var port: UInt16? { listening.withLock { $0 }?.localAddress?.port.flatMap(UInt16.init(exactly:)) }

    func saw(_ text: String) -> Bool {
        let needle = Array(text.utf8)
        let bytes = bytes
        guard bytes.count >= needle.count else { return false }
        return (0...bytes.count - needle.count).contains { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
    }

    /// Both addresses TCP or both unix.
    static func start(_ network: Network, at address: SocketAddress, to target: SocketAddress) async throws -> Relay {
        let relay = Relay()
        let channel = try await ServerBootstrap(group: network.loop)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { near in
                ClientBootstrap(group: near.eventLoop).channelOption(.autoRead, value: false).connect(to: target)
                    .flatMapThrowing { far in
                        try near.pipeline.syncOperations.addHandler(Forwarder(relay, to: far))
                        try far.pipeline.syncOperations.addHandler(Forwarder(relay, to: near))
                        // Both ends are live once the near one is registered, which is after this initializer.
                        near.eventLoop.execute {
                            near.setOption(.autoRead, value: true).whenComplete { _ in }
                            far.setOption(.autoRead, value: true).whenComplete { _ in }
                        }
                    }
            }
            .bind(to: address).get()
        relay.listening.withLock { $0 = channel }
        return relay
    }

    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let relay: Relay
        private let other: any Channel

        init(_ relay: Relay, to other: any Channel) {
            self.relay = relay
            self.other = other
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            relay.recorded.withLock { $0 += Array(buffer.readableBytesView) }
            other.writeAndFlush(buffer, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            other.close(promise: nil)
            context.fireChannelInactive()
        }
    }
}
