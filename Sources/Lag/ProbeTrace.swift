public import Model

/// What was asked of the meters of some loops, in order, so that it can be asked again: a recording of `looptop-agent
/// observe --record`, and a fixture of the tests.
///
/// Text, one record to a line, words apart by one blank; `#` begins a comment line. Loops are numbered from 0 as they
/// appear, and each line after the first names its loop:
///
///     looptop-probes 1
///     L 0 pid tid tier kind tick at [eFD]  a loop: tick in ns, `at` in ns of CLOCK_MONOTONIC, its epoll descriptor if known
///     P 0 +dt run wait slices place ...    a probe, dt ns after the loop's line before
///     = 0 +dt                              nothing moved since the probe before
///     W 0 +dt                              its window was closed
///     A 0 +dt FD                           it was made anew, on that epoll descriptor
///
/// A place is `R` (running), `cNUMBER:ARGUMENT` (in a system call by its x86-64 number, argument in hex), `o` (asleep
/// outside of one), `e` or `a` (asleep, in an event wait or not), `T` (stopped). What a probe read besides follows as
/// words: `v` and `i` voluntary and involuntary switches, `cREADS:WRITES` calls, `sCONSUMED:SENT:UNREAD:TURNS` bytes and
/// turns, `u` ns that the longest waiting data has waited, `t` ns throttled, `q` runnable tasks, `!` lost switches, and the
/// switches themselves as `>`, `<` or `x` (into, sleep, preempted) with ns from the line's loop's line before:
/// `v45 i3 c10:12 s100:2000:0:7 >1200 <3400`. Where the record says so, the ns it waited for the CPU follow a `>`, and the
/// place a `<`: `>1200:350 <3400:c232:5`.
public struct ProbeTrace: Equatable, Sendable {
    public static let header = "looptop-probes 1"

    public struct Loop: Equatable, Sendable {
        public var pid: Int32
        public var tid: Int32
        public var tier: LagTier
        public var kind: LoopKind
        public var tick: Duration
        public var began: MonotonicInstant
        /// As it was known when it began.
        public var epollDescriptor: UInt64?
        public var records: [Record]

        public init(
            pid: Int32, tid: Int32, tier: LagTier, kind: LoopKind, tick: Duration, began: MonotonicInstant,
            epollDescriptor: UInt64? = nil, records: [Record] = []
        ) {
            self.pid = pid
            self.tid = tid
            self.tier = tier
            self.kind = kind
            self.tick = tick
            self.began = began
            self.epollDescriptor = epollDescriptor
            self.records = records
        }

        /// The windows a meter makes of it.
        public func replayed() -> [LagWindow] {
            var meter = LoopMeter(tier: tier, kind: kind, tick: tick, epollDescriptor: epollDescriptor)
            return records.compactMap { record in
                switch record {
                case .probe(let probe): meter.note(probe)
                case .unchanged(let at): meter.noteUnchanged(at: at)
                case .adopted(_, let descriptor): meter.adopt(epollDescriptor: descriptor)
                case .close(let at): return meter.close(at: at)
                }
                return nil
            }
        }
    }

    public enum Record: Equatable, Sendable {
        case probe(Probe)
        case unchanged(MonotonicInstant)
        case close(MonotonicInstant)
        case adopted(MonotonicInstant, epollDescriptor: UInt64)

        public var at: MonotonicInstant {
            switch self {
            case .probe(let probe): probe.at
            case .unchanged(let at), .close(let at), .adopted(let at, _): at
            }
        }
    }

    public var loops: [Loop]

    public init(loops: [Loop] = []) { self.loops = loops }

    /// What is wrong with a recording, and in which line of it, from 1.
    public struct Malformed: Error, Equatable {
        public var line: Int
        public var what: String
    }
}

/// Writes a recording as it comes. Times of a loop must not go back.
public struct ProbeTraceWriter: Sendable {
    /// When each loop's last line was.
    private var last: [MonotonicInstant] = []
    /// Lines that nobody took yet.
    private var text = ProbeTrace.header + "\n"

    public init() {}

    /// What was written since the last call.
    public mutating func take() -> String {
        defer { text = "" }
        return text
    }

    /// Declares a loop and returns its number. `records` of it are not written: they come one by one.
    public mutating func begin(_ loop: ProbeTrace.Loop) -> Int {
        last.append(loop.began)
        text += "L \(last.count - 1) \(loop.pid) \(loop.tid) \(loop.tier.word) \(loop.kind.word) "
        text += "\(loop.tick.nanoseconds) \(loop.began.nanoseconds)"
        text += (loop.epollDescriptor.map { " e\($0)" } ?? "") + "\n"
        return last.count - 1
    }

    public mutating func write(_ record: ProbeTrace.Record, of loop: Int) {
        guard last.indices.contains(loop) else { return }
        let since = last[loop]
        let step = record.at >= since ? record.at.nanoseconds - since.nanoseconds : 0
        last[loop] = max(since, record.at)
        switch record {
        case .probe(let probe):
            text += "P \(loop) +\(step) \(probe.runNanoseconds) \(probe.waitNanoseconds) \(probe.timeslices) "
            text += Self.word(for: probe.place)
            describe(probe, since: since)
        case .unchanged: text += "= \(loop) +\(step)"
        case .close: text += "W \(loop) +\(step)"
        case .adopted(_, let descriptor): text += "A \(loop) +\(step) \(descriptor)"
        }
        text += "\n"
    }

    private mutating func describe(_ probe: Probe, since: MonotonicInstant) {
        if let count = probe.voluntarySwitches { text += " v\(count)" }
        if let count = probe.involuntarySwitches { text += " i\(count)" }
        if let calls = probe.calls { text += " c\(calls.reads):\(calls.writes)" }
        if let sockets = probe.sockets {
            text += " s\(sockets.consumedBytes):\(sockets.sentBytes):\(sockets.unreadBytes):\(sockets.turns)"
            if let since = sockets.unreadSince, since <= probe.at {
                text += " u\(probe.at.nanoseconds - since.nanoseconds)"
            }
        }
        if let nanoseconds = probe.throttledNanoseconds { text += " t\(nanoseconds)" }
        if let count = probe.runnable { text += " q\(count)" }
        if probe.lostSwitches { text += " !" }
        for change in probe.switches {
            let step = change.at >= since ? change.at.nanoseconds - since.nanoseconds : 0
            switch change.kind {
            case .into: text += " >\(step)" + (change.waitNanoseconds.map { ":\($0)" } ?? "")
            case .sleep: text += " <\(step)" + (change.place.map { ":\(Self.word(for: $0))" } ?? "")
            case .preempted: text += " x\(step)"
            }
        }
    }

    private static func word(for place: Probe.Place) -> String {
        switch place {
        case .running: "R"
        case .call(let call, let argument): "c\(call.number):\(String(argument, radix: 16))"
        case .outside: "o"
        case .asleep(let inEventWait): inEventWait ? "e" : "a"
        case .stopped: "T"
        }
    }
}
