public import Model

/// Whether a worker is hung, from evidence and never from silence.
///
/// A loop that was met waiting for work is not hung, whatever else is so: an operator would find it well. Otherwise either
/// of these makes it so, until the evidence is gone:
/// - **A stall is open for 5 s or more**, of any cause. Stopped by a signal, a debugger or the freezer counts: whoever
///   waits for an answer gets none, and the reason says why. So does a loop that got no CPU for that long.
/// - **Data waits unread for 5 s or more, and not one byte was consumed meanwhile**, nor was the loop met waiting. Some
///   connections left unread on purpose (back pressure) do not count while others are read.
///
/// An open stall is taken at its word with these exceptions:
/// - Its length is only "at most" (nothing tells whether a busy loop turned): doubted, unless it is stopped, or has been in
///   one and the same sleep for the bound. A loop that sleeps outside its wait cannot have turned in that sleep.
/// - The loop was never seen to turn since it is watched and it is at work: 30 s, not 5. It may be starting; loading an
///   application takes many seconds of CPU. After an agent's restart a spinning worker shows that much later.
/// - Its kind is not known: only stopped and unread count, because what it sleeps in may be its way to wait for work.
/// A worker without a loop (`LoopKind.none`) is never hung.
///
/// Ask about once a second, and for each loop thread; start anew for another thread.
public struct HungRule: Sendable {
    public enum Reason: Hashable, Sendable {
        /// It did not turn for so long.
        case stalled(StallCause, Duration)
        /// So many bytes (and waiting connections) wait, and nothing was consumed for so long.
        case unread(UInt64, Duration)
    }

    /// What is known now.
    public struct Evidence: Hashable, Sendable {
        public var kind: LoopKind
        /// The stall that is going on (`LagWindow.open`), if any.
        public var open: Stall?
        /// A probe since the last question met it waiting for work in its own loop.
        public var hasWaited: Bool
        /// The last probe met it asleep outside its loop, or stopped.
        public var isHeld: Bool
        /// Of the last probe: unchanged while asleep means the same sleep.
        public var timeslices: UInt64
        /// `nil` when nothing was looked at: no news.
        public var sockets: SocketEvidence?

        public init(
            kind: LoopKind, open: Stall?, hasWaited: Bool, isHeld: Bool, timeslices: UInt64, sockets: SocketEvidence?
        ) {
            self.kind = kind
            self.open = open
            self.hasWaited = hasWaited
            self.isHeld = isHeld
            self.timeslices = timeslices
            self.sockets = sockets
        }
    }

    public static let usualBound = Duration.seconds(5)
    /// For a loop at work that was never seen to turn, in bounds.
    static let startBounds = 6

    public let bound: Duration
    /// Of the last judgement; `nil`: not hung.
    public private(set) var reason: Reason?

    /// It waited, or consumed something, since it is watched.
    private var hasTurned = false
    /// The sleep outside its loop that it is in, by its `timeslices`, and since when at least.
    private var sleep: (timeslices: UInt64, since: MonotonicInstant)?
    /// What had been consumed when it last moved or nothing waited, and when that was.
    private var consumption: (bytes: UInt64, since: MonotonicInstant)?

    public init(bound: Duration = usualBound) { self.bound = bound }

    /// Why it is hung now, or `nil`.
    @discardableResult
    public mutating func judge(_ evidence: Evidence, at now: MonotonicInstant) -> Reason? {
        followSleep(evidence, at: now)
        let unread = followConsumption(evidence, at: now)
        if evidence.hasWaited { hasTurned = true }
        if evidence.hasWaited || evidence.kind == .none {
            reason = nil
        } else if let open = evidence.open, isProof(open, evidence.kind, at: now) {
            reason = .stalled(open.cause, open.length)
        } else {
            reason = unread
        }
        return reason
    }

    private mutating func followSleep(_ evidence: Evidence, at now: MonotonicInstant) {
        if !evidence.isHeld || evidence.hasWaited {
            sleep = nil
        } else if sleep?.timeslices != evidence.timeslices {
            sleep = (evidence.timeslices, now)
        }
    }

    /// The reason that unread data gives. Counters only grow, so equal ones at two looks prove that nothing moved between.
    private mutating func followConsumption(_ evidence: Evidence, at now: MonotonicInstant) -> Reason? {
        // What was seen before it waited proves nothing after.
        if evidence.hasWaited { consumption = nil }
        guard let sockets = evidence.sockets else {
            // No news: what was found stays found.
            guard case .unread(let bytes, _) = reason, let consumption else { return nil }
            return .unread(bytes, now - consumption.since)
        }
        guard let consumption, consumption.bytes == sockets.consumedBytes, sockets.unreadBytes > 0 else {
            if let consumption, sockets.consumedBytes > consumption.bytes { hasTurned = true }
            self.consumption = (sockets.consumedBytes, now)
            return nil
        }
        let age = now - consumption.since
        return age >= bound ? .unread(sockets.unreadBytes, age) : nil
    }

    private func isProof(_ open: Stall, _ kind: LoopKind, at now: MonotonicInstant) -> Bool {
        guard open.length >= bound else { return false }
        if open.cause == .stopped { return true }
        guard kind != .unknown else { return false }
        if let sleep, now - sleep.since >= bound { return true }
        return !open.isBound && (hasTurned || open.length >= bound * Self.startBounds)
    }
}
