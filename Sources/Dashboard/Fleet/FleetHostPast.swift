import Model
import Wire

/// A backfill under way, and what it came to so far.
struct CatchingUp: Sendable {
    /// Live snapshots are kept for when the past has caught up; a link that is slower than this has no past, nor has a host of
    /// which more than that comes meanwhile.
    static let liveKept = 120
    static let liveBytesKept = 2 << 20

    var backfill: Backfill
    /// From when it is known what there is until all of it came.
    var replay: Replay?
    /// What came live in that time, oldest first: as a piece, which takes a fraction of what the snapshots would.
    private(set) var live: [UInt8] = []
    /// When each of them was taken.
    private(set) var liveAt: [MonotonicInstant] = []
    private var newest: Snapshot?
    /// Of the newest snapshot of the past.
    var level: Level?
    /// Until when something was known, where it is for a time in which nobody looked at workers.
    var known: MonotonicInstant?

    init(_ tier: PastTier, known: MonotonicInstant? = nil) {
        backfill = Backfill(tier)
        self.known = known
    }

    /// Whether there was room for it.
    mutating func keep(_ snapshot: Snapshot, at taken: MonotonicInstant) -> Bool {
        let message =
            newest.map { Message.delta(Delta(subscription: 0, from: $0, to: snapshot)) }
            ?? .keyframe(subscription: 0, snapshot)
        live += message.encoded()
        liveAt.append(taken)
        newest = snapshot
        return liveAt.count <= Self.liveKept && live.count <= Self.liveBytesKept
    }

    /// Gives away what came; `nil` where it was not begun.
    mutating func finish() -> (replay: Replay, live: [UInt8], liveAt: [MonotonicInstant])? {
        guard let replay else { return nil }
        defer {
            self.replay = nil
            live = []
            liveAt = []
            newest = nil
        }
        return (replay, live, liveAt)
    }
}

/// How a host fills in the time before we looked.
extension FleetHost {
    /// Workers are told of again. What the agent kept of them meanwhile is asked for, unless that is under way.
    mutating func lookAtWorkersAgain(after known: MonotonicInstant, at taken: MonotonicInstant) {
        guard !isPast, taken - known >= patience, catchingUp[.workers].map(\.backfill.isDone) ?? true else {
            return
        }
        catchingUp[.workers] = CatchingUp(.workers, known: known)
    }

    /// What to ask of it for that, once for each connection; `nil` when nothing is missing, or nothing can be had.
    func pastQuestion(_ tier: PastTier) -> Query.Body? {
        guard sampledSinceConnect, let backfill = catchingUp[tier]?.backfill else { return nil }
        // The workers' is not begun before somebody looks at them.
        if backfill.isListing, tier != .host, snapshot?.workers.isEmpty ?? true { return nil }
        return backfill.question
    }

    /// A snapshot came while the past is on its way.
    mutating func followPast(_ snapshot: Snapshot, at taken: MonotonicInstant) {
        for tier in PastTier.allCases where catchingUp[tier]?.replay != nil { keep(snapshot, at: taken, for: tier) }
    }

    private mutating func keep(_ snapshot: Snapshot, at taken: MonotonicInstant, for tier: PastTier) {
        let part = snapshot.narrowed(to: tier == .host ? .host : .workers)
        guard catchingUp[tier]?.keep(part, at: taken) == false else { return }
        catchingUp[tier] = nil
        leftOut.past = true
    }

    mutating func takePast(_ answer: Answer.Body, to question: Query.Body) {
        for tier in PastTier.allCases where catchingUp[tier]?.backfill.question == question {
            if catchingUp[tier]?.backfill.isListing == true { beginReplay(tier) }
            let snapshots = catchingUp[tier]?.backfill.take(answer, to: question) ?? []
            for snapshot in snapshots {
                guard let at = bridge.translate(snapshot.monotonic) else { continue }
                catchingUp[tier]?.replay?.take(snapshot, at: at)
                if tier == .host { tell(snapshot, at: at) }
            }
            if catchingUp[tier]?.backfill.isDone == true { finishPast(tier) }
        }
    }

    /// How far apart samples of the past are, at most.
    private static let sampleOfThePast = Duration.seconds(15)

    /// What the host became when nobody looked is told like what it becomes now.
    private mutating func tell(_ snapshot: Snapshot, at instant: MonotonicInstant) {
        let (level, before) = (snapshot.worstLevel, catchingUp[.host]?.level)
        catchingUp[.host]?.level = level
        guard let before, level != before, unseen?.contains(instant) == true else { return }
        let grade = Grade(snapshot.troubles, worst: WorstWorkers(), host: self, wall: snapshot.wall)
        let state: HostState = level == .crit ? .crit : level == .warn ? .warn : .ok
        let was: HostState = before == .crit ? .crit : before == .warn ? .warn : .ok
        // Who came when it was so already was told since when, by a clock that is not that of the samples.
        let isTold = log.contains { entry in
            guard case .host(state, _) = entry.body else { return false }
            return max(entry.at - instant, instant - entry.at) <= Self.sampleOfThePast
        }
        if isTold { return }
        let text = grade.reasons.first ?? "was \(was.word)"
        log(.host(state, text: text), level, now: instant, wall: ours(snapshot.wall))
    }

    /// Whatever comes live from here on follows on what is listed, or is in it.
    private mutating func beginReplay(_ tier: PastTier) {
        let replay = Replay(interval: interval, cadence: cadence, cores: info?.cores, limits: limits)
        catchingUp[tier]?.replay = replay
        if let snapshot, let sampledAt { keep(snapshot, at: sampledAt, for: tier) }
    }

    private mutating func finishPast(_ tier: PastTier) {
        let known = catchingUp[tier]?.known
        guard case (var replay, let live, let liveAt)? = catchingUp[tier]?.finish(), replay.last != nil else { return }
        var reader = PieceReader()
        for at in liveAt {
            // Only of an agent that lies there is something that cannot be written and read again: the rest is left out.
            guard let snapshot = try? reader.next(in: live) else { break }
            if tier == .host || !snapshot.workers.isEmpty { replay.take(snapshot, at: at) }
        }
        history = history.ending(in: replay.history)
        for (id, track) in replay.workers where track.isLater(than: workers[id], knownUntil: known) {
            workers[id] = track
        }
    }
}

extension WorkerTrack {
    /// Whether this one, made of the past and of what came since, knows all that the other knows; or at least from before
    /// `until` on, after which the other has a hole.
    fileprivate func isLater(than known: WorkerTrack?, knownUntil until: MonotonicInstant?) -> Bool {
        guard let known, known.end == nil, sampledAt >= known.sampledAt else { return false }
        return firstSeen <= max(known.firstSeen, until ?? known.firstSeen)
    }
}

extension HostHistory {
    func ending(in newer: HostHistory) -> HostHistory {
        var result = newer
        for series in Self.all { result[keyPath: series] = self[keyPath: series].ending(in: newer[keyPath: series]) }
        return result
    }

    private static var all: [WritableKeyPath<HostHistory, Series>] {
        [
            \.cpu, \.memoryUsed, \.memoryAvailable, \.pressureCPU, \.workersCPU, \.agentCPU, \.sampleShift,
            \.worstUtilisation, \.worstLagBound, \.worstLag, \.lagP99,
        ]
    }
}

extension Snapshot {
    /// Of what its agent says of the host.
    var worstLevel: Level { troubles.first?.level ?? .ok }
}
