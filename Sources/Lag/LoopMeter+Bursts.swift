public import Model

/// What a loop did between two of its waits for events, as the kernel's record of its switches has it.
public struct LoopBurst: Hashable, Sendable {
    /// When it woke.
    public var from: MonotonicInstant
    /// When it waited again.
    public var to: MonotonicInstant
    /// ns of it that it was runnable without a CPU.
    public var waitNanoseconds: UInt64

    public init(from: MonotonicInstant, to: MonotonicInstant, waitNanoseconds: UInt64) {
        self.from = from
        self.to = to
        self.waitNanoseconds = waitNanoseconds
    }
}

/// Tier `perf`, the common case: what a loop that waits for events did until it waited again.
extension LoopMeter {
    /// Whether bursts can be noted: it waits for events, since a moment that is known.
    public var takesBursts: Bool {
        tier == .perf && isIdle && chain == nil && trail.isKnown && trail.asleepSince != nil
    }

    /// The cheap form of `note` for a loop that waits again where it waited at the last probe, and slept nowhere else in
    /// between. `bursts` are all since then, oldest first; `gap` as there. Does the same as
    /// `note` does of their switches, which are not in `probe`.
    public mutating func note(_ bursts: [LoopBurst], until probe: Probe, gap: Duration) {
        guard takesBursts, let last, let step = Self.step(from: last, to: probe) else {
            var probe = probe
            probe.lostSwitches = true
            return note(probe, gap: gap)
        }
        seenUntil = step.to
        ranLittle = step.run * 2 < step.length
        window.add(step, gap: gap)
        window.voluntary += step.sleeps
        window.involuntary += Self.growth(last.involuntarySwitches, probe.involuntarySwitches) ?? 0
        for burst in bursts {
            let end = trail.time(of: burst.to, until: step.to)
            let start = min(max(burst.from.signed, trail.asleepSince ?? end), end)
            self.bursts.add(end - start)
            let wait = min(Int64(clamping: burst.waitNanoseconds), end - start)
            emit(length: end - start, end: end, spent: Spending(wait: wait))
            trail.asleepSince = end
        }
        self.last = probe
    }
}
