import Model

/// When to draw, when to open the mail and when to let time pass: no frame when nothing changed, and the more somebody
/// waits for a change, the sooner it is drawn. A new size is taken only when it rests: a window that is dragged sends
/// dozens, and each would be a whole screen.
struct Pacing: Sendable {
    enum Change: Sendable {
        /// Samples and the like, which come by themselves. A thousand hosts tell something new every millisecond; nobody
        /// can read more than a few frames a second, and over a slow link each of them costs.
        case background
        /// What was asked for: answers, outcomes.
        case answer
        case key

        /// Between two frames at least.
        fileprivate var pause: Duration {
            switch self {
            case .background: .milliseconds(200)
            case .answer: .nanoseconds(1_000_000_000 / 30)
            case .key: .milliseconds(8)  // faster than any terminal shows them
            }
        }
    }

    /// What a frame has to show.
    enum Drawing: Sendable {
        case everything
        /// Only what a key did: the rest may wait, and the key shall not wait for it.
        case key
    }

    /// Between two openings of the mail at least: a thousand hosts would wake us a thousand times a second.
    static let mailPause = Change.answer.pause
    static let tickInterval: Duration = .seconds(1)

    static let resizeRest: Duration = .milliseconds(50)
    /// A window that does not rest is followed so often all the same.
    static let resizeLimit: Duration = .milliseconds(250)

    private var isKeyPending = false
    /// What else is to be drawn: the more urgent of what changed.
    private var pending: Change? = .answer
    private var lastFrame: MonotonicInstant?
    /// The last frame with everything.
    private var lastFull: MonotonicInstant?
    private var mailDue = MonotonicInstant(nanoseconds: 0)
    private var tickDue: MonotonicInstant
    /// When the size changed for the first and for the last time since it was taken.
    private var resize: (first: MonotonicInstant, last: MonotonicInstant)?

    init(now: MonotonicInstant) { tickDue = now + Self.tickInterval }

    /// Something changed that may be on the screen.
    mutating func changed(_ change: Change) {
        switch change {
        case .key: isKeyPending = true
        case .answer: pending = .answer
        case .background: pending = pending ?? .background
        }
    }

    /// The terminal has a new size.
    mutating func resized(now: MonotonicInstant) { resize = (resize?.first ?? now, now) }

    /// Whether to ask for the size now; if so, it counts as known.
    mutating func takeResize(now: MonotonicInstant) -> Bool {
        guard let resizeDue, now >= resizeDue else { return false }
        resize = nil
        return true
    }

    /// What to draw now; `nil`: nothing yet. Not while the size is unknown: a line too long would wrap.
    func drawing(now: MonotonicInstant) -> Drawing? {
        guard resize == nil else { return nil }
        if let everythingDue, now >= everythingDue { return .everything }
        if let keyDue, now >= keyDue { return .key }
        return nil
    }

    mutating func drew(_ drawing: Drawing, now: MonotonicInstant) {
        isKeyPending = false
        lastFrame = now
        guard drawing == .everything else { return }
        pending = nil
        lastFull = now
    }

    /// Whether a second went by; ticks that were missed while stopped are not made up for.
    mutating func takeTick(now: MonotonicInstant) -> Bool {
        guard now >= tickDue else { return false }
        tickDue = tickDue + Self.tickInterval
        if tickDue <= now { tickDue = now + Self.tickInterval }
        return true
    }

    /// Whether to take in mail: not too soon after the last, and not while a key waits to be drawn, unless keys come
    /// without an end.
    func opensMail(now: MonotonicInstant) -> Bool { now >= openingDue }

    /// - Parameter isEmpty: all of it was taken in.
    mutating func openedMail(now: MonotonicInstant, isEmpty: Bool) { mailDue = isEmpty ? now + Self.mailPause : now }

    /// How long nothing is due, in milliseconds for poll(2), rounded up so that it does not wake too early.
    ///
    /// - Parameter hasMail: there is some that was not taken in.
    func timeout(now: MonotonicInstant, hasMail: Bool) -> Int32 {
        var due = [tickDue, resizeDue].compactMap(\.self)
        if resize == nil { due += [keyDue, everythingDue].compactMap(\.self) }
        // Else the mailbox tells when there is some.
        if hasMail || !opensMail(now: now) { due.append(openingDue) }
        return Int32(clamping: (max(.zero, (due.min() ?? now) - now).nanoseconds + 999_999) / 1_000_000)
    }

    private var resizeDue: MonotonicInstant? {
        resize.map { min($0.last + Self.resizeRest, $0.first + Self.resizeLimit) }
    }

    private var keyDue: MonotonicInstant? {
        isKeyPending ? lastFrame.map { $0 + Change.key.pause } ?? Self.longAgo : nil
    }

    private var everythingDue: MonotonicInstant? {
        pending.map { change in lastFull.map { $0 + change.pause } ?? Self.longAgo }
    }

    private var openingDue: MonotonicInstant { isKeyPending ? mailDue + Self.mailPause : mailDue }

    private static let longAgo = MonotonicInstant(nanoseconds: 0)
}
