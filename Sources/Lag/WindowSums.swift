import Model

/// What goes into one window while it lasts.
struct WindowSums: Sendable {
    /// A window keeps so many lengths exactly; a loop that turns more often than that has the rest in the last of them.
    private static let maximumLengths = 2048
    private static let highPercentile = 0.99
    /// The room of so many is kept for the next window: most loops turn a few times in each.
    private static let keptLengths = 8

    let start: Int64
    private var lengths: [(Int64, Double)] = []
    private var sum = 0.0
    private var stalls: [Stall] = []
    private var longestIsBound = false
    /// A stretch whose beginning was not seen ended in it.
    private var hasFloor = false
    private var longest: Int64 = 0
    var stretches = LagHistogram()
    var gapMax: Int64 = 0
    /// Between the first and the last probe of the window.
    var wall: Int64 = 0
    var run: Int64 = 0
    var wait: Int64 = 0
    var blocked: Int64 = 0
    var voluntary: Int64 = 0
    var involuntary: Int64 = 0

    init(start: Int64) { self.start = start }

    /// The next window.
    mutating func begin(at start: Int64) {
        var room: [(Int64, Double)] = []
        swap(&room, &lengths)
        room.removeAll(keepingCapacity: room.count <= Self.keptLengths)
        self = WindowSums(start: start)
        lengths = room
    }

    /// The time between two probes; `gap` is the longest between two looks where there were several.
    mutating func add(_ step: LoopMeter.Step, gap: Duration? = nil) {
        gapMax = max(gapMax, min(step.length, gap?.nanoseconds ?? step.length))
        wall += step.length
        run += step.run
        wait += step.wait
    }

    /// `count` stretches of one length.
    mutating func add(_ length: Int64, count: Double = 1, isBound: Bool = false, isFloor: Bool = false) {
        guard length > 0 else { return }
        hasFloor = hasFloor || isFloor
        sum += Double(length) * count
        if lengths.count < Self.maximumLengths {
            lengths.append((length, count))
        } else if let last = lengths.last, last.0 < length {
            lengths[lengths.count - 1].0 = length
        }
        if length >= 1_000_000 {
            for _ in 0..<max(1, min(Int(count.rounded()), 1000)) { stretches.add(.nanoseconds(length)) }
        }
        if length > longest {
            longest = length
            longestIsBound = isBound
        }
    }

    mutating func add(_ stall: Stall) {
        guard stalls.count >= LagWindow.maximumStalls else { return stalls.append(stall) }
        guard let shortest = stalls.indices.min(by: { stalls[$0].length < stalls[$1].length }),
            stalls[shortest].length < stall.length
        else { return }
        stalls.remove(at: shortest)
        stalls.append(stall)
    }

    func window(until end: Int64, tier: LagTier, open: Stall?) -> LagWindow {
        let isMeasured = tier > .utilisation && (wall > 0 || open != nil)
        let openIsLongest = open.map { $0.length.nanoseconds > longest } ?? false
        let isBound = openIsLongest ? open?.isBound ?? false : longestIsBound
        let isFloor = hasFloor || open?.isFloor == true
        let quality: LagQuality = !isMeasured ? .none : isBound ? .bound : isFloor ? .floor : .exact
        var window = LagWindow(start: instant(start), end: instant(end), tier: tier, quality: quality)
        window.probeGapMax = .nanoseconds(gapMax)
        window.stretches = stretches
        if !stalls.isEmpty { window.stalls = stalls.sorted { $0.end < $1.end } }
        window.open = open
        if wall > 0 {
            let switches = voluntary + involuntary
            // Wait after a preemption is the loop's, wait after a wake-up came before the loop noticed.
            let preempted = switches > 0 ? Double(wait) * Double(involuntary) / Double(switches) : 0
            window.utilisation = share(Double(run) + preempted + Double(blocked))
            window.runQueue = share(Double(wait))
            window.blocked = share(Double(blocked))
        }
        guard quality != .none else { return window }
        window.max = .nanoseconds(longest)
        window.p99 = .zero
        window.p50 = .zero
        let elapsed = Duration.nanoseconds(max(end - start, 1))
        // An event at a random moment meets no stretch, of most loops.
        guard sum > elapsed.seconds * 1e9 * (1 - Self.highPercentile) else { return window }
        let sorted = lengths.sorted { $0.0 < $1.0 }.map { (Duration.nanoseconds($0.0), $0.1) }
        window.p99 = timeWeightedLag(Self.highPercentile, of: sorted, over: elapsed)
        window.p50 = timeWeightedLag(0.5, of: sorted, over: elapsed)
        return window
    }

    private func share(_ part: Double) -> Double { min(max(part / Double(wall), 0), 1) }
}

func instant(_ nanoseconds: Int64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: UInt64(max(0, nanoseconds)))
}

extension MonotonicInstant {
    /// For arithmetic; 292 years of uptime fit.
    var signed: Int64 { Int64(clamping: nanoseconds) }
}
