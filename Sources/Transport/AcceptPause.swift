internal import Glibc
internal import NIOCore

/// Leaves a listener alone for a while when the kernel has nothing left for one more connection. Whoever knocks waits in the
/// backlog meanwhile.
///
/// NIO's own `AcceptBackoffHandler` holds back the next read only: the socket stays registered, epoll reports it as readable, and
/// accept fails again at once, twenty thousand times a second.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = Channel

    static let length = TimeAmount.milliseconds(500)
    private static let codes: Set<CInt> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    private var isPaused = false

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, Self.codes.contains(code) else {
            return context.fireErrorCaught(error)
        }
        guard !isPaused else { return }
        isPaused = true
        listen(false, context.channel)
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.length) {
            me.value.isPaused = false
            me.value.listen(true, channel)
        }
    }

    private func listen(_ isOn: Bool, _ channel: any Channel) {
        do { try channel.syncOptions?.setOption(.autoRead, value: isOn) } catch {
            // Closed meanwhile.
        }
    }
}
