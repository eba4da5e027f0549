public import Model

/// One look at one thread that runs an event loop. What was not read, or may not be, is `nil`.
public struct Probe: Equatable, Sendable {
    public var at: MonotonicInstant
    /// ns the thread ran, ns it was runnable without a CPU, times it got one: `/proc/<pid>/task/<tid>/schedstat`. The first
    /// is up to a tick behind while it runs, the second grows only when it gets a CPU.
    public var runNanoseconds: UInt64
    public var waitNanoseconds: UInt64
    public var timeslices: UInt64
    public var place: Place
    /// Times it gave up the CPU by itself, and was taken off: `task/<tid>/sched`, `nr_(in)voluntary_switches`.
    /// Read only when `timeslices` moved: the caller repeats the last ones otherwise.
    public var voluntarySwitches: UInt64?
    public var involuntarySwitches: UInt64?
    /// System calls that read and wrote: `task/<tid>/io`, `syscr` and `syscw`. recv and send do not count there.
    public var calls: CallCounts?
    public var sockets: SocketEvidence?
    /// ns its cgroup was throttled: `cpu.stat`, `throttled_usec` (v1: `throttled_time`).
    public var throttledNanoseconds: UInt64?
    /// Runnable tasks of the machine: `/proc/loadavg`, field 4.
    public var runnable: UInt32?
    /// Tier `perf`: what the kernel recorded since the probe before, oldest first.
    public var switches: [Switch]
    /// Records were lost since the probe before: `switches` says nothing of this interval.
    public var lostSwitches: Bool

    public init(
        at: MonotonicInstant, runNanoseconds: UInt64, waitNanoseconds: UInt64, timeslices: UInt64, place: Place,
        voluntarySwitches: UInt64? = nil, involuntarySwitches: UInt64? = nil, calls: CallCounts? = nil,
        sockets: SocketEvidence? = nil, throttledNanoseconds: UInt64? = nil, runnable: UInt32? = nil,
        switches: [Switch] = [], lostSwitches: Bool = false
    ) {
        self.at = at
        self.runNanoseconds = runNanoseconds
        self.waitNanoseconds = waitNanoseconds
        self.timeslices = timeslices
        self.place = place
        self.voluntarySwitches = voluntarySwitches
        self.involuntarySwitches = involuntarySwitches
        self.calls = calls
        self.sockets = sockets
        self.throttledNanoseconds = throttledNanoseconds
        self.runnable = runnable
        self.switches = switches
        self.lostSwitches = lostSwitches
    }

    /// Where the thread was found.
    public enum Place: Hashable, Sendable {
        /// On a CPU or waiting for one.
        case running
        /// Asleep in a system call, with its first argument (for epoll, the descriptor waited on).
        case call(SystemCall, firstArgument: UInt64)
        /// Asleep outside of any system call (a page fault), or in one that has no number here.
        case outside
        /// Asleep; where is known only as far as the kernel function's name goes: `wchan`, tier `nosys`.
        case asleep(inEventWait: Bool)
        /// Stopped by a signal, a debugger or the freezer.
        case stopped

        /// Whether it can only have changed if the thread got a CPU in between.
        public var isAsleep: Bool { self != .running }
    }

    /// One switch of the thread.
    public struct Switch: Hashable, Sendable {
        public enum Kind: UInt8, Sendable { case into, sleep, preempted }
        public var at: MonotonicInstant
        public var kind: Kind
        /// Where it went to sleep, where the record says so.
        public var place: Place?
        /// ns it was runnable before it got the CPU, where the record says so.
        public var waitNanoseconds: UInt64?

        public init(at: MonotonicInstant, kind: Kind, place: Place? = nil, waitNanoseconds: UInt64? = nil) {
            self.at = at
            self.kind = kind
            self.place = place
            self.waitNanoseconds = waitNanoseconds
        }
    }
}

/// System calls of a thread so far. Source: `/proc/<pid>/task/<tid>/io`.
public struct CallCounts: Hashable, Sendable {
    public var reads: UInt64
    public var writes: UInt64

    public init(reads: UInt64, writes: UInt64) {
        self.reads = reads
        self.writes = writes
    }
}

/// What the connections of a worker show of its loop. Source: `sock_diag(7)`, `tcp_info`.
///
/// Over the connections that are looked at (at most a dozen of the most active). Counters add up differences per
/// connection, so that they never jump when other connections are chosen.
public struct SocketEvidence: Hashable, Sendable {
    /// Bytes taken out of the receive queues so far: `tcpi_bytes_received` less what is queued.
    public var consumedBytes: UInt64
    /// Bytes put into the send queues so far.
    public var sentBytes: UInt64
    /// Bytes that wait unread now.
    public var unreadBytes: UInt64
    /// How often the loop turned so far, at least. A loop serves a connection once a turn, so it turned between two
    /// exchanges (min(Δ`tcpi_data_segs_in`, Δ`tcpi_data_segs_out`)) of one connection. Whenever a connection has e >= 2
    /// exchanges since the counter last grew, it grows by e - 1, and counting begins anew for all: from 1 for this
    /// connection, whose last exchange begins the next turn's proof, from 0 for the others.
    public var turns: UInt64
    /// Since when, at least, the connection that has waited longest had data and was not read from: the first look that saw
    /// it unread, with nothing consumed from it since. A loop that turned would have served it, so this is the age of the
    /// turn that is going on, even while that turn serves other connections. `nil` when none waits. A connection does not
    /// count as waiting once another one had three exchanges meanwhile: then nobody means to read it (back-pressure).
    public var unreadSince: MonotonicInstant?

    public init(
        consumedBytes: UInt64, sentBytes: UInt64, unreadBytes: UInt64, turns: UInt64 = 0,
        unreadSince: MonotonicInstant? = nil
    ) {
        self.consumedBytes = consumedBytes
        self.sentBytes = sentBytes
        self.unreadBytes = unreadBytes
        self.turns = turns
        self.unreadSince = unreadSince
    }
}

/// What a probe should read besides `schedstat` and the thread's place.
public struct ProbeNeeds: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let switchCounts = ProbeNeeds(rawValue: 1)
    public static let calls = ProbeNeeds(rawValue: 2)
    public static let sockets = ProbeNeeds(rawValue: 4)
    public static let runnable = ProbeNeeds(rawValue: 8)
    public static let throttled = ProbeNeeds(rawValue: 16)
}
