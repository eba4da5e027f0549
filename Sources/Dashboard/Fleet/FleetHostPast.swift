import Model

/// A backfill under way, and what it came to so far.
struct CatchingUp: Sendable {
    /// Live snapshots are kept for when the past has caught up; a link that is slower than this has no past.
    static let liveKept = 120

    var backfill: Backfill
    /// From when it is known what there is until all of it came.
    var replay: Replay?
    /// What came live in that time, oldest first.
    var live: [(snapshot: Snapshot, at: MonotonicInstant)] = []

    init(_ tier: PastTier) { backfill = Backfill(tier) }
}

/// How a host fills in the time before we looked.
extension FleetHost {
    /// What to ask of it for that, once for each connection; `nil` when nothing is missing, or nothing can be had.
    func pastQuestion(_ tier: PastTier) -> Query.Body? {
        guard sampledSinceConnect, let backfill = catchingUp[tier]?.backfill else { return nil }
        // The workers' is not begun before somebody looks at them.
        if backfill.isListing, tier != .host, snapshot?.workers.isEmpty ?? true { return nil }
        return backfill.question
    }

    /// A snapshot came while the past is on its way.
    mutating func followPast(_ snapshot: Snapshot, at taken: MonotonicInstant) {
        for tier in PastTier.allCases {
            guard let under = catchingUp[tier], under.replay != nil else { continue }
            if under.live.count >= CatchingUp.liveKept {
                catchingUp[tier] = nil
            } else {
                catchingUp[tier]?.live.append((snapshot, taken))
            }
        }
    }

    mutating func takePast(_ answer: Answer.Body, to question: Query.Body) {
        for tier in PastTier.allCases where catchingUp[tier]?.backfill.question == question {
            if catchingUp[tier]?.backfill.isListing == true { beginReplay(tier) }
            let snapshots = catchingUp[tier]?.backfill.take(answer, to: question) ?? []
            for snapshot in snapshots {
                guard let at = bridge.translate(snapshot.monotonic) else { continue }
                catchingUp[tier]?.replay?.take(snapshot, at: at)
            }
            if catchingUp[tier]?.backfill.isDone == true { finishPast(tier) }
        }
    }

    /// Whatever comes live from here on follows on what is listed, or is in it.
    private mutating func beginReplay(_ tier: PastTier) {
        let replay = Replay(interval: interval, cores: info?.cores)
        catchingUp[tier]?.replay = replay
        if let snapshot, let sampledAt { catchingUp[tier]?.live = [(snapshot, sampledAt)] }
    }

    private mutating func finishPast(_ tier: PastTier) {
        guard var replay = catchingUp[tier]?.replay, let live = catchingUp[tier]?.live else { return }
        catchingUp[tier]?.replay = nil
        catchingUp[tier]?.live = []
        guard replay.last != nil else { return }
        for (snapshot, at) in live where tier == .host || !snapshot.workers.isEmpty { replay.take(snapshot, at: at) }
        history = history.ending(in: replay.history)
        for (id, track) in replay.workers where track.isLater(than: workers[id]) { workers[id] = track }
    }
}

extension WorkerTrack {
    /// Whether this one, made of the past and of what came since, knows all that the other knows.
    fileprivate func isLater(than known: WorkerTrack?) -> Bool {
        guard let known, known.end == nil else { return false }
        return sampledAt >= known.sampledAt && firstSeen <= known.firstSeen
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
            \.cpu, \.memoryUsed, \.memoryAvailable, \.pressureCPU, \.workersCPU, \.worstUtilisation, \.worstLagBound,
            \.worstLag, \.lagP99,
        ]
    }
}
