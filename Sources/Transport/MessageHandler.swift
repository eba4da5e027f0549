internal import Model
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import Wire

/// Bytes to messages, and the life of one connection as its delegate sees it.
///
/// waiting (handshake) → open → closing (nothing is read any more) → finished. A connection may finish from every
/// state; the first reason noted is the one reported. All of it happens on the channel's event loop.
final class MessageHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum State { case waiting, open, closing, finished }

    private let side: SpeakerRole
    private let kind: SessionKind
    private let silence: TimeAmount
    /// Let go at the end: a session may keep its `Connection`, which keeps this handler.
    private var delegate: (any ConnectionDelegate)?
    private var state = State.waiting
    private var context: ChannelHandlerContext?
    private var connection: Connection?
    private var reason: CloseReason?
    private var buffered = ByteBuffer()
    private var messageLimit: Int
    private var lastByte = NIODeadline.uptimeNanoseconds(0)
    private var watch: Scheduled<Void>?
    private var local: (peer: Peer, description: String)?
    private var carried: (description: String, limit: Duration)?
    private(set) var hasReceived = false

    init(side: SpeakerRole, kind: SessionKind, silence: Duration, delegate: any ConnectionDelegate) {
        self.side = side
        self.kind = kind
        messageLimit = side.messageLimit(kind, isEstablished: false)
        self.silence = .nanoseconds(silence.nanoseconds)
        self.delegate = delegate
    }

    // MARK: Life

    /// From waiting to open.
    func open(peer: Peer?, description: String, peerSPKIHash: [UInt8]?) {
        guard case .waiting = state, let context else { return }
        state = .open
        let connection = Connection(
            peer: peer, description: description, peerSPKIHash: peerSPKIHash, channel: context.channel, handler: self)
        self.connection = connection
        lastByte = context.eventLoop.now
        watchForSilence(in: silence)
        delegate?.connectionOpened(connection)
    }

    /// Without TLS: opens as soon as the channel is active.
    func opensAtOnce(peer: Peer, description: String) { local = (peer, description) }

    private func openLocal(_ context: ChannelHandlerContext) {
        guard context.channel.isActive, let (peer, description) = local else { return }
        local = nil
        open(peer: peer, description: description, peerSPKIHash: nil)
    }

    /// Through another program, of which nobody knows how far it came: opens with the agent's first byte (HELLO).
    func opensWithFirstByte(description: String, within limit: Duration) { carried = (description, limit) }

    private func waitForFirstByte(_ context: ChannelHandlerContext) {
        guard let limit = carried?.limit else { return }
        watch = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(limit.nanoseconds)) {
            self.fail(.unreachable(ConnectFailure.timedOut(limit)))
        }
    }

    private func openCarried() {
        guard let description = carried?.description else { return }
        carried = nil
        watch?.cancel()
        open(peer: nil, description: description, peerSPKIHash: nil)
    }

    func established() { messageLimit = side.messageLimit(kind, isEstablished: true) }

    func becameWritable() {
        guard case .open = state, let connection else { return }
        delegate?.connectionBecameWritable(connection)
    }

    /// Keeps the first reason.
    func note(_ reason: CloseReason) {
        if self.reason == nil { self.reason = reason }
    }

    /// Closes at once; what the kernel has not taken is lost.
    func fail(_ reason: CloseReason) {
        note(reason)
        guard let context else { return }
        state = state == .finished ? .finished : .closing
        // Below the TLS handler: its own close waits for the peer, which is what just failed.
        let lowest = (try? context.pipeline.syncOperations.context(handlerType: NIOSSLHandler.self)) ?? context
        lowest.close(promise: nil)
    }

    /// Sends `failure`, then closes; a peer that takes nothing gets 2 s.
    func close(after failure: Failure?, reason: CloseReason) {
        note(reason)
        guard state == .open, let context, let connection else {
            if state == .waiting { fail(reason) }
            return
        }
        state = .closing
        buffered.clear()
        let bytes = failure.map { ByteBuffer(bytes: Message.failure($0).encoded()) } ?? ByteBuffer()
        let flushed = context.eventLoop.makePromise(of: Void.self)
        let deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(2)) { self.fail(reason) }
        flushed.futureResult.assumeIsolated().whenComplete { _ in
            deadline.cancel()
            self.context?.close(promise: nil)
        }
        connection.write(bytes, promise: flushed)
    }

    /// The delegate's last call.
    private func finish() {
        guard state != .finished else { return }
        state = .finished
        watch?.cancel()
        delegate?.connectionClosed(connection, reason: reason ?? .peerClosed)
        delegate = nil
        connection = nil
    }

    private func watchForSilence(in delay: TimeAmount) {
        guard let context else { return }
        watch = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            let due = self.lastByte + self.silence
            let now = NIODeadline.now()
            if due <= now { self.fail(.silent) } else { self.watchForSilence(in: due - now) }
        }
    }

    // MARK: Bytes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        openCarried()
        guard case .open = state else { return }  // closing: what still comes is not looked at
        var bytes = unwrapInboundIn(data)
        hasReceived = true
        connection?.count(received: bytes.readableBytes)
        lastByte = context.eventLoop.now
        if buffered.readableBytes == 0 { buffered = bytes } else { buffered.writeBuffer(&bytes) }
        do {
            while case .open = state, let message = try nextMessage() {
                if let message, let connection { delegate?.connection(connection, received: message) }
            }
        } catch {
            refuse(error)
        }
        if buffered.readableBytes == 0 { buffered.clear() }
    }

    /// nil: not all of it is here yet. `.some(nil)`: one of a type we do not know and need not.
    private func nextMessage() throws(WireError) -> Message?? {
        // Peeked at: the length is refused before anything is kept because of it.
        guard
            let (length, type, flags, reserved) = buffered.peekMultipleIntegers(
                endianness: .big, as: (UInt32, UInt8, UInt8, UInt16).self)
        else { return nil }
        let header = try MessageHeader(
            length: length, type: type, flags: flags, reserved: reserved, maximum: messageLimit)
        guard let message = buffered.readSlice(length: header.messageByteCount) else { return nil }
        return .some(try Self.decode(header, message))
    }

    private static func decode(_ header: MessageHeader, _ message: ByteBuffer) throws(WireError) -> Message? {
        let result = message.withUnsafeReadableBytes { raw in
            let rest = UnsafeRawBufferPointer(rebasing: raw.dropFirst(MessageHeader.byteCount))
            let bytes = rest.bindMemory(to: UInt8.self)
            let body = bytes.span
            return Result { () throws(WireError) in
                try Message.decode(type: header.type, flags: header.flags, body: body)
            }
        }
        return try result.get()
    }

    private func refuse(_ error: WireError) {
        close(after: Failure(code: .protocolViolation, text: "\(error)"), reason: .protocolViolation(error))
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        openLocal(context)
        waitForFirstByte(context)
    }

    func channelActive(context: ChannelHandlerContext) {
        openLocal(context)
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()  // a channel that closed before it became active
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(CloseReason(error, side: side, hasReceived: hasReceived))
    }
}
