import Model

/// A worker's lag over the last quarter of an hour, in bounded memory: one column to a sample for the strip, one
/// checkpoint of the histogram to ten seconds for the percentiles.
struct LagHistory: Sendable {
    /// What a stretch of time came to.
    struct Summary: Sendable, Equatable {
        /// How long it was.
        var span: Duration
        var max: Duration
        var p999: Duration
        var p99: Duration
        var p90: Duration
        var p50: Duration
        /// All of them, one that is not over included.
        var stretches: LagHistogram
    }

    struct PastStall: Sendable, Equatable {
        var stall: SeenStall
        /// On our clock.
        var at: MonotonicInstant
    }

    /// The histogram as it was when the slot began, and what was seen since.
    private struct Slot: Sendable {
        var began: MonotonicInstant
        var stretches: LagHistogram
        var worst = Duration.zero
        /// Time in which lag was measured.
        var measured = Duration.zero
    }

    static let slotLength = Duration.seconds(10)
    /// A quarter of an hour and the slot under way.
    static let slotsKept = 91
    static let stallsKept = Duration.seconds(60)
    /// What a grade looks at: long enough that a stall every few seconds is seen in each, so that it can last.
    static let tailLength = Duration.seconds(10)

    /// Seconds; the longest of each window, a stall still open included.
    private(set) var worst = Series()
    /// Seconds; 99th percentile of the window or of the last ten seconds, whichever is worse. Unknown where lag is only
    /// bounded: what may be so is no reason to raise an alarm.
    private(set) var tail = Series()
    private(set) var strip = LagStrip()

    private var slots: [Slot] = []
    private var recent: [(at: MonotonicInstant, stretches: LagHistogram)] = []
    private var last = LagHistogram()
    /// Of the stall that is not over, as of the newest sample.
    private var open: Duration?
    private var stalls: [PastStall] = []

    /// A sample: `sampled` on the agent's clock, `at` the same moment on ours. `gap` is `nil` for the first.
    mutating func take(
        _ reading: LagReading, _ stretches: LagHistogram, sampled: MonotonicInstant, at: MonotonicInstant,
        after gap: SampleGap?
    ) {
        let elapsed = gap?.recent
        let growth = stretches.growth(since: last)
        if growth == nil {
            // Watched anew: what was counted before cannot be compared.
            slots = []
            recent = []
        }
        let measures = reading.worst != nil
        advance(reading, stretches, sampled: sampled, elapsed: measures ? elapsed : nil)
        last = stretches
        open = reading.open
        worst.append(reading.worst?.seconds, after: gap)
        tail.append(reading.isBound ? nil : tailSeconds(reading, sampled: sampled), after: gap)
        strip.append(measures ? LagColumn(growth, over: elapsed, open: reading.open) : LagColumn(), after: gap)
        remember(reading.stall, at: at)
    }

    private mutating func advance(
        _ reading: LagReading, _ stretches: LagHistogram, sampled: MonotonicInstant, elapsed: Duration?
    ) {
        if slots.isEmpty {
            // What came before the first sample took a time that nobody knows.
            slots.append(Slot(began: sampled, stretches: stretches))
        } else {
            let place = slots.count - 1
            slots[place].worst = max(slots[place].worst, reading.worst ?? .zero)
            slots[place].measured += elapsed ?? .zero
            if sampled - slots[place].began >= Self.slotLength {
                slots.append(Slot(began: sampled, stretches: stretches))
                if slots.count > Self.slotsKept { slots.removeFirst() }
            }
        }
        recent.append((sampled, stretches))
        while let oldest = recent.dropFirst().first, sampled - oldest.at >= Self.tailLength { recent.removeFirst() }
    }

    private func tailSeconds(_ reading: LagReading, sampled: MonotonicInstant) -> Double? {
        guard let p99 = reading.p99WithOpen else { return nil }
        guard let oldest = recent.first, sampled > oldest.at, let growth = last.growth(since: oldest.stretches) else {
            return p99.seconds
        }
        let elapsed = max(sampled - oldest.at, Self.tailLength)
        return max(p99, growth.timeWeighted(0.99, over: elapsed)).seconds
    }

    /// Only those that no later one surpasses, so that the first is the longest.
    private mutating func remember(_ stall: SeenStall?, at: MonotonicInstant) {
        if let stall {
            while let newest = stalls.last, newest.stall.length <= stall.length { stalls.removeLast() }
            stalls.append(PastStall(stall: stall, at: at))
        }
        stalls.removeAll { at - $0.at >= Self.stallsKept }
    }

    /// The longest stall of the last minute.
    func longestStall(now: MonotonicInstant) -> PastStall? { stalls.first { now - $0.at < Self.stallsKept } }

    /// Over at most `length`, as far as history goes; `nil` without any.
    func summary(over length: Duration) -> Summary? {
        guard let newest = slots.last else { return nil }
        // The slot under way counts from its beginning, so a slot more than fits would be too long.
        let first = slots.firstIndex { newest.began - $0.began < length } ?? slots.count - 1
        let taken = slots[first...]
        let measured = taken.reduce(Duration.zero) { $0 + $1.measured }
        guard measured > .zero, var growth = last.growth(since: slots[first].stretches) else { return nil }
        if let open { growth.add(open) }
        let highest = growth.counts.isEmpty ? .zero : LagHistogram.lowerBound(ofBucket: growth.counts.count - 1)
        func percentile(_ share: Double) -> Duration { growth.timeWeighted(share, over: measured) }
        return Summary(
            span: measured, max: taken.reduce(highest) { max($0, $1.worst) }, p999: percentile(0.999),
            p99: percentile(0.99), p90: percentile(0.9), p50: percentile(0.5), stretches: growth)
    }
}
