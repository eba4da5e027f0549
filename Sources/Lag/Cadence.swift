public import Model

/// How often one loop is probed.
///
/// Calm: every 50 ms. Alert: every 10 ms, until 30 s after the last sign of trouble. Close: every 5 ms.
///
/// What is a sign of trouble follows from what 50 ms cannot do:
/// - **Asleep outside its loop, or stopped** (`held`), once: alert at once. Counters say nothing of such a wait, only probes
///   do: a wait that no probe met is missed, and one that was met has edges half a period wide. It shows that this loop
///   blocks, and that the next time is to be seen better. While it lasts the look is one read of `schedstat` (0.6 µs) that
///   finds nothing changed, so it is looked at closely to get the end within 2.5 ms. After 30 s of that, calm will do: the
///   end is then wrong by less than a thousandth, and a worker that stays stopped for a day must not cost for a day.
/// - **Busy for 15 ms or more between two sights of it waiting, and for 20 % of that time**: alert. The share keeps a
///   period that was stretched (`ProbeBudget`) from making trouble of light work and so yet more probes. A stall of 40 ms on
///   the CPU or in the run queue never gets past this: its time is in the counters, whether or not a probe met it, and
///   where it was the only burst, in full length.
/// - **Running, once, with less than that**: no alert. A healthy loop at 5 % utilisation (500 wake-ups/s of 0.1 ms) is met
///   running once a second; an alert each time would keep it at 10 ms for ever: 1.2 ms/s where calm costs 0.4, and four
///   times the cost of an idle one. Instead the *next* look comes after 10 ms, and every further one while it keeps
///   running: one cheap extra look a second for that loop, while a stall just begun shows 15 ms of work at the second.
///   So neither does a stall of 40-60 ms that is met once, early, get an edge 50 ms wide.
///
/// Of a loop whose every sleep is recorded, with where it slept (`isRecorded`), looks only have to tell one turn of a long
/// burst from many. Something held is no trouble then, and calm will do; nor is a long wait for a CPU to do next to
/// nothing (`BusyTime.worked`).
///
/// Where notice is given besides of a loop that is at work for 10 ms (`isNoticed`), trouble is remembered for 2 s, and for as long
/// as the loop is busy for 20 % of them. One near saturation needs its looks: with notices alone they come later in each burst, and
/// its turns seem longer. One that was held up once does not, and where CPUs are short for a moment now and then, some loop of a
/// thousand always was within 30 s: looking at that one alone is a wake-up each 10 ms.
///
/// Left out, knowingly: a loop that blocks less than 50 ms at a time, seldom. Each such block goes unseen with a chance of
/// `1 - length / 50 ms` until the first one is met; from then on, for 30 s, all of 10 ms and more are.
public struct Cadence: Sendable {
    public enum Mode: Hashable, Sendable {
        case adaptive
        /// Whatever happens, and whoever looks.
        case fixed(Duration)
    }

    /// What a probe met.
    public enum Sight: Hashable, Sendable {
        /// It waits for events in its own loop.
        case waiting
        /// On a CPU or waiting for one.
        case running
        /// Asleep outside its loop, or stopped.
        case held
    }

    public static let calm = Duration.milliseconds(50)
    public static let alert = Duration.milliseconds(10)
    public static let close = Duration.milliseconds(5)
    /// How long a sign of trouble is remembered, and how long something held is looked at closely.
    public static let memory = Duration.seconds(30)
    public static let noticedMemory = Duration.seconds(2)
    public static let troublingBusy = Duration.milliseconds(15)
    public static let troublingShare = 0.2

    public let mode: Mode
    /// An operator is looking at this worker: close.
    public var isWatched = false
    /// The kernel records each of its sleeps, and where it slept.
    public var isRecorded = false
    /// And notice is given when it has had a CPU for `alert`.
    public var isNoticed = false

    private var last: (sight: Sight, at: MonotonicInstant)?
    private var alertUntil: MonotonicInstant?
    /// Since the last sign of trouble, and how long it was busy since.
    private var alertSince = MonotonicInstant(nanoseconds: 0)
    private var alertBusy = Duration.zero
    /// When it was last met waiting (at first: when it was first looked at), and how long it was busy since.
    private var busySince = MonotonicInstant(nanoseconds: 0)
    private var busy = Duration.zero
    private var heldSince: MonotonicInstant?

    public init(_ mode: Mode = .adaptive) { self.mode = mode }

    /// A probe of the thread. `busy` is what it ran and was runnable since the probe before, by its counters.
    public mutating func note(_ sight: Sight, busy counted: Duration, at now: MonotonicInstant) {
        guard let last else {
            busySince = now
            meet(sight, at: now)
            return
        }
        let gap = max(now - last.at, .zero)
        // Counters move at ticks and switches. Running at both ends and nothing counted: no switch in between, so it ran, or
        // waited for a CPU, all the time. If it ran, the next look finds it counted.
        let unseen = !isRecorded && last.sight == .running && sight == .running && counted <= .zero
        busy += unseen ? gap : min(max(counted, .zero), gap)
        alertBusy += min(max(counted, .zero), gap)
        let isTrouble = busy >= Self.troublingBusy && isMuch(busy, since: busySince, at: now)
        let goesOn = alertUntil.map { now >= $0 && isMuch(alertBusy, since: alertSince, at: now) } ?? false
        if isTrouble || isNoticed && goesOn {
            alertSince = now
            alertBusy = .zero
            alertUntil = now + (isNoticed ? Self.noticedMemory : Self.memory)
        } else if alertUntil.map({ now >= $0 }) ?? false {
            alertUntil = nil
        }
        meet(sight, at: now)
    }

    private func isMuch(_ busy: Duration, since start: MonotonicInstant, at now: MonotonicInstant) -> Bool {
        busy.seconds >= Self.troublingShare * (now - start).seconds
    }

    private mutating func meet(_ sight: Sight, at now: MonotonicInstant) {
        if sight == .held {
            heldSince = heldSince ?? now
            if !isRecorded { alertUntil = now + Self.memory }
        } else {
            heldSince = nil
        }
        if sight == .waiting {
            busySince = now
            busy = .zero
        }
        last = (sight, now)
    }

    /// A sign of trouble is remembered.
    public var isAlert: Bool {
        guard let alertUntil, let last else { return false }
        return last.at < alertUntil
    }

    /// From the last probe to the next, before any stretching.
    public var period: Duration {
        switch mode {
        case .fixed(let period): period
        case .adaptive: isWatched ? Self.close : unwatchedPeriod
        }
    }

    private var unwatchedPeriod: Duration {
        guard let last else { return Self.calm }
        if let heldSince, !isRecorded { return last.at - heldSince < Self.memory ? Self.close : Self.calm }
        return isAlert || last.sight == .running ? Self.alert : Self.calm
    }
}
