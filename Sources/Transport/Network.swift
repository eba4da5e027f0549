internal import Glibc
public import Model
internal import NIOCore
internal import NIOPosix

/// How long the transport waits for peers.
public struct Deadlines: Sendable {
    /// From TCP accept or connect to the end of the TLS handshake.
    public var handshake: Duration
    /// Without a byte from the peer on an open connection.
    public var silence: Duration

    public init(handshake: Duration = .seconds(10), silence: Duration = .seconds(15)) {
        self.handshake = handshake
        self.silence = silence
    }
}

/// The clocks of this machine; the wall clock decides about certificates only.
public struct NetworkClock: Sendable {
    public var monotonic: @Sendable () -> MonotonicInstant
    public var wall: @Sendable () -> WallTime

    public init(
        monotonic: @escaping @Sendable () -> MonotonicInstant, wall: @escaping @Sendable () -> WallTime
    ) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// `CLOCK_MONOTONIC` and `CLOCK_REALTIME`.
    public static let system = NetworkClock(
        monotonic: {
            let time = Self.read(CLOCK_MONOTONIC)
            return MonotonicInstant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
        },
        wall: {
            let time = Self.read(CLOCK_REALTIME)
            return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        })

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)  // cannot fail for these two clocks
        return time
    }
}

/// All sockets of a process: one event loop thread.
public final class Network: Sendable {
    public let clock: NetworkClock
    public let deadlines: Deadlines
    let group: MultiThreadedEventLoopGroup
    let loop: any EventLoop
    /// Those in their TLS handshake, over all listeners.
    let handshakes: NIOLoopBoundBox<Handshakes>
    let dials: NIOLoopBoundBox<DialGate>

    public init(deadlines: Deadlines = Deadlines(), clock: NetworkClock = .system) {
        self.clock = clock
        self.deadlines = deadlines
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = group.next()
        handshakes = NIOLoopBoundBox.makeBoxSendingValue(Handshakes(), eventLoop: loop)
        dials = NIOLoopBoundBox.makeBoxSendingValue(DialGate(), eventLoop: loop)
    }

    /// Another machine's network on the same thread: its limits on strangers are its own. For simulations. The first one's
    /// `shutdown` ends both.
    public init(sharing other: Network) {
        clock = other.clock
        deadlines = other.deadlines
        group = other.group
        loop = other.loop
        handshakes = NIOLoopBoundBox.makeBoxSendingValue(Handshakes(), eventLoop: loop)
        dials = NIOLoopBoundBox.makeBoxSendingValue(DialGate(), eventLoop: loop)
    }

    /// Closes every connection and listener and ends the thread, soon; does not wait for it.
    public func shutdown() {
        group.shutdownGracefully { _ in }  // a close that fails at the end has no news to report
    }

    /// Runs `work` on the event loop, where all delegates are called.
    public func perform(_ work: @escaping @Sendable () -> Void) { loop.execute(work) }

    /// Runs `work` on the event loop, where all delegates are called, after `delay`.
    @discardableResult public func schedule(
        after delay: Duration, _ work: @escaping @Sendable () -> Void
    ) -> ScheduledWork {
        ScheduledWork(scheduled: loop.scheduleTask(in: .nanoseconds(delay.nanoseconds), work))
    }
}

/// Work that is due later.
public struct ScheduledWork: Sendable {
    let scheduled: Scheduled<Void>

    /// Does nothing when it ran already.
    public func cancel() { scheduled.cancel() }
}
