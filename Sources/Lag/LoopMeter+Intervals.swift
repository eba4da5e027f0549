import Model

/// Where chains begin and end as far as counters at two probes tell: tiers `proc` and `nosys`.
extension LoopMeter {
    mutating func follow(_ step: Step, from: Phase, to: Phase, last: Probe, probe: Probe) {
        let work = probe.runNanoseconds &+ probe.waitNanoseconds
        switch (from, to) {
        case (.idle, .idle):
            closeChain(at: step.from)  // none is open, unless the loop's descriptor became known just now
            bursts(of: step)
        case (.idle, .running):
            // Bursts that ended before the one that is going on took the usual time.
            let own = step.sleeps == 0 ? step.busy : longest(of: step, bursts: step.sleeps + 1)
            addOthers(step.busy - own, count: step.sleeps)
            // A thread that runs is booked a tick late: without any time on the books it began within the tick.
            let start = step.to - (own == 0 ? min(step.length, tick) / 2 : own)
            let idle = (at: step.from, work: last.runNanoseconds &+ last.waitNanoseconds)
            open(at: start, probe: probe, idle: idle)
            chain?.sleeps = UInt64(step.sleeps)
            chain?.spent.run += max(0, own - step.wait)
            chain?.spent.wait += min(own, step.wait)
        case (.idle, _):
            let own = step.sleeps <= 1 ? step.busy : longest(of: step, bursts: step.sleeps)
            addOthers(step.busy - own, count: step.sleeps - 1)
            open(at: step.to - own - step.idle / 2, probe: probe)
            chain?.isPlain = false
            chain?.spent.run += max(0, own - step.wait)
            chain?.spent.wait += min(own, step.wait)
            spend(step.idle / 2, as: to)
        case (.running, .idle): endRunning(step, work: work)
        case (_, .idle):
            let end = step.from + step.busy + step.idle / 2
            spend(step.idle / 2, as: from)
            bookRunning(step)
            closeChain(at: end)
        case (.running, .running) where sleptInItsWait(step, probe: probe):
            bookRunning(step)
            closeChain(at: step.from + step.busy / 2)
            open(at: step.to - step.busy / 2, probe: probe)
            chain?.isPlain = false
        case (.running, .running):
            bookRunning(step)
            goOn(step, probe: probe)
        default:
            chain?.isPlain = false
            bookRunning(step)
            spend(step.idle, as: to == .running ? from : to)
            goOn(step, probe: probe)
        }
    }

    private mutating func goOn(_ step: Step, probe: Probe) {
        if chain == nil { open(at: step.from, probe: probe) }
        chain?.lastBusy = step.to
        chain?.sleeps &+= UInt64(step.sleeps)
        chain?.spent.crowd(probe.runnable)
        look(probe)
    }

    private mutating func bookRunning(_ step: Step) {
        chain?.spent.run += step.run
        chain?.spent.wait += step.wait
        chain?.spent.throttled += step.throttled
    }

    mutating func spend(_ time: Int64, as phase: Phase) {
        switch phase {
        case .blocked(let call):
            chain?.spent.block(time, in: call)
            window.blocked += time
        case .stopped: chain?.spent.stopped += time
        case .idle, .running: break
        }
    }

    private mutating func endRunning(_ step: Step, work: UInt64) {
        bookRunning(step)
        guard let chain else { return }
        let end = step.from + (step.sleeps <= 1 ? step.busy : longest(of: step, bursts: step.sleeps))
        // One sleep since it was idle, the one it is in: all work since then was this burst, exactly, whatever the period.
        if chain.isPlain, !chain.hasTurned, chain.sleeps + UInt64(step.sleeps) == 1, let idle = chain.idle,
            work >= idle.work
        {
            let worked = min(Int64(clamping: work - idle.work), step.to - idle.at)
            let length = max(worked, chain.lastBusy - chain.firstBusy)
            let spent = chain.spentSoFar
            self.chain = nil
            bursts.add(length)
            emit(length: length, end: min(end, step.to), spent: spent)
        } else {
            addOthers(step.busy - (end - step.from), count: step.sleeps - 1)
            closeChain(at: end)
        }
    }

    /// Between two looks at a running thread: did it wait for events, or only wait a moment within its work (for a lock,
    /// the garbage collector's helpers, a disk)?
    private func sleptInItsWait(_ step: Step, probe: Probe) -> Bool {
        guard step.sleeps >= 1, !isStuck(probe) else { return false }
        return step.idle > max(tick, step.length * 3 / 10) || step.run * 10 < step.length * 3 && step.wait < step.idle
    }

    /// Data waits, and nothing was read since the look before.
    func isStuck(_ probe: Probe) -> Bool {
        guard let before = chain?.evidence, let now = probe.sockets else { return false }
        return now.unreadBytes > 0 && now.consumedBytes <= before.consumedBytes
    }

    /// The thread was idle at both ends: whole bursts.
    private mutating func bursts(of step: Step) {
        guard step.busy > 0 else { return }
        let count = max(1, step.sleeps)
        let own = count == 1 ? step.busy : longest(of: step, bursts: count)
        bursts.add(step.busy / count)
        addOthers(step.busy - own, count: count - 1)
        var spent = Spending()
        spent.run = max(0, own - step.wait)
        spent.wait = min(own, step.wait)
        spent.throttled = step.throttled
        emit(length: own, end: step.to - step.idle / 2, spent: spent)
    }

    /// The longest of `count` bursts that took `step.busy` together: all the others were of the usual length, or all equal.
    private mutating func longest(of step: Step, bursts count: Int64) -> Int64 {
        let mean = step.busy / max(1, count)
        guard let usual = bursts.value() else { return mean }
        let (others, overflow) = usual.multipliedReportingOverflow(by: max(0, count - 1))
        return overflow ? mean : max(mean, step.busy - others)
    }

    private mutating func addOthers(_ time: Int64, count: Int64) {
        guard time > 0, count > 0 else { return }
        window.add(time / count, count: Double(count))
    }
}
