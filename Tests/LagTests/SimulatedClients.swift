import Lag
import Model

/// Clients that each ask again as soon as they were answered, and what looks at some of their connections show.
struct SimulatedClients {
    /// When each connection was served, ascending.
    private var served: [[UInt64]]
    private let sample: Int
    private var turns: UInt64 = 0
    private var epoch: [Int]
    private var unreadSince: [UInt64?]
    private var servedAtLook: [Int]

    init(_ count: Int, sample: Int = 12) {
        served = Array(repeating: [], count: count)
        self.sample = min(sample, count)
        epoch = Array(repeating: 0, count: count)
        unreadSince = Array(repeating: nil, count: count)
        servedAtLook = epoch
    }

    var count: Int { served.count }

    mutating func serve(_ connection: Int, at now: UInt64) { served[connection].append(now) }

    /// As `SocketEvidence` is documented, of the first connections.
    mutating func look(at now: UInt64) -> SocketEvidence {
        var consumed: UInt64 = 0
        var unread: UInt64 = 0
        var exchanges = 0
        var busiest = 0
        var counts: [Int] = []
        for connection in 0..<sample {
            let count = served[connection].prefix { $0 <= now }.count
            counts.append(count)
            consumed += UInt64(count) * 100
            if count - epoch[connection] > exchanges {
                exchanges = count - epoch[connection]
                busiest = connection
            }
            let last = count > 0 ? served[connection][count - 1] : 0
            // The next request is there 0.1 ms after the answer.
            let waits = now > last + 100_000
            if count != servedAtLook[connection] || !waits { unreadSince[connection] = nil }
            if waits {
                unread += 100
                unreadSince[connection] = unreadSince[connection] ?? now
            }
            servedAtLook[connection] = count
        }
        if exchanges >= 2 {
            turns += UInt64(exchanges - 1)
            for connection in 0..<sample { epoch[connection] = counts[connection] }
            epoch[busiest] -= 1
        }
        return SocketEvidence(
            consumedBytes: consumed, sentBytes: consumed, unreadBytes: unread, turns: turns,
            unreadSince: unreadSince.compactMap { $0 }.min().map { MonotonicInstant(nanoseconds: $0) })
    }
}
