import Model

/// How often something may begin for an app: so many in a minute, whichever minute that is. Counts everything that
/// begins, and holds back only whom the policy limits.
struct RateLimits: Sendable {
    static let window = Duration.seconds(60)
    /// More than any limit.
    private static let mostKept = 1000
    /// The ones that began something longest ago are forgotten beyond these.
    private static let mostApps = 2000

    /// When the last ones began, oldest first.
    private var begun: [String: [MonotonicInstant]] = [:]

    var apps: Int { begun.count }

    /// Counts a beginning; or counts nothing, and says how long until one may begin.
    mutating func take(app: String, limit: UInt32?, now: MonotonicInstant) -> Duration? {
        var times = (begun[app] ?? []).filter { now - $0 < Self.window }
        if let limit, times.count >= Int(limit) {
            begun[app] = times
            guard limit > 0, let first = times.dropFirst(times.count - Int(limit)).first else { return Self.window }
            return Self.window - (now - first)
        }
        times.append(now)
        begun[app] = Array(times.suffix(Self.mostKept))
        forget(now: now)
        return nil
    }

    private mutating func forget(now: MonotonicInstant) {
        guard begun.count > Self.mostApps else { return }
        begun = begun.filter { entry in entry.value.last.map { now - $0 < Self.window } ?? false }
        if begun.count > Self.mostApps, let oldest = begun.min(by: { ($0.value.last ?? now) < ($1.value.last ?? now) })
        {
            begun[oldest.key] = nil
        }
    }

    /// What whoever was held back is told.
    static func refusal(app: String, limit: UInt32, wait: Duration) -> Refusal {
        let seconds = (wait.milliseconds + 999) / 1000
        return .limit(app: app, rule: "restartsPerMinute: \(limit); again in \(seconds) s")
    }
}
