import Model

/// How often the workers of each slot ended of late though nobody asked for it through looptop.
///
/// A worker that did its share and ended with code 0 is recycled, as gunicorn's `max_requests` and php-fpm's
/// `pm.max_requests` have it: that counts only where it hardly lived.
struct RestartCounts: Equatable, Sendable {
    /// Who lived for so long was no failed start.
    static let settled = Duration.seconds(60)
    /// More ends of one slot are not counted.
    static let most = 1000

    /// Ascending, none older than an hour when asked for.
    private var ends: [String: [UInt32: [MonotonicInstant]]] = [:]

    mutating func ended(_ place: Ledger.Place, at now: MonotonicInstant, _ status: ExitStatus?, lived: Duration) {
        if status == .code(0), lived >= Self.settled { return }
        var times = ends[place.groupKey]?[place.slot] ?? []
        if times.count >= Self.most { times.removeFirst() }
        times.append(now)
        ends[place.groupKey, default: [:]][place.slot] = times
    }

    /// Of the slot whose workers end most often: in five minutes, then in an hour; `nil` where none ended.
    func worst(of key: String, now: MonotonicInstant) -> Restarts? {
        let slots = (ends[key] ?? [:]).map { slot, times in
            Restarts(
                inHour: UInt16(clamping: times.count { now - $0 < Restarts.hour }),
                inFiveMinutes: UInt16(clamping: times.count { now - $0 < Restarts.fiveMinutes }), slot: slot)
        }
        return slots.filter { $0.inHour > 0 }
            .max { ($0.inFiveMinutes, $0.inHour, $1.slot) < ($1.inFiveMinutes, $1.inHour, $0.slot) }
    }

    /// Forgets what is over.
    mutating func forget(before now: MonotonicInstant) {
        for (key, slots) in ends {
            let kept = slots.mapValues { $0.filter { now - $0 < Restarts.hour } }.filter { !$0.value.isEmpty }
            ends[key] = kept.isEmpty ? nil : kept
        }
    }
}
