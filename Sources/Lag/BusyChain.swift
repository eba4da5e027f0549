import Model

/// Where the time of a stretch went, in ns.
struct Spending: Equatable, Sendable {
    var run: Int64 = 0
    var wait: Int64 = 0
    var blocked: Int64 = 0
    var stopped: Int64 = 0
    var throttled: Int64 = 0
    /// The call that took most of `blocked` so far, and how much.
    var call: SystemCall?
    var callTime: Int64 = 0
    var runnable: UInt32?

    mutating func block(_ time: Int64, in call: SystemCall?) {
        blocked += time
        guard time > callTime || self.call == nil else { return }
        self.call = call
        callTime = time
    }

    /// So many tasks of the machine were runnable.
    mutating func crowd(_ tasks: UInt32?) {
        if let tasks { runnable = max(runnable ?? 0, tasks) }
    }

    mutating func add(_ other: Spending) {
        run += other.run
        wait += other.wait
        blocked += other.blocked
        stopped += other.stopped
        throttled += other.throttled
        if other.callTime > callTime {
            call = other.call
            callTime = other.callTime
        }
        crowd(other.runnable)
    }

    /// What took most of it. Of a stretch that is over, what no counter explains was spent running: steal, and ticks the
    /// kernel has not booked. Of one that goes on, a thread whose counters stand still waits for a CPU.
    func cause(of length: Int64, isOpen: Bool, tick: Int64) -> StallCause {
        let rest = max(0, length - run - wait - blocked - stopped)
        let waits = isOpen && rest > 2 * tick ? wait + rest : wait
        let runs = isOpen && rest > 2 * tick ? run : run + rest
        if throttled > 0, throttled * 2 >= length { return .throttled }
        if stopped * 2 >= length || stopped > max(runs, waits, blocked) { return .stopped }
        if blocked >= max(runs, waits) { return .blocked(call) }
        return waits > runs ? .runQueue : .cpu
    }
}

/// A stretch in which the loop was never seen to wait for events, as it grows; it may be one turn or many.
///
/// Looks at the worker's sockets (or, without those, at its calls) divide it into *intervals*, each of which the loop turned
/// in or not. A turn ends one stall and begins the next. Intervals are judged a few looks late, because a look can
/// show that the loop had *not* turned in the ones before.
struct BusyChain: Sendable {
    struct Piece: Equatable, Sendable {
        var start: Int64
        var end: Int64
        var spent: Spending
        /// It was going on when watching began.
        var isFloor = false

        var length: Int64 { end - start }
    }

    struct Interval: Sendable {
        enum Verdict: Sendable { case turned, perhaps, still }
        var start: Int64
        var end: Int64
        var verdict: Verdict
        /// About how long each of its turns took.
        var turn: Int64
        /// How much of it went into serving, as far as that is known.
        var served: Int64?
        var spent: Spending

        var length: Int64 { end - start }
        var isTurn: Bool { verdict != .still }
    }

    /// Intervals are judged this late, in looks and in ns: later ones can show that it had not turned.
    private static let delay = 4
    private static let delayTime: Int64 = 60_000_000
    /// Data that waited this long shows one long turn, whomever else that served. Less can be two turns of half of it.
    private static let longWait: Int64 = 45_000_000

    /// Where the piece that is going on began.
    private(set) var start: Int64
    /// What is going on began before that, nobody knows when: the loop was met in it at the first look of all.
    private var isFloor: Bool
    let firstBusy: Int64
    var lastBusy: Int64
    /// The last probe that found it idle, and run + wait then; `nil` when there was none.
    let idle: (at: Int64, work: UInt64)?
    /// Voluntary switches since that probe.
    var sleeps: UInt64 = 0
    /// One burst so far: neither blocked nor stopped nor cut.
    var isPlain = true
    /// Spent since the last interval.
    var spent = Spending()
    private var pieceSpent = Spending()
    private var waiting: [Interval] = []
    private var previousTurned = false
    private var isJudged = false
    /// Evidence of the last look, and when that was.
    var evidence: SocketEvidence?
    var calls: CallCounts?
    var evidenceAt: Int64 = 0

    init(start: Int64, firstBusy: Int64, idle: (at: Int64, work: UInt64)? = nil, isFloor: Bool = false) {
        self.start = start
        self.isFloor = isFloor
        self.firstBusy = firstBusy
        lastBusy = firstBusy
        self.idle = idle
    }

    /// Whether the last two intervals turned: many short turns, for which a look now and then is enough.
    var isSaturated: Bool { waiting.suffix(2).count { $0.isTurn } == 2 }

    /// Whether it was seen to turn, be it only lately.
    var hasTurned: Bool { waiting.contains { $0.isTurn } }

    /// What the piece that is going on was spent on so far.
    var spentSoFar: Spending {
        var sum = pieceSpent
        for interval in waiting { sum.add(interval.spent) }
        sum.add(spent)
        return sum
    }

    /// Where the piece that is going on began, as far as can be told before its intervals are judged.
    var openStart: Int64 { waiting.last { $0.isTurn }?.end ?? start }

    /// Whether the piece that is going on began before it was looked at.
    var openIsFloor: Bool { isFloor && !hasTurned }

    /// An interval ended at a look. `unreadSince` is evidence that nothing turned since then, or at most once.
    mutating func append(_ interval: Interval, unreadSince: Int64?, pieces: inout [Piece]) {
        var interval = interval
        interval.spent = spent
        spent = Spending()
        waiting.append(interval)
        // The weak signs of turns since then were one long turn that served others.
        if let unreadSince, interval.end - unreadSince > max(Self.longWait, interval.length * 5 / 2) {
            for index in waiting.indices
            where waiting[index].verdict == .perhaps && waiting[index].start >= unreadSince {
                waiting[index].verdict = .still
            }
        }
        while waiting.count > Self.delay, interval.end - waiting[0].end > Self.delayTime {
            judge(next: waiting[1].isTurn, pieces: &pieces)
        }
    }

    /// The thread had no CPU since the last look, so it did not turn.
    mutating func standStill(until now: Int64) {
        guard evidenceAt > 0, now > evidenceAt else { return }
        var interval = Interval(
            start: evidenceAt, end: now, verdict: .still, turn: now - evidenceAt, served: nil, spent: spent)
        spent = Spending()
        evidenceAt = now
        if let last = waiting.last, last.verdict == .still, last.end == interval.start {
            interval.start = last.start
            interval.spent.add(last.spent)
            waiting.removeLast()
        }
        waiting.append(interval)
    }

    /// The loop waits for events again since `end`.
    mutating func close(at end: Int64, pieces: inout [Piece]) {
        while !waiting.isEmpty {
            judge(next: waiting.count > 1 ? waiting[1].isTurn : true, pieces: &pieces)
        }
        pieceSpent.add(spent)
        spent = Spending()
        if end > start { pieces.append(Piece(start: start, end: end, spent: pieceSpent, isFloor: isFloor)) }
    }

    /// Settles the oldest interval, whose neighbours are known now.
    private mutating func judge(next: Bool, pieces: inout [Piece]) {
        let interval = waiting.removeFirst()
        defer {
            previousTurned = interval.isTurn
            isJudged = true
        }
        guard interval.isTurn else {
            pieceSpent.add(interval.spent)
            return
        }
        isPlain = false
        // It turned for certain at the first look that could tell, and hardly any time went by before: as it did then.
        if !isJudged, interval.verdict == .turned, interval.start - start <= interval.length * 3 / 2 {
            previousTurned = true
        }
        let served = min(max(interval.served ?? interval.length / 2, 0), interval.length)
        switch (previousTurned, next) {
        case (false, false):
            let middle = interval.start + interval.length / 2
            pieceSpent.add(interval.spent)
            cut(from: middle - served / 2, to: middle + served / 2, &pieces)
        case (false, true):
            pieceSpent.add(interval.spent)
            cut(from: interval.end - served, to: interval.end - served, &pieces)
            turnOver(until: interval.end, as: interval, &pieces)
        case (true, false):
            turnOver(until: interval.start + served, as: interval, &pieces)
            pieceSpent.add(interval.spent)
        case (true, true):
            turnOver(until: interval.end, as: interval, &pieces)
        }
    }

    /// A piece ends at `end`, and the next begins at `begin`.
    private mutating func cut(from end: Int64, to begin: Int64, _ pieces: inout [Piece]) {
        if end > start { pieces.append(Piece(start: start, end: end, spent: pieceSpent, isFloor: isFloor)) }
        isFloor = false
        start = max(begin, start)
        pieceSpent = Spending()
    }

    /// Many short turns until `end`.
    private mutating func turnOver(until end: Int64, as interval: Interval, _ pieces: inout [Piece]) {
        let turn = max(interval.turn, 100_000)
        pieceSpent = interval.spent
        while end - start >= turn {
            var part = Piece(start: start, end: start + turn, spent: Spending(), isFloor: isFloor)
            part.spent.run = turn
            pieces.append(part)
            start += turn
            isFloor = false
        }
        isFloor = false
        if end - start < turn / 2 { start = max(start, end) }
    }
}
