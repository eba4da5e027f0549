public import Model

/// The lag of one loop thread: probes in, windows out.
///
/// Between two probes the kernel's counters say how long the thread ran, waited for a CPU, and how often it gave the CPU up
/// by itself. A thread that sleeps in its own event wait is *idle*; while it is found running, blocked elsewhere or
/// stopped, a *chain* is open: a stretch in which the loop was never seen to wait for events. When it is idle again the
/// chain closes, and is cut where the worker's sockets show that the loop turned. docs/LAG.md tells it all. Large, so not to be copied.
public struct LoopMeter: ~Copyable, Sendable {
    enum Phase: Equatable, Sendable {
        case idle, running, stopped
        case blocked(SystemCall?)
    }

    /// What the counters say of the time between two probes, in ns.
    struct Step {
        var from: Int64
        var to: Int64
        var run: Int64 = 0
        var wait: Int64 = 0
        /// Voluntary switches.
        var sleeps: Int64 = 0
        var throttled: Int64 = 0

        var length: Int64 { to - from }
        var busy: Int64 { min(run + wait, length) }
        var idle: Int64 { length - busy }
    }

    /// A running thread's evidence is asked for this long after it was last of use.
    private static let evidenceMemory: Int64 = 2_000_000_000
    /// While a loop turns many times between two looks, looking this seldom is enough.
    private static let saturatedLook: Int64 = 9_000_000

    public let tier: LagTier
    public private(set) var kind: LoopKind
    /// How far the kernel's run time can be behind for a thread that runs, in ns.
    let tick: Int64
    /// The loop's own descriptor: the lowest this thread was ever seen waiting on. Nested loops are on others.
    public private(set) var epollDescriptor: UInt64?
    var window = WindowSums(start: 0)
    /// The first probe of those that follow one another.
    private var watchedSince: MonotonicInstant?
    var last: Probe?
    var lastPhase = Phase.idle
    var chain: BusyChain?
    var bursts = RecentMedian()
    /// What one turn costs while the loop is saturated.
    var turnCosts = RecentMedian()
    /// Whether the worker's sockets could be looked at, when last asked for; `nil` before.
    var knowsSockets: Bool?
    private var evidenceUsed: Int64?
    var ranLittle = false
    /// Where the last stretch ended, and the time of the newest probe.
    private var emittedUntil: Int64 = 0
    var seenUntil: Int64 = 0
    var trail = SwitchTrail()

    /// `tick` is the kernel's: 1 to 10 ms. `epollDescriptor` where it is known already.
    public init(tier: LagTier, kind: LoopKind, tick: Duration, epollDescriptor: UInt64? = nil) {
        self.tier = tier
        self.kind = kind
        self.tick = tick.nanoseconds
        self.epollDescriptor = epollDescriptor
    }

    /// What else a probe of a thread at `place` should read; `slicesChanged` compares with the probe before.
    public func needs(at place: Probe.Place, slicesChanged: Bool, now: MonotonicInstant) -> ProbeNeeds {
        // The records of switches count them, too.
        var needs: ProbeNeeds = slicesChanged && !(tier == .perf && trail.isKnown) ? .switchCounts : []
        guard tier > .utilisation else { return needs }
        let isIdle = isIdle(place)
        // From the beginning to the end: the kernel books throttled time when it is over.
        if chain != nil || !isIdle { needs.insert(.throttled) }
        guard !isIdle else { return needs }
        if knowsSockets != true { needs.insert(.calls) }
        let recently = evidenceUsed.map { now.signed - $0 < Self.evidenceMemory } ?? false
        if lastPhase != .idle || recently {
            let looked = chain.map { $0.isSaturated && now.signed - $0.evidenceAt < Self.saturatedLook } ?? false
            // Where it sleeps, what it did before is to be told apart from what it does after.
            if !looked || place != .running { needs.insert(.sockets) }
        }
        if chain != nil, ranLittle { needs.insert(.runnable) }
        return needs
    }

    /// A probe older than the last one, or of another thread (its counters shrank), begins anew. `gap` is the longest time in
    /// which nobody would have noticed what it did, where that is less than the time since the probe before.
    public mutating func note(_ probe: Probe, gap: Duration? = nil) {
        defer { last = probe }
        let phase = phase(at: probe.place)
        defer { lastPhase = phase }
        guard let last, let step = Self.step(from: last, to: probe) else {
            chain = nil
            trail = SwitchTrail()
            emittedUntil = probe.at.signed
            seenUntil = emittedUntil
            if window.start == 0 || probe.at.signed < window.start { window = WindowSums(start: probe.at.signed) }
            if tier == .perf { trail.begin(probe, isIdle: phase == .idle) }
            watchedSince = probe.at
            if phase != .idle, tier > .utilisation { open(at: probe.at.signed, probe: probe, isFloor: true) }
            return
        }
        seenUntil = step.to
        count(step, from: last, to: probe, gap: gap)
        guard tier > .utilisation else { return }
        ranLittle = step.run * 2 < step.length
        if tier == .perf, !probe.lostSwitches, trail.isKnown {
            follow(step, phase: phase, probe: probe)
        } else {
            follow(step, from: lastPhase, to: phase, last: last, probe: probe)
            if tier == .perf { trail.begin(probe, isIdle: phase == .idle) }
        }
    }

    /// The cheap form of `note`: a thread that was asleep did not get a CPU since, so everything else is as it was; `gap` as
    /// there.
    public mutating func noteUnchanged(at now: MonotonicInstant, gap: Duration? = nil) {
        guard let before = last?.at, now > before else { return }
        if chain == nil, lastPhase == .idle, trail.isKnown || tier != .perf {
            // Nearly every probe of nearly every worker: nothing is copied.
            last?.at = now
            seenUntil = now.signed
            window.add(Step(from: before.signed, to: now.signed), gap: gap)
            return
        }
        guard var probe = last else { return }
        probe.at = now
        probe.sockets = nil
        probe.calls = nil
        probe.switches = []
        probe.lostSwitches = false
        note(probe, gap: gap)
        chain?.standStill(until: now.signed)
    }

    /// The age of the stretch that is going on, as of the last probe; zero while the loop waits for events.
    public var openFor: Duration {
        guard let chain, let last else { return .zero }
        return .nanoseconds(max(0, last.at.signed - chain.openStart))
    }

    /// When that stretch began, as far as is known; `nil` while the loop waits for events.
    public var openSince: MonotonicInstant? { chain.map { instant($0.openStart) } }

    /// Whether the last probe found the loop waiting for events.
    public var isIdle: Bool { last != nil && lastPhase == .idle }

    /// The wait this thread is blocked in, where it is an event wait on another descriptor than the loop's: a nested
    /// loop, or a new one that took the place of the old.
    public var foreignDescriptor: UInt64? {
        guard let last, lastPhase != .idle, case .call(let call, let descriptor) = last.place, call.loopKind == .epoll
        else { return nil }
        return descriptor
    }

    /// What it waits in was not known until now. What is going on goes on.
    public mutating func learn(_ kind: LoopKind) { self.kind = kind }

    /// The loop was made anew: from here on it waits on `descriptor`. What looked blocked was not.
    public mutating func adopt(epollDescriptor descriptor: UInt64) {
        epollDescriptor = descriptor
        chain = nil
        last = nil
        trail = SwitchTrail()
    }

    /// Ends the window and begins the next.
    public mutating func close(at now: MonotonicInstant) -> LagWindow {
        let end = max(now.signed, window.start)
        var result = window.window(until: end, tier: tier, open: tier > .utilisation ? openStall(at: end) : nil)
        result.watchedSince = watchedSince
        window.begin(at: end)
        return result
    }

    private func openStall(at now: Int64) -> Stall? {
        guard let chain, !(chain.isSaturated && knowsSockets == true) else { return nil }
        let length = now - chain.openStart
        guard length >= LagWindow.shortestStall.nanoseconds else { return nil }
        var spent = chain.spentSoFar
        // Since the last probe it goes on as it was.
        let rest = now - (last?.at.signed ?? now)
        if case .blocked(let call) = lastPhase { spent.block(rest, in: call) }
        if lastPhase == .stopped { spent.stopped += rest }
        let isBound = isBound(length, spent)
        return Stall(
            end: instant(now), length: .nanoseconds(length), cause: spent.cause(of: length, isOpen: true, tick: tick),
            isBound: isBound, isFloor: chain.openIsFloor && !isBound, runnable: spent.wait > 0 ? spent.runnable : nil)
    }
}

extension LoopMeter {
    static func step(from last: Probe, to probe: Probe) -> Step? {
        guard probe.at > last.at, probe.runNanoseconds >= last.runNanoseconds,
            probe.waitNanoseconds >= last.waitNanoseconds, probe.timeslices >= last.timeslices
        else { return nil }
        let length = probe.at.signed - last.at.signed
        guard length <= longest else { return nil }
        let run = probe.runNanoseconds - last.runNanoseconds
        let wait = probe.waitNanoseconds - last.waitNanoseconds
        return Step(
            from: last.at.signed, to: probe.at.signed,
            // A tick that was booked late can make it more than the time that passed.
            run: min(Int64(clamping: run), 2 * length), wait: min(Int64(clamping: wait), longest),
            sleeps: growth(last.voluntarySwitches, probe.voluntarySwitches)
                ?? growth(last.timeslices, probe.timeslices) ?? 0,
            throttled: growth(last.throttledNanoseconds, probe.throttledNanoseconds) ?? 0)
    }

    /// 13 days: beyond that nothing is measured, it only keeps sums from overflowing.
    private static let longest: Int64 = 1 << 50

    static func growth(_ old: UInt64?, _ new: UInt64?) -> Int64? {
        guard let old, let new, new >= old else { return nil }
        return min(Int64(clamping: new - old), longest)
    }

    private mutating func count(_ step: Step, from last: Probe, to probe: Probe, gap: Duration?) {
        window.add(step, gap: gap)
        if tier == .perf, !probe.lostSwitches {
            window.voluntary += Int64(probe.switches.count { $0.kind == .sleep })
            window.involuntary += Int64(probe.switches.count { $0.kind == .preempted })
        } else {
            window.voluntary += step.sleeps
            window.involuntary += Self.growth(last.involuntarySwitches, probe.involuntarySwitches) ?? 0
        }
    }

    func isIdle(_ place: Probe.Place) -> Bool {
        switch place {
        case .running, .outside, .stopped: return false
        case .asleep(let inEventWait): return inEventWait
        case .call(.restart, _): return kind == .poll  // poll(2) goes on as this after a stop
        case .call(let call, let argument):
            guard let waits = call.loopKind else { return false }
            if kind != .unknown, kind != waits { return false }
            return waits != .epoll || argument <= (epollDescriptor ?? .max)
        }
    }

    mutating func phase(at place: Probe.Place) -> Phase {
        if isIdle(place) {
            if case .call(let call, let argument) = place, call.loopKind == .epoll { epollDescriptor = argument }
            return .idle
        }
        switch place {
        case .running: return .running
        case .stopped: return .stopped
        case .call(let call, _): return .blocked(call)
        case .outside, .asleep: return .blocked(nil)
        }
    }

    mutating func open(
        at start: Int64, probe: Probe, idle: (at: Int64, work: UInt64)? = nil, isFloor: Bool = false
    ) {
        chain = BusyChain(start: start, firstBusy: probe.at.signed, idle: idle, isFloor: isFloor)
        look(probe)
    }

    /// Takes what a probe shows of the worker's connections, and ends the chain's interval there.
    mutating func look(_ probe: Probe) {
        guard var chain else { return }
        let now = probe.at.signed
        defer { self.chain = chain }
        var pieces: [BusyChain.Piece] = []
        if let sockets = probe.sockets {
            knowsSockets = true
            evidenceUsed = now
            if let before = chain.evidence, now > chain.evidenceAt {
                let interval = interval(from: before, to: sockets, chain.evidenceAt, now, in: chain)
                chain.append(interval, unreadSince: sockets.unreadSince?.signed, pieces: &pieces)
            }
            chain.evidence = sockets
            chain.evidenceAt = now
        } else if knowsSockets != true, let calls = probe.calls {
            if let before = chain.calls, now > chain.evidenceAt {
                let done = min(
                    Self.growth(before.reads, calls.reads) ?? 0, Self.growth(before.writes, calls.writes) ?? 0)
                let served = done.multipliedReportingOverflow(by: turnCosts.value() ?? 100_000)
                let interval = BusyChain.Interval(
                    start: chain.evidenceAt, end: now, verdict: done > 0 ? .perhaps : .still,
                    turn: (now - chain.evidenceAt) / 2, served: served.overflow ? nil : served.partialValue,
                    spent: Spending())
                if done > 0, chain.isSaturated { turnCosts.add((now - chain.evidenceAt) / done) }
                chain.append(interval, unreadSince: nil, pieces: &pieces)
            }
            chain.calls = calls
            chain.evidenceAt = now
        }
        emit(pieces)
    }

    private mutating func interval(
        from before: SocketEvidence, to after: SocketEvidence, _ start: Int64, _ end: Int64, in chain: BusyChain
    ) -> BusyChain.Interval {
        let length = end - start
        let turns = Self.growth(before.turns, after.turns) ?? 0
        let moved = after.consumedBytes > before.consumedBytes && after.sentBytes > before.sentBytes
        if turns > 0, chain.isSaturated { turnCosts.add(length / turns) }
        // Of an interval that turned at least once, and nobody knows how often, half is the best guess.
        let turn = turns > 0 ? min(turnCosts.value() ?? length / turns, length / 2) : length / 2
        let (served, overflow) = turn.multipliedReportingOverflow(by: turns)
        return BusyChain.Interval(
            start: start, end: end, verdict: turns > 0 ? .turned : moved ? .perhaps : .still, turn: turn,
            served: turns > 0 && !overflow ? served : nil, spent: Spending())
    }

    mutating func closeChain(at end: Int64) {
        guard var chain else { return }
        var pieces: [BusyChain.Piece] = []
        chain.close(at: end, pieces: &pieces)
        self.chain = nil
        emit(pieces)
    }

    mutating func emit(_ pieces: [BusyChain.Piece]) {
        for each in pieces { emit(length: each.length, end: each.end, spent: each.spent, isFloor: each.isFloor) }
    }

    /// A stretch is over. Its place is less certain than its length: it is moved behind the one before where they overlap.
    mutating func emit(length: Int64, end: Int64, spent: Spending, isFloor: Bool = false) {
        let end = max(end, min(emittedUntil + length, seenUntil))
        let length = min(length, end - emittedUntil)
        guard length > 0 else { return }
        emittedUntil = end
        let bound = isBound(length, spent)
        window.add(length, isBound: bound, isFloor: isFloor)
        guard length >= LagWindow.shortestStall.nanoseconds else { return }
        let cause = spent.cause(of: length, isOpen: false, tick: tick)
        window.add(
            Stall(
                end: instant(end), length: .nanoseconds(length), cause: cause, isBound: bound,
                isFloor: isFloor && !bound, runnable: spent.wait * 5 > length ? spent.runnable : nil))
    }

    /// A long stretch of work of a loop whose connections cannot be looked at may have been many turns.
    private func isBound(_ length: Int64, _ spent: Spending) -> Bool {
        knowsSockets == false && length >= 20_000_000 && (spent.blocked + spent.stopped) * 2 < length
    }

    /// The next probe was to read sockets, and the worker's are of a kind that tells nothing.
    public mutating func noteNoSockets() { knowsSockets = false }
}
