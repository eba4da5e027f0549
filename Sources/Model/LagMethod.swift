/// How a worker's lag was made, best last. The raw value is its number on the wire: never reused.
public enum LagTier: UInt8, Comparable, Sendable, CaseIterable {
    /// Scheduler counters only: a utilisation and no lag.
    case utilisation = 0
    /// Probes without `/proc/<pid>/task/<tid>/syscall`: a nested loop looks like the loop itself.
    case nosys = 1
    /// Probes with the system call the loop sleeps in, and evidence from its sockets.
    case proc = 2
    /// As `proc`, with the kernel's own record of each switch (perf_event_open(2), `PERF_RECORD_SWITCH`).
    case perf = 3

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// As flags, JSON and screens write it.
    public var word: String {
        switch self {
        case .utilisation: "utilisation"
        case .nosys: "nosys"
        case .proc: "proc"
        case .perf: "perf"
        }
    }
}

/// How much one window's lag is worth. The raw value is its number on the wire: never reused.
public enum LagQuality: UInt8, Sendable, CaseIterable {
    /// No lag is claimed.
    case none = 0
    /// "At most": nothing told whether the loop turned within a busy stretch.
    case bound = 1
    /// Stretches with edges that were seen.
    case exact = 2
    /// "At least": a stretch was going on when watching began. In a sum: something in it is not known as well.
    case floor = 3

    public var word: String {
        switch self {
        case .none: "none"
        case .bound: "bound"
        case .exact: "exact"
        case .floor: "floor"
        }
    }
}

/// What the loop of a worker waits in. The raw value is its number on the wire: never reused.
public enum LoopKind: UInt8, Sendable, CaseIterable {
    /// Not looked at long enough.
    case unknown = 0
    case epoll = 1
    case poll = 2
    case select = 3
    case ioUring = 4
    /// It has none: a thread per request, or one request at a time.
    case none = 5

    public var word: String {
        switch self {
        case .unknown: "unknown"
        case .epoll: "epoll"
        case .poll: "poll"
        case .select: "select"
        case .ioUring: "io_uring"
        case .none: "none"
        }
    }
}

/// Everything about a window's lag that is not a number, in one column of a row (`WorkerField.lagMethod`).
public struct LagMethod: Hashable, Sendable {
    public var tier: LagTier
    public var quality: LagQuality
    public var kind: LoopKind
    /// By evidence: a stall open beyond the bound, or data that waits unread.
    public var isHung: Bool
    /// The agent keeps its probing budget: probes come much less often than they should (`ProbeBudget.isSlowed`).
    public var isStretched: Bool

    public init(
        tier: LagTier, quality: LagQuality, kind: LoopKind, isHung: Bool = false, isStretched: Bool = false
    ) {
        self.tier = tier
        self.quality = quality
        self.kind = kind
        self.isHung = isHung
        self.isStretched = isStretched
    }

    /// Bits 0-2 tier, 3-4 quality, 5-8 kind, 9 hung, 10 stretched. Part of the wire format.
    public var packed: UInt64 {
        UInt64(tier.rawValue) | UInt64(quality.rawValue) << 3 | UInt64(kind.rawValue) << 5
            | (isHung ? 1 << 9 : 0) | (isStretched ? 1 << 10 : 0)
    }

    /// `nil` for what this version does not know.
    public init?(packed: UInt64) {
        guard packed < 1 << 11, let tier = LagTier(rawValue: UInt8(packed & 7)),
            let quality = LagQuality(rawValue: UInt8(packed >> 3 & 3)),
            let kind = LoopKind(rawValue: UInt8(packed >> 5 & 15))
        else { return nil }
        self.init(
            tier: tier, quality: quality, kind: kind, isHung: packed & 1 << 9 != 0, isStretched: packed & 1 << 10 != 0)
    }
}
