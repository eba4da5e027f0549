internal import NIOCore
internal import Synchronization

/// An open listening socket.
public final class Listener: Sendable {
    /// The TCP port (the kernel's choice when 0 was asked for); nil for a unix socket.
    public let port: UInt16?
    /// Connections turned away because too many were in their handshake, since the start.
    public var turnedAway: Int { counter.value }

    private let channel: any Channel
    private let counter: TurnedAwayCounter
    private let cleanUp: @Sendable () -> Void

    init(
        channel: any Channel, counter: TurnedAwayCounter = TurnedAwayCounter(),
        cleanUp: @escaping @Sendable () -> Void = {}
    ) {
        self.channel = channel
        self.counter = counter
        self.cleanUp = cleanUp
        port = channel.localAddress?.port.flatMap(UInt16.init(exactly:))
    }

    /// Accepts no more; open connections stay. The file of a unix socket is removed.
    public func close() {
        cleanUp()
        channel.close(promise: nil)
    }
}

final class TurnedAwayCounter: Sendable {
    private let count = Atomic<Int>(0)

    func add() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}
