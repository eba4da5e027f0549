public import Model
internal import NIOCore
internal import Synchronization
public import Wire

/// Handle of one open connection. Callable from any thread; the work happens on its event loop, in order per thread.
public final class Connection: Sendable {
    /// Who is at the other end; nil on an enrolment channel, where nobody has a verified name yet, and where another
    /// program leads to an agent (`Network.connect(through:)`).
    public let peer: Peer?
    /// Remote address, `unix:` and the path, or what the program that leads there is called.
    public let description: String
    /// SHA-256 of the peer's public key (SubjectPublicKeyInfo); only on an enrolment channel.
    public let peerSPKIHash: [UInt8]?

    private let channel: any Channel
    private let handler: NIOLoopBound<MessageHandler>
    /// Bytes given to `send` and not yet taken by the kernel.
    private let outstanding = Atomic<Int>(0)
    private let received = Atomic<UInt64>(0)
    private let sent = Atomic<UInt64>(0)

    /// On the event loop.
    init(peer: Peer?, description: String, peerSPKIHash: [UInt8]?, channel: any Channel, handler: MessageHandler) {
        self.peer = peer
        self.description = description
        self.peerSPKIHash = peerSPKIHash
        self.channel = channel
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    }

    /// False while more than 64 KiB are outstanding: send nothing that can wait for `connectionBecameWritable`.
    public var isWritable: Bool { outstandingBytes <= OutstandingLimits.highWaterBytes }

    /// Bytes sent and not yet taken by the kernel.
    public var outstandingBytes: Int { outstanding.load(ordering: .relaxed) }

    /// Bytes of messages since it opened: those that came, and those that the kernel took. What TLS adds is not in them.
    public var traffic: (received: UInt64, sent: UInt64) {
        (received.load(ordering: .relaxed), sent.load(ordering: .relaxed))
    }

    /// So many bytes of messages came.
    func count(received count: Int) { received.add(UInt64(count), ordering: .relaxed) }

    /// Queues `message`. A peer that lets more than the limit pile up is cut off with `.slowConsumer`; after the close
    /// nothing happens.
    public func send(_ message: Message) {
        write(ByteBuffer(bytes: message.encoded()), promise: nil)
    }

    /// The peers have agreed (WELCOME): from here messages of full size are taken. Call it before sending anything that
    /// lets the peer send one.
    public func established() {
        onLoop { $0.established() }
    }

    /// Sends `failure`, waits until the kernel took it and everything before it (at most 2 s), then closes.
    public func close(after failure: Failure? = nil) {
        onLoop { $0.close(after: failure, reason: .local) }
    }

    /// `promise` completes when the kernel has taken the bytes.
    func write(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
        let count = bytes.readableBytes
        let cost = count + OutstandingLimits.messageOverhead
        let sum = outstanding.add(cost, ordering: .relaxed).newValue
        guard sum <= OutstandingLimits.maximumBytes else {
            taken(cost)
            promise?.fail(ChannelError.ioOnClosedChannel)
            onLoop { $0.fail(.slowConsumer) }
            return
        }
        let written = promise ?? channel.eventLoop.makePromise()
        written.futureResult.whenComplete { [self] result in
            if case .success = result { sent.add(UInt64(count), ordering: .relaxed) }
            if taken(cost) { handler.value.becameWritable() }
        }
        channel.writeAndFlush(bytes, promise: written)
    }

    /// Whether that made the connection writable again.
    @discardableResult private func taken(_ count: Int) -> Bool {
        let (old, new) = outstanding.subtract(count, ordering: .relaxed)
        return old > OutstandingLimits.highWaterBytes && new <= OutstandingLimits.highWaterBytes
    }

    /// Where the delegate is called.
    var loop: any EventLoop { channel.eventLoop }

    private func onLoop(_ work: @escaping @Sendable (MessageHandler) -> Void) {
        if loop.inEventLoop { work(handler.value) } else { loop.execute { work(self.handler.value) } }
    }
}

/// Bounds on what waits for the kernel on one connection.
enum OutstandingLimits {
    /// Above this nothing that can wait should be sent.
    static let highWaterBytes = 64 << 10
    /// What a message that waits takes besides its bytes: its buffer and who is told of its end.
    static let messageOverhead = 512
    /// One message of the largest size must still fit behind a queue that just counts as writable.
    static let maximumBytes = highWaterBytes + Limits.toDashboardBytes + messageOverhead
}
