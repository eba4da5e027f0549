import Model
import Wire

/// Whether the other side still answers, and what its clock says: PING every 5 s, PONG gives the round trip and the
/// offset of the two wall clocks.
struct Liveness: Sendable {
    /// This often, even while snapshots flow: the agent hears nothing else from us and has a limit of its own.
    static let pingInterval: Duration = .seconds(5)
    /// Given up after this long without a message.
    static let silenceLimit: Duration = .seconds(15)

    private var lastHeard: MonotonicInstant
    private var lastPing: MonotonicInstant
    private var outstanding: UInt64?

    init(now: MonotonicInstant) {
        lastHeard = now
        lastPing = now
    }

    mutating func heard(now: MonotonicInstant) { lastHeard = now }

    func isSilent(now: MonotonicInstant) -> Bool { now >= lastHeard + Self.silenceLimit }

    var pingDue: MonotonicInstant { lastPing + Self.pingInterval }

    /// When there is something to do: ask, or give up.
    var deadline: MonotonicInstant { min(pingDue, lastHeard + Self.silenceLimit) }

    mutating func ping(nonce: UInt64, now: MonotonicInstant) -> Message {
        outstanding = nonce
        lastPing = now
        return .ping(Ping(nonce: nonce))
    }

    /// Assumes that both ways take equally long, as NTP does (RFC 5905); the error is at most half the round trip.
    /// `nil` for an answer to something else, or for clocks so far apart that the difference means nothing.
    mutating func measure(
        _ pong: Pong, now: MonotonicInstant, wall: WallTime
    ) -> (roundTrip: Duration, clockOffset: Duration)? {
        guard pong.nonce == outstanding else { return nil }
        outstanding = nil
        guard let difference = pong.wall.elapsed(since: wall) else { return nil }
        let roundTrip = max(.zero, now - lastPing)
        return (roundTrip, difference + roundTrip / 2)
    }
}
