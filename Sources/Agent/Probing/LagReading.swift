import Lag
import Model

/// What is known of one worker's lag in one window.
struct LagReading: Sendable {
    /// One of its loop threads.
    struct Loop: Sendable {
        var tid: Int32
        var kind: LoopKind
        /// Its epoll set holds a socket.
        var isServing: Bool
        var window: LagWindow
    }

    var pid: Int32
    /// `nil` for one that is known by its pid only.
    var worker: WorkerID?
    /// That of the loop that counts: the worst that serves, else the main thread's, else the worst.
    var window: LagWindow
    var kind: LoopKind
    /// How many loop threads are probed.
    var loopThreads: Int
    /// The loops that do not count.
    var others: [Loop]
    var hung: HungRule.Reason?
    /// Time between two probes as planned at the end of the window.
    var period: Duration
    /// To keep the budget, probes come much less often than they should.
    var isStretched: Bool
    /// CPU time of the probing thread in this window, divided by the workers it probes.
    var agentCPU: Duration
    /// Stretches since the worker is probed.
    var stretches: LagHistogram
    /// The window's open stall was over at a later look.
    var openHasEnded = false

    var isHung: Bool { hung != nil }

    var method: LagMethod {
        LagMethod(
            tier: window.tier, quality: window.quality, kind: kind, isHung: isHung, isStretched: isStretched)
    }
}

extension LagReading {
    /// Fills the lag columns of a worker's row that is told at `now`. What is not known is cleared.
    func fill(_ row: inout WorkerRow, at now: MonotonicInstant) {
        let open = openStall(at: now)
        row[.lagMaxMicroseconds] = Self.microseconds(window.max)
        row[.lagP99Microseconds] = Self.microseconds(window.p99)
        row[.lagP50Microseconds] = Self.microseconds(window.p50)
        let claimsLag = window.quality != .none
        row[.openStallMicroseconds] = claimsLag ? Self.microseconds(open?.length ?? .zero) : nil
        let longest = window.longest(with: open)
        row[.stallCause] = longest?.cause.packed
        row[.stallRunnable] = longest?.runnable.map(UInt64.init)
        row[.probeGapMicroseconds] = Self.roughly(window.probeGapMax)
        row[.loopUtilisationPermille] = Self.permille(window.utilisation)
        row[.loopRunQueuePermille] = Self.permille(window.runQueue)
        row[.loopBlockedPermille] = Self.permille(window.blocked)
        row[.lagMethod] = method.packed
        row[.probePeriodMicroseconds] = UInt64(max(0, period.nanoseconds) / 1000)
    }

    /// A stall that was open at the window's end, and at every look since, is older by now.
    private func openStall(at now: MonotonicInstant) -> Stall? {
        guard !openHasEnded, var open = window.open, now > window.end else { return window.open }
        open.length = open.length + (now - window.end)
        return open
    }

    /// How much time the window's stretches were looked for in; zero where no lag is claimed.
    var claimedTime: Duration { window.quality == .none ? .zero : window.end - window.start }

    /// In hundreds, to save bytes: below that it is noise.
    private static func microseconds(_ length: Duration?) -> UInt64? {
        length.map { UInt64(max(0, $0.nanoseconds + 50_000) / 100_000) * 100 }
    }

    /// To 5 ms: it differs by a little each second, and only a large one is of interest.
    private static func roughly(_ gap: Duration) -> UInt64 {
        UInt64(max(0, gap.nanoseconds + 2_500_000) / 5_000_000) * 5000
    }

    private static func permille(_ share: Double?) -> UInt64? {
        share.map { UInt64(min(max($0, 0), 1) * 1000 + 0.5) }
    }
}
