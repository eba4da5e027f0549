import Model

/// Translates an agent's monotonic instants to ours, so that an age includes the time a snapshot spent on its way.
///
/// The smallest difference between receipt and sampling seen lately stands for the offset of the two clocks: a message
/// that came faster than any other waited least. "Lately" is one to two minutes, so that drifting clocks do not add up.
struct ClockBridge: Sendable {
    private static let window = Duration.seconds(60)

    private var current: Int64?
    private var previous: Int64?
    private var windowStarted: MonotonicInstant?

    init() {}

    /// When `sampled` was on our clock, given that it arrived `now`; never later than `now`.
    mutating func translate(_ sampled: MonotonicInstant, receivedAt now: MonotonicInstant) -> MonotonicInstant {
        // Wrapping: the number is the peer's, and whatever it sent must not trap here.
        let offset = Int64(bitPattern: now.nanoseconds &- sampled.nanoseconds)
        if let started = windowStarted, now - started < Self.window, let known = current {
            current = min(known, offset)
        } else {
            previous = current
            current = offset
            windowStarted = now
        }
        return min(translate(sampled) ?? now, now)
    }

    /// The same for what was sampled long ago; `nil` before the first.
    func translate(_ sampled: MonotonicInstant) -> MonotonicInstant? {
        guard let best = [current, previous].compactMap({ $0 }).min() else { return nil }
        return MonotonicInstant(nanoseconds: sampled.nanoseconds &+ UInt64(bitPattern: best))
    }
}
