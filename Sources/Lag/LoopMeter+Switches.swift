import Model

/// Where the thread is according to the kernel's records of its switches.
struct SwitchTrail: Sendable {
    /// In step with the thread: false until the first probe and after lost records.
    var isKnown = false
    /// Since when it sleeps; `nil` while it runs or waits for a CPU.
    var asleepSince: Int64?
    /// What probes found this sleep to be.
    var seen: LoopMeter.Phase?
    var preemptedAt: Int64?
    /// Until when sleep was accounted for.
    var spentUntil: Int64 = 0

    /// No record is older than this.
    private var floor: Int64 = 0

    /// The time of the next record: in their order, and none outside of the time that passed. The ring is read a moment
    /// after the clock, and what a kernel writes is input.
    mutating func time(of record: MonotonicInstant, until end: Int64) -> Int64 {
        floor = max(floor, min(record.signed, end))
        return floor
    }

    /// From a probe alone: where a sleep that is going on began is not known then.
    mutating func begin(_ probe: Probe, isIdle: Bool) {
        isKnown = true
        floor = probe.at.signed
        preemptedAt = nil
        asleepSince = probe.place.isAsleep ? probe.at.signed : nil
        seen = isIdle ? .idle : nil
    }
}

/// Tier `perf`: the edges of bursts are known to the microsecond. What a sleep was for the record says, or probes do, or its
/// length.
extension LoopMeter {
    /// A sleep no probe saw is part of the work when shorter than this (a lock, the garbage collector's helpers) ...
    private static let momentary: Int64 = 400_000
    /// ... and the loop's own wait when longer than this, unless data waits unread.
    private static let restful: Int64 = 2_000_000

    mutating func follow(_ step: Step, phase: Phase, probe: Probe) {
        let isStuck = isStuck(probe)
        var rest = wakeUpWait(step, probe.switches)
        for record in probe.switches {
            let at = trail.time(of: record.at, until: step.to)
            switch record.kind {
            case .sleep:
                trail.preemptedAt = nil
                trail.asleepSince = at
                trail.seen = record.place.map { self.phase(at: $0) }
            case .preempted: trail.preemptedAt = at
            case .into:
                if let gap = trail.preemptedAt.map({ at - $0 }), gap > 0 { chain?.spent.wait += gap }
                trail.preemptedAt = nil
                guard let since = trail.asleepSince else { continue }
                trail.asleepSince = nil
                let known = record.waitNanoseconds.map { min(Int64(clamping: $0), at - since) }
                let wait = known ?? rest.take(of: at - since)
                wake(since: since, at: at - wait, wait: wait, probe: probe, step: step, isStuck: isStuck)
            }
        }
        if let since = trail.asleepSince, since <= step.to {
            trail.seen = phase == .running ? trail.seen : phase
            if phase == .idle { end(at: since) } else { spendSleep(until: step.to) }
        } else if chain == nil, phase != .idle {
            open(at: step.to, probe: probe)
        }
        guard let start = chain?.start else { return }
        chain?.isPlain = false
        chain?.lastBusy = step.to
        chain?.spent.run += min(step.run, step.to - max(start, step.from))
        chain?.spent.throttled += step.throttled
        chain?.spent.crowd(probe.runnable)
        look(probe)
    }

    private mutating func end(at time: Int64) {
        guard let chain else { return }
        bursts.add(max(0, time - chain.start))
        closeChain(at: time)
    }

    /// The thread got a CPU after a sleep: it woke `wait` before that, at `at`.
    private mutating func wake(
        since: Int64, at: Int64, wait: Int64, probe: Probe, step: Step, isStuck: Bool
    ) {
        let slept = max(0, at - since)
        let wasIdle: Bool
        switch trail.seen {
        case .idle: wasIdle = true
        case .blocked, .stopped: wasIdle = false
        case .running, nil:
            if slept < Self.momentary || isStuck {
                wasIdle = false
            } else {
                wasIdle = slept > Self.restful || step.idle * 10 > step.length * 3
            }
        }
        if wasIdle {
            if chain != nil { end(at: since) }
            chain = BusyChain(start: at, firstBusy: at)
        } else if slept >= Self.momentary || trail.seen != nil {
            if chain == nil { chain = BusyChain(start: since, firstBusy: since) }
            trail.asleepSince = since
            trail.seen = trail.seen ?? .blocked(nil)
            spendSleep(until: at)
        }
        trail.asleepSince = nil
        chain?.spent.wait += wait
        trail.seen = nil
    }

    /// What a sleep outside the loop took since it was last accounted for.
    private mutating func spendSleep(until now: Int64) {
        guard let since = trail.asleepSince, let seen = trail.seen, now > max(since, trail.spentUntil) else { return }
        spend(now - max(since, trail.spentUntil), as: seen)
        trail.spentUntil = now
    }

    /// The kernel does not record wake-ups. What of the wait for a CPU did not follow a preemption followed a wake-up:
    /// of the longest sleep first.
    private func wakeUpWait(_ step: Step, _ switches: [Probe.Switch]) -> WakeUpWait {
        guard switches.contains(where: { $0.kind == .into && $0.waitNanoseconds == nil }) else { return WakeUpWait() }
        var trail = trail
        var preempted = trail.preemptedAt
        var asleep = trail.asleepSince
        var gaps: Int64 = 0
        var sleeps: [Int64] = []
        for record in switches {
            let at = trail.time(of: record.at, until: step.to)
            switch record.kind {
            case .sleep:
                asleep = at
                preempted = nil
            case .preempted: preempted = at
            case .into:
                if let preempted { gaps += max(0, at - preempted) }
                preempted = nil
                if let asleep { sleeps.append(max(0, at - asleep)) }
                asleep = nil
            }
        }
        return WakeUpWait(rest: max(0, step.wait - gaps), sleeps: sleeps)
    }

    private struct WakeUpWait {
        private var shares: [Int64: Int64] = [:]

        init() {}

        init(rest: Int64, sleeps: [Int64]) {
            var rest = rest
            for sleep in sleeps.sorted(by: >) where rest > 0 && shares[sleep] == nil {
                shares[sleep] = min(sleep, rest)
                rest -= min(sleep, rest)
            }
        }

        mutating func take(of sleep: Int64) -> Int64 { shares.removeValue(forKey: sleep) ?? 0 }
    }
}
