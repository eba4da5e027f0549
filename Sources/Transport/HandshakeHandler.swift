internal import Model
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import Trust
internal import Wire

/// Watches one TLS handshake: deadline, the peer's certificate, the protocol name, no resumption. Opens the connection
/// when all is well, then takes itself out of the pipeline.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    struct Settings: Sendable {
        var verification: Verification
        var kind: SessionKind
        var deadline: Duration
        var wall: @Sendable () -> WallTime
        /// For `Connection.description`.
        var description: String
    }

    private let settings: Settings
    private let messages: MessageHandler
    /// Called once when the handshake is over; true where both sides finished it.
    private var ended: ((_ finished: Bool) -> Void)?
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var task: Task<Void, Never>?
    private var question: (chain: [NIOSSLCertificate], answer: EventLoopPromise<NIOSSLVerificationResultWithMetadata>)?
    private var verified: Verification.Verified?

    init(settings: Settings, messages: MessageHandler, ended: @escaping (_ finished: Bool) -> Void) {
        self.settings = settings
        self.messages = messages
        self.ended = ended
    }

    /// NIOSSL's question, at most once per connection and never for a resumed session. Chain validation is asynchronous
    /// (swift-certificates), so the answer comes later; it is given on the loop, and `channelInactive` gives it when
    /// the connection ends first: a promise must not be lost.
    func judge(_ chain: [NIOSSLCertificate], answer: EventLoopPromise<NIOSSLVerificationResultWithMetadata>) {
        question = (chain, answer)
        let encoded: [[UInt8]]
        do { encoded = try chain.map { try $0.toDERBytes() } } catch { encoded = [] }
        let me = NIOLoopBound(self, eventLoop: answer.futureResult.eventLoop)
        task = Task { [settings] in
            let result = await settings.verification.verify(chain: encoded, wall: settings.wall())
            guard !Task.isCancelled else { return }
            me.eventLoop.execute { me.value.decide(result) }
        }
    }

    private func decide(_ result: Result<Verification.Verified, TrustError>) {
        guard let (chain, answer) = question else { return }
        question = nil
        switch result {
        case .success(let verified):
            self.verified = verified
            // Exactly what was validated: the leaf, by a CA that we hold ourselves.
            answer.succeed(.certificateVerified(VerificationMetadata(ValidatedCertificateChain([chain[0]]))))
        case .failure(let error):
            messages.note(.untrustedPeer(error))
            answer.succeed(.failed)  // NIOSSL sends the alert and closes
        }
    }

    private func complete(_ context: ChannelHandlerContext, protocolName: String?) {
        end(finished: true)
        guard protocolName == settings.kind.alpn else {
            messages.fail(.other("the peer does not speak \(settings.kind.alpn) (ALPN)"))
            return
        }
        // A resumed session asks nobody about certificates; the missing validated chain is its only mark. See
        // `TLSParty.makeContext` for why none should come this far.
        guard let verified, hasValidatedChain(context) else {
            messages.fail(.other("resumed TLS session: the peer showed no certificate"))
            return
        }
        messages.open(
            peer: verified.peer, description: settings.description, peerSPKIHash: verified.spkiHash)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func hasValidatedChain(_ context: ChannelHandlerContext) -> Bool {
        do { return try context.pipeline.syncOperations.nioSSL_peerValidatedCertificateChain() != nil } catch {
            return false  // no TLS handler in the pipeline: nothing was validated
        }
    }

    private func end(finished: Bool) {
        timer?.cancel()
        timer = nil
        ended?(finished)
        ended = nil
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let delay = TimeAmount.nanoseconds(settings.deadline.nanoseconds)
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            self.messages.fail(.handshakeTimeout)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(finished: false)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        task?.cancel()
        let open = question
        question = nil
        open?.answer.succeed(.failed)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let name)? = event as? TLSUserEvent { complete(context, protocolName: name) }
        context.fireUserInboundEventTriggered(event)
    }
}
