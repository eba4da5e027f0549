import Model

/// How much may be recorded of one host, in bytes: so much at once, and more with time. The largest honest host takes less; one
/// that says something else each second does not fill what is kept of all.
struct Allowance: Sendable {
    /// Two keyframes of 2,000 workers, or the quarter of an hour that the agent of 150 kept.
    static let atOnce = 3 << 19
    /// 2,000 workers whose loops are all busy.
    static let perSecond = 64 << 10

    private var left = atOnce
    private var asked: MonotonicInstant?
    /// When there is room for what was refused last: until then nothing is taken, so that a hole is one and not many.
    private var until: MonotonicInstant?

    func isSpent(now: MonotonicInstant) -> Bool { until.map { now < $0 } ?? false }

    /// Whether there is room for so many more bytes; then they are counted.
    mutating func take(_ count: Int, now: MonotonicInstant) -> Bool {
        guard !isSpent(now: now) else { return false }
        let seconds = asked.map { max(now - $0, .zero).seconds } ?? 0
        asked = max(asked ?? now, now)
        left = Int(min(Double(left) + seconds * Double(Self.perSecond), Double(Self.atOnce)))
        guard left >= count else {
            until = now + .seconds(Double(count - left) / Double(Self.perSecond))
            return false
        }
        left -= count
        return true
    }
}
