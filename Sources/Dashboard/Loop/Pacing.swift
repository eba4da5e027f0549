import Model

/// When to draw, when to open the mail and when to let time pass: at most 30 frames a second and no frame when nothing
/// changed, mail as often as frames at most, at least one tick a second, and a new size only when it rests: a window that is
/// dragged sends dozens, and each would be a whole screen.
struct Pacing: Sendable {
    static let frameInterval: Duration = .nanoseconds(1_000_000_000 / 30)
    static let tickInterval: Duration = .seconds(1)

    static let resizeRest: Duration = .milliseconds(50)
    /// A window that does not rest is followed so often all the same.
    static let resizeLimit: Duration = .milliseconds(250)

    private var isDirty = true
    private var lastFrame: MonotonicInstant?
    private var tickDue: MonotonicInstant
    /// When the size changed for the first and for the last time since it was taken.
    private var resize: (first: MonotonicInstant, last: MonotonicInstant)?

    init(now: MonotonicInstant) { tickDue = now + Self.tickInterval }

    /// Something changed that may be on the screen.
    mutating func changed() { isDirty = true }

    /// The terminal has a new size.
    mutating func resized(now: MonotonicInstant) { resize = (resize?.first ?? now, now) }

    /// Whether to ask for the size now; if so, it counts as known.
    mutating func takeResize(now: MonotonicInstant) -> Bool {
        guard let resizeDue, now >= resizeDue else { return false }
        resize = nil
        return true
    }

    /// Whether to draw now; if so, it counts as drawn. Not while the size is unknown: a line too long would wrap.
    mutating func takeFrame(now: MonotonicInstant) -> Bool {
        guard isDirty, resize == nil, now >= frameDue else { return false }
        isDirty = false
        lastFrame = now
        return true
    }

    /// Whether a second went by; ticks that were missed while stopped are not made up for.
    mutating func takeTick(now: MonotonicInstant) -> Bool {
        guard now >= tickDue else { return false }
        tickDue = tickDue + Self.tickInterval
        if tickDue <= now { tickDue = now + Self.tickInterval }
        return true
    }

    /// Whether mail is worth waking up for. Shortly after a frame it is not: what it changes could not be drawn yet, and
    /// a thousand hosts would wake us a thousand times a second.
    func opensMail(now: MonotonicInstant) -> Bool { now >= frameDue }

    /// How long nothing is due, in milliseconds for poll(2), rounded up so that it does not wake too early.
    func timeout(now: MonotonicInstant) -> Int32 {
        var due = min(tickDue, resizeDue ?? tickDue)
        if isDirty && resize == nil || !opensMail(now: now) { due = min(due, frameDue) }
        return Int32(clamping: (max(.zero, due - now).nanoseconds + 999_999) / 1_000_000)
    }

    private var resizeDue: MonotonicInstant? {
        resize.map { min($0.last + Self.resizeRest, $0.first + Self.resizeLimit) }
    }

    private var frameDue: MonotonicInstant {
        lastFrame.map { $0 + Self.frameInterval } ?? MonotonicInstant(nanoseconds: 0)
    }
}
