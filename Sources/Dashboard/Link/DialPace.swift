import Model
import Synchronization

/// How many connections may be begun in a second, by all links of the program together: a bucket of turns that fills with
/// time. Who comes when it is empty gets the next turn that will be there, in the order in which they came.
struct DialPace: Sendable {
    /// As many at once as a small fleet has.
    static let atOnce = 8
    /// With those at once fewer than 50 in any second: hosts that come back together are not dialled together.
    static let perSecond = 40

    private static let step = Duration.seconds(1) / perSecond
    /// When the bucket is, or was, full.
    private var full: MonotonicInstant?

    /// When the next one may begin: now, or later.
    mutating func turn(now: MonotonicInstant) -> MonotonicInstant {
        let full = max(self.full ?? now, now)
        self.full = full + Self.step
        return max(now, full + Self.step - Self.step * Self.atOnce)
    }
}

/// The one pace of a program.
final class DialTurns: Sendable {
    private let pace = Mutex(DialPace())

    func next(now: MonotonicInstant) -> MonotonicInstant { pace.withLock { $0.turn(now: now) } }
}
