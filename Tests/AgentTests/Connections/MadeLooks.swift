import Model

@testable import Agent

/// Looks that no kernel made.
enum MadeLooks {
    static func at(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0) + .seconds(1000 + seconds)
    }

    static func worker(_ number: Int) -> WorkerID {
        WorkerID(boot: Crew.boot, pid: Int32(truncatingIfNeeded: 100 + number), startTicks: 7)
    }

    /// Workers have the slots 1, 2, ….
    static func look(
        _ key: String = "web", at seconds: Double, workers: Int = 1, _ connections: [SeenConnection] = [],
        listeners: [SeenListener] = []
    ) -> ConnectionLook {
        var look = ConnectionLook(
            key: key, at: at(seconds),
            workers: (0..<workers).map { .init(id: worker($0), slot: UInt32(truncatingIfNeeded: $0 + 1)) })
        for connection in connections { look.add(connection) }
        look.listeners = listeners
        return look
    }

    /// Of a peer `10.0.x.y`.
    static func connection(
        _ inode: UInt32, peer: UInt32 = 1, worker: UInt16 = 0, unread: UInt32 = 0, unsent: UInt32 = 0,
        received: UInt64 = 0, acknowledged: UInt64 = 0, flags: SeenConnection.Flags = [.isAccepted, .hasCounters]
    ) -> SeenConnection {
        SeenConnection(
            peer: address(peer), received: received, acknowledged: acknowledged, inode: inode, unread: unread,
            unsent: unsent, worker: worker, flags: flags)
    }

    static func address(_ number: UInt32) -> PeerAddress { PeerAddress(version4: 0x0A00_0000 | number) }
}
