internal import Model
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

extension Network {
    /// Connections to one server of pages.
    static let mostReaders = 16

    /// Serves pages over HTTP/1.1 without TLS, to this machine only: throws `.notLoopback` for another address. `answer` is
    /// called in a task, and gives `nil` for a page that is not there. Blocks until bound; not on the event loop.
    /// - Parameter patience: how long a connection may take to the next request, and for an answer.
    public func listen(
        pages address: SocketName, patience: Duration = .seconds(30),
        answer: @escaping @Sendable (PageRequest) async -> Page?
    ) throws(TransportError) -> Listener {
        let counter = TurnedAwayCounter()
        let settings = PageHandler.Settings(patience: patience, answer: answer)
        let readers = NIOLoopBoundBox.makeBoxSendingValue(0, eventLoop: loop)
        let bootstrap = serverBootstrap.childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                guard readers.value < Self.mostReaders else {
                    counter.add()
                    throw TurnedAway()
                }
                readers.value += 1
                channel.closeFuture.whenComplete { _ in readers.value -= 1 }
                try SocketOptions.apply(to: channel)
                var limits = NIOHTTPDecoderLimitConfiguration()
                limits.maxHeaderFieldSize = PageHandler.longestField
                limits.maxHeaderListSize = PageHandler.longestHeaders
                limits.maxHeaderFieldCount = PageHandler.mostHeaders
                let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
                // What is not understood yet: a line without an end.
                let reader = ByteToMessageHandler(decoder, maximumBufferSize: PageHandler.longestHeaders)
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(HTTPResponseEncoder())
                try pipeline.addHandler(reader)
                try pipeline.addHandler(HTTPServerPipelineHandler())
                try pipeline.addHandler(PageHandler(settings: settings))
            }
        }
        do {
            let place = try SocketAddress.makeAddressResolvingHost(address.host, port: Int(address.port))
            guard !address.host.isEmpty, place.isLoopback else { throw TransportError.notLoopback(address.description) }
            return Listener(channel: try bootstrap.bind(to: place).wait(), counter: counter)
        } catch { throw TransportError(error, listening: address.description) }
    }
}

extension SocketName {
    /// From what is written as an address of this machine alone. What `localhost` resolves to is seen when it is listened on.
    public init(loopback text: String) throws(TransportError) {
        try self.init(parsing: text)
        // The port that is meant elsewhere is the agent's own.
        guard text.hasSuffix(":\(port)") else { throw .notAnAddress(text) }
        guard host != "localhost" else { return }
        let isLoopback: Bool
        do { isLoopback = try SocketAddress(ipAddress: host, port: Int(port)).isLoopback } catch { isLoopback = false }
        guard isLoopback else { throw .notLoopback(text) }
    }
}

extension SocketAddress {
    /// 127.0.0.0/8 and ::1. RFC 6890.
    fileprivate var isLoopback: Bool {
        guard let ip = ipAddress else { return false }
        return ip == "::1" || self.protocol == .inet && ip.hasPrefix("127.")
    }
}
