import NIOCore
import NIOPosix
import NIOSSL
import Trust
import Wire

@testable import Transport

extension SocketName {
    /// For NIO; the host is an address.
    func resolved() throws -> SocketAddress { try SocketAddress(ipAddress: host, port: Int(port)) }
}

extension Network {
    /// Connects as somebody whom the agent does not know but who trusts the agent.
    func connectTrusting(
        _ fleet: TestFleet, as stranger: Identity, to address: SocketName, delegate: any ConnectionDelegate
    ) throws {
        let verifier = try PeerVerifier(authorities: fleet.agent.authorities, fleet: fleet.authority.fleet)
        let party = TLSParty(identity: stranger, kind: .session)
        dial(address, timeout: .seconds(5), delegate: delegate) { () throws(TransportError) in
            (try party.makeContext(), .session, .fleet(verifier, .agent(nil)))
        }
    }
}

/// A server of another protocol: answers everything with a line of text.
enum PlainServer {
    static func start(_ network: Network) async throws -> SocketName {
        let channel = try await ServerBootstrap(group: network.loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Answer()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return .loopback(channel.localAddress?.port.flatMap(UInt16.init(exactly:)))
    }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n")), promise: nil)
        }
    }
}

/// A server that accepts and never says anything.
enum MuteServer {
    static func start(_ network: Network) async throws -> SocketName {
        let channel = try await ServerBootstrap(group: network.loop).bind(host: "127.0.0.1", port: 0).get()
        return .loopback(channel.localAddress?.port.flatMap(UInt16.init(exactly:)))
    }
}
