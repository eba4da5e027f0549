import Model
import Serving

/// When what is read now came in, at the earliest: it may have waited in the socket for as long as nobody read, because the
/// agent was stopped, starved or asleep. A command's time to live counts from there: nobody may be surprised by one that
/// was asked for minutes ago.
struct ReceiptTime: Sendable {
    /// The event loop was alive; noted every `Session.tickPause`.
    private var alive: MonotonicInstant
    /// The last time when nobody read. What waited may be read a moment after its end: which of a tick and a read comes
    /// first is not known.
    private var pause: (began: MonotonicInstant, ended: MonotonicInstant)?

    init(now: MonotonicInstant) { alive = now }

    mutating func tick(now: MonotonicInstant) {
        if now - alive > Self.usual { pause = (alive, now) }
        alive = now
    }

    func earliest(now: MonotonicInstant) -> MonotonicInstant {
        if now - alive > Self.usual { return alive }
        guard let pause, now - pause.ended < Session.tickPause else { return now }
        return pause.began
    }

    /// A pause that is no longer than this is none.
    private static let usual = Session.tickPause * 2
}
