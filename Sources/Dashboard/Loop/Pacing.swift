import Model

/// When to draw, when to open the mail and when to let time pass: at most 30 frames a second and no frame when nothing
/// changed, mail as often as frames at most, and at least one tick a second.
struct Pacing: Sendable {
    static let frameInterval: Duration = .nanoseconds(1_000_000_000 / 30)
    static let tickInterval: Duration = .seconds(1)

    private var isDirty = true
    private var lastFrame: MonotonicInstant?
    private var tickDue: MonotonicInstant

    init(now: MonotonicInstant) { tickDue = now + Self.tickInterval }

    /// Something changed that may be on the screen.
    mutating func changed() { isDirty = true }

    /// Whether to draw now; if so, it counts as drawn.
    mutating func takeFrame(now: MonotonicInstant) -> Bool {
        guard isDirty, now >= frameDue else { return false }
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
        let due = isDirty || !opensMail(now: now) ? min(tickDue, frameDue) : tickDue
        return Int32(clamping: (max(.zero, due - now).nanoseconds + 999_999) / 1_000_000)
    }

    private var frameDue: MonotonicInstant {
        lastFrame.map { $0 + Self.frameInterval } ?? MonotonicInstant(nanoseconds: 0)
    }
}
