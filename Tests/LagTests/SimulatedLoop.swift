import Lag
import Model

/// A thread with an event loop, simulated: what it does in turn, and what a kernel would show of it at any moment.
struct SimulatedLoop {
    enum Act {
        /// Waits for events in its own epoll.
        case rest
        case work
        /// Runnable without a CPU.
        case queue
        case block(SystemCall)
        case stop
    }

    static let tick: UInt64 = 4_000_000
    static let epollDescriptor: UInt64 = 5
    static let start: UInt64 = 1_000_000_000_000

    private struct Step {
        var from: UInt64
        var to: UInt64
        var act: Act
    }

    private var steps: [Step] = []
    private(set) var now = start
    /// One turn of the loop at a time: from an end of rest to the next begin of it, or between `turn()`s.
    private(set) var turns: [(start: UInt64, end: UInt64)] = []
    private var turnStart: UInt64?
    var clients = SimulatedClients(0)

    mutating func doing(_ act: Act, for duration: Duration) {
        let length = UInt64(max(0, duration.nanoseconds))
        guard length > 0 else { return }
        switch (steps.last?.act, act) {
        case (.rest?, .block), (.rest?, .stop), (.block?, .stop), (.stop?, .block), (.block?, .rest), (.stop?, .rest):
            // Nothing gets from one sleep to the next without a CPU: a signal is taken by the thread itself.
            doing(.work, for: .microseconds(20))
        default: break
        }
        if case .rest = act {
            endTurn()
        } else if turnStart == nil {
            turnStart = now
        }
        steps.append(Step(from: now, to: now + length, act: act))
        now += length
    }

    /// Asks for events and gets some at once.
    mutating func turn() {
        guard turnStart != nil else { return }
        endTurn()
        turnStart = now
    }

    /// Serves each of the clients once, which takes `cost` each, in one turn.
    mutating func serveAll(cost: Duration) {
        for client in 0..<clients.count {
            doing(.work, for: cost)
            clients.serve(client, at: now)
        }
        turn()
    }

    private mutating func endTurn() {
        if let turnStart, now > turnStart { turns.append((turnStart, now)) }
        turnStart = nil
    }

    /// What the kernel shows at `at`, and, with `since`, what it recorded after that: in full where a BPF program does.
    func probe(at: UInt64, recordsSince since: UInt64? = nil, inFull: Bool = false) -> Probe {
        var probe = Probe(
            at: MonotonicInstant(nanoseconds: at), runNanoseconds: 0, waitNanoseconds: 0, timeslices: 0,
            place: .call(.epollPwait, firstArgument: Self.epollDescriptor), voluntarySwitches: 0,
            involuntarySwitches: 0)
        var ran = false
        var queued: UInt64 = 0
        for step in steps where step.from <= at {
            let isNow = at < step.to
            switch step.act {
            case .work:
                if !ran {
                    probe.timeslices += 1
                    record(.into, at: step.from, since, &probe, wait: inFull ? queued : nil)
                    queued = 0
                }
                // Booked at ticks while it runs, exactly when it stops.
                let booked = isNow ? max(step.from, at - at % Self.tick) : step.to
                probe.runNanoseconds += booked - step.from
                if isNow { probe.place = .running }
                ran = true
            case .queue:
                if ran {
                    probe.involuntarySwitches? += 1
                    record(.preempted, at: step.from, since, &probe)
                }
                queued = step.to - step.from
                if isNow { probe.place = .running } else { probe.waitNanoseconds += queued }
                ran = false
            case .rest, .block, .stop:
                let place: Probe.Place =
                    switch step.act {
                    case .block(let call): .call(call, firstArgument: 99)
                    case .stop: .stopped
                    default: .call(.epollPwait, firstArgument: Self.epollDescriptor)
                    }
                if ran {
                    probe.voluntarySwitches? += 1
                    record(.sleep, at: step.from, since, &probe, place: inFull ? place : nil)
                }
                if isNow { probe.place = place }
                ran = false
            }
        }
        return probe
    }

    private func record(
        _ kind: Probe.Switch.Kind, at: UInt64, _ since: UInt64?, _ probe: inout Probe, place: Probe.Place? = nil,
        wait: UInt64? = nil
    ) {
        guard let since, at > since, at <= probe.at.nanoseconds else { return }
        probe.switches.append(
            Probe.Switch(at: MonotonicInstant(nanoseconds: at), kind: kind, place: place, waitNanoseconds: wait))
    }

    /// Probes it every `period` from `offset` on, closes a window every second, and gives the windows.
    func measured(
        tier: LagTier = .proc, every period: Duration, offset: Duration = .zero, inFull: Bool = false
    ) -> [LagWindow] {
        var clients = clients
        var meter = LoopMeter(tier: tier, kind: .epoll, tick: .nanoseconds(Int64(Self.tick)))
        var windows: [LagWindow] = []
        var at = Self.start + UInt64(offset.nanoseconds)
        var since: UInt64?
        var windowEnd = Self.start + 1_000_000_000
        var before: Probe?
        while at <= now {
            while at >= windowEnd {
                windows.append(meter.close(at: MonotonicInstant(nanoseconds: windowEnd)))
                windowEnd += 1_000_000_000
            }
            var probe = probe(at: at, recordsSince: tier == .perf ? since ?? at : nil, inFull: inFull)
            if let before, before.timeslices == probe.timeslices, before.place.isAsleep, probe.place.isAsleep,
                before.runNanoseconds == probe.runNanoseconds, probe.switches.isEmpty
            {
                meter.noteUnchanged(at: probe.at)
            } else {
                let changed = before?.timeslices != probe.timeslices
                let needs = meter.needs(at: probe.place, slicesChanged: changed, now: probe.at)
                if needs.contains(.sockets), clients.count > 0 { probe.sockets = clients.look(at: at) }
                meter.note(probe)
            }
            before = probe
            since = at
            at += UInt64(period.nanoseconds)
        }
        windows.append(meter.close(at: MonotonicInstant(nanoseconds: max(now, windowEnd - 1_000_000_000))))
        return windows
    }
}
