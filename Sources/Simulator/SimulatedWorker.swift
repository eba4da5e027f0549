import Model

/// How a simulated worker spends its time.
enum Temper: Sendable {
    /// Nearly nothing to do: its row seldom changes, as that of most workers.
    case idle
    case steady
    case busy
    /// Blocks its loop now and then.
    case stalling
    /// Grows until it is killed for memory.
    case leaking
    /// Its loop stops turning for a minute or two, now and then.
    case hanging
    /// Ends with code 1 after seconds.
    case crashing
}

/// One made-up worker: what is asked of `/proc` and the prober on a real host comes from its temper and from chance.
struct SimulatedWorker: Sendable {
    private(set) var entry: WorkerEntry
    let temper: Temper
    let born: MonotonicInstant
    /// Share of time its loop is busy on the whole.
    private let load: Double
    private var hangsUntil: MonotonicInstant?
    private var openStall = Duration.zero

    /// Killed for memory beyond it.
    static let memoryLimit: UInt64 = 2 << 30

    init(_ info: WorkerInfo, _ temper: Temper, at now: MonotonicInstant, using random: inout SplitMix64) {
        self.temper = temper
        born = now
        load =
            switch temper {
            case .idle: 0.001
            case .busy: Double.random(in: 0.80...0.99, using: &random)
            default: Double.random(in: 0.02...0.5, using: &random)
            }
        var row = WorkerRow()
        row[.cpuNanoseconds] = 80_000_000
        row[.residentBytes] = UInt64.random(in: 30...300, using: &random) << 20
        row[.threads] = UInt64.random(in: 1...12, using: &random)
        row[.openFiles] = UInt64.random(in: 12...90, using: &random)
        row[.voluntarySwitches] = 200
        row[.involuntarySwitches] = 4
        row[.loopRunNanoseconds] = 70_000_000
        row[.loopWaitNanoseconds] = 1_000_000
        row[.state] = UInt64(UInt8(ascii: "S"))
        row[.probePeriodMicroseconds] = 20_000
        row[.probeGapMicroseconds] = 20_000
        row[.connections] = UInt64.random(in: 0...200, using: &random)
        entry = WorkerEntry(info: info, row: row)
        tell(.zero, utilisation: 0, stall: nil)
    }

    /// Why it does not live on; `nil`: it does.
    func end(at now: MonotonicInstant) -> (status: ExitStatus, oomKilled: Bool)? {
        switch temper {
        case .crashing where now - born >= .seconds(2): (.code(1), false)
        case .leaking where entry.row[.residentBytes] ?? 0 >= Self.memoryLimit: (.signal(SignalNumber.kill), true)
        default: nil
        }
    }

    /// Lets it live from the last sweep to `now`. Returns whether its loop began or stopped to hang.
    mutating func live(
        _ elapsed: Duration, to now: MonotonicInstant, using random: inout SplitMix64
    ) -> HangChange? {
        if let until = hangsUntil { return hang(elapsed, until: until, at: now) }
        // An idle worker does not run in most sweeps, and then nothing of its row changes.
        if temper == .idle, random.next() % 8 != 0 { return nil }
        let share = min(load * Double.random(in: 0.7...1.3, using: &random), 0.999)
        run(elapsed, share: share)
        if temper == .leaking {
            entry.row[.residentBytes, default: 0] += UInt64.random(in: 0...4, using: &random) << 20
        }
        if temper == .hanging, random.next() % 600 == 0 {
            hangsUntil = now + .seconds(Int64.random(in: 8...120, using: &random))
            openStall = .zero
        }
        tell(elapsed, utilisation: share, stall: stall(using: &random))
        return nil
    }

    enum HangChange: Sendable {
        case began
        case ended(after: Duration)
    }

    /// From here it counts as hung; a shorter stall is only one.
    private static let hung = Duration.seconds(5)

    private mutating func hang(_ elapsed: Duration, until: MonotonicInstant, at now: MonotonicInstant) -> HangChange? {
        let before = openStall
        openStall = openStall + elapsed
        guard now < until else {
            hangsUntil = nil
            let length = openStall
            openStall = .zero
            tell(elapsed, utilisation: 1, stall: length, cause: .blocked(SystemCall(number: 202)))  // futex
            return length >= Self.hung ? .ended(after: length) : nil
        }
        tell(elapsed, utilisation: 1, stall: nil, cause: .blocked(SystemCall(number: 202)))
        return before < Self.hung && openStall >= Self.hung ? .began : nil
    }

    private func stall(using random: inout SplitMix64) -> Duration? {
        switch temper {
        case .stalling where random.next() % 8 == 0: .milliseconds(Int64.random(in: 40...900, using: &random))
        case .busy: .milliseconds(Int64.random(in: 5...60, using: &random))
        case .steady where random.next() % 4 == 0: .milliseconds(Int64.random(in: 1...12, using: &random))
        default: nil
        }
    }

    private mutating func run(_ elapsed: Duration, share: Double) {
        let spent = UInt64(max(0, elapsed.seconds * share * 1e9))
        entry.row[.cpuNanoseconds, default: 0] += spent
        entry.row[.loopRunNanoseconds, default: 0] += spent * 9 / 10
        entry.row[.loopWaitNanoseconds, default: 0] += spent / 50
        entry.row[.voluntarySwitches, default: 0] += 1 + spent / 2_000_000
        entry.row[.involuntarySwitches, default: 0] += spent / 40_000_000
    }

    /// What the prober says of the window that ends now.
    private mutating func tell(
        _ elapsed: Duration, utilisation: Double, stall: Duration?, cause: StallCause = .cpu
    ) {
        if let stall { entry.stretches.add(stall) }
        // As agents round: to 100 µs.
        func rounded(_ length: Duration) -> UInt64 { UInt64(max(0, length.nanoseconds / 100_000) * 100) }
        let longest = max(stall ?? .microseconds(200), openStall)
        let p99 = stall.map { timeWeightedLag(0.99, of: [($0, 1)], over: max(elapsed, .seconds(1))) } ?? .zero
        entry.row[.lagMaxMicroseconds] = rounded(longest)
        entry.row[.lagP99Microseconds] = rounded(max(p99, openStall))
        entry.row[.lagP50Microseconds] = rounded(openStall)
        entry.row[.openStallMicroseconds] = rounded(openStall)
        entry.row[.stallCause] = longest >= .milliseconds(3) ? cause.packed : nil
        entry.row[.loopUtilisationPermille] = UInt64(min(utilisation, 1) * 1000)
        entry.row[.loopRunQueuePermille] = 0
        entry.row[.loopBlockedPermille] = openStall > .zero ? 1000 : 0
        entry.row[.lagMethod] =
            LagMethod(tier: .proc, quality: .exact, kind: .epoll, isHung: openStall >= Self.hung).packed
    }

    /// What its row adds to its group's.
    var isHung: Bool { openStall >= Self.hung }
}

extension Row {
    /// A column that counts from `value` where it is not known yet.
    subscript(field: Field, default value: UInt64) -> UInt64 {
        get { self[field] ?? value }
        set { self[field] = newValue }
    }
}
