import Model

/// A host as it was at an instant: made anew from what is recorded of it, as if somebody had looked all the time.
///
/// It is made in steps, since a quarter of an hour of many workers takes longer than a key may. To a later instant it goes
/// on; to an earlier one it goes back to a copy that it kept on its way. Where neither will do it has to be begun again.
struct PastHost: Sendable {
    /// What is shown of it.
    struct Need: Hashable, Sendable {
        /// Its own screens, and not only rows in lists.
        var isInFull: Bool
        var detail: RecordedPiece.Detail

        static let full = Need(isInFull: true, detail: .workers)

        func isMet(by other: Need) -> Bool {
            (other.isInFull || !isInFull) && other.detail >= detail
        }

        /// How far back it begins. Rows have graphs of two minutes; on screens graphs have ten, and lag has a quarter of an hour.
        func duration(_ grain: Grain) -> Duration {
            (isInFull ? Duration.seconds(16 * 60) : .seconds(130)) * (grain == .fine ? 1 : Grain.coarseFactor)
        }
    }

    /// What it is made from: everything, or steps of a quarter of a minute where nothing finer is known.
    enum Grain: Sendable {
        case fine, coarse

        static let coarseInterval = Duration.seconds(15)
        static let coarseFactor = 15
    }

    /// A copy on the way.
    private struct Copy: Sendable {
        var at: MonotonicInstant
        var host: FleetHost
        var reels: [Reel]
        var news: Int
        var sampled: MonotonicInstant?
    }

    static let copiesKept = 4
    /// Snapshots between two copies.
    static let copySpacing = 16

    private(set) var target: MonotonicInstant
    private(set) var isDone = false
    let need: Need
    let grain: Grain

    private let revision: Int
    private var host: FleetHost
    /// Everything up to here is in it.
    private var at: MonotonicInstant
    private var reels: [Reel]
    /// Place of the next piece of news.
    private var news = 0
    /// When the newest snapshot was taken that is in it.
    private var sampled: MonotonicInstant?
    private var copies: [Copy] = []
    private var sinceCopy = 0
    /// Sweeps that are nearer to each other than what is subscribed to are left out, as a link would.
    private let spacing: Duration

    init(_ recording: HostRecording, at target: MonotonicInstant, _ need: Need) {
        let grain = recording.grain(at: target, need.detail)
        self.need = need
        self.grain = grain
        self.target = target
        revision = recording.revision
        let start = target - need.duration(grain)
        at = start
        let sources: [RecordedPiece.Source] = grain == .fine ? [.workers, .live, .host] : [.coarse]
        reels = sources.map { Reel($0, of: recording, from: start) }
        host = FleetHost(past: recording, interval: grain == .fine ? nil : Grain.coarseInterval)
        let agents = recording.info?.cadence ?? .seconds(1)
        spacing = agents < .seconds(1) ? .milliseconds(950) : .zero
    }

    /// Of its newest snapshot.
    var sampledAt: MonotonicInstant? { sampled }

    /// As it was at `target`, once it is done.
    func shown(with recording: HostRecording) -> FleetHost {
        var shown = host
        let wall = SteadyClock.wall(target)
        shown.settle(now: target, wall: wall)
        // What is known of lives by now, as far as it was known then.
        for (question, answer) in recording.lives {
            let lives = answer.lives.compactMap { $0.known(at: wall, offset: recording.clockOffset ?? .zero) }
            shown.answers[question] = KnownAnswer(body: .lives(lives, answer.experience), at: target)
        }
        return shown
    }

    /// Sets out for another instant; `false` where it has to be begun again.
    mutating func go(to target: MonotonicInstant, in recording: HostRecording) -> Bool {
        guard recording.revision == revision, target - at < need.duration(grain),
            recording.grain(at: target, need.detail) == grain
        else { return false }
        if target < at {
            guard let place = copies.lastIndex(where: { $0.at <= target }) else { return false }
            let copy = copies[place]
            (at, host, reels, news, sampled) = (copy.at, copy.host, copy.reels, copy.news, copy.sampled)
            copies.removeSubrange((place + 1)...)
            sinceCopy = 0
        }
        self.target = target
        isDone = false
        for place in reels.indices where reels[place].head == nil { reels[place].advance(in: recording) }
        return true
    }

    /// Takes the next steps; returns how much work they were: one for each row of a host or worker, about.
    mutating func work(_ recording: HostRecording, limit: Int) -> Int {
        var done = 0
        while !isDone, done < limit {
            let nextNews = news < recording.news.count ? recording.news[news].at : nil
            let nextSample = reels.compactMap { $0.head?.at }.min()
            if let told = nextNews, told <= target, nextSample.map({ told < $0 }) ?? true {
                take(recording.news[news])
                news += 1
                done += 1
            } else if let instant = nextSample, instant <= target {
                done += takeSample(of: instant, recording)
            } else {
                notice(until: target)
                at = target
                isDone = true
            }
        }
        return done
    }

    private mutating func take(_ item: HostRecording.News) {
        let instant = max(item.at, at)
        notice(until: instant)
        at = instant
        let wall = SteadyClock.wall(instant)
        switch item.event {
        case .connected(let info, let role):
            // Of a host that went on all the time it is known what was: only we were not there.
            if host.info?.boot == info.boot {
                host.heardAgain(role)
            } else {
                host.connected(info, role: role, now: at, wall: wall)
            }
        default: host.handle(item.event, now: at, wall: wall)
        }
        host.settle(now: at, wall: wall)
    }

    private mutating func takeSample(of instant: MonotonicInstant, _ recording: HostRecording) -> Int {
        var best: Snapshot?
        for place in reels.indices where reels[place].head?.at == instant {
            if let snapshot = reels[place].head?.snapshot, best.map({ $0.detail < snapshot.detail }) ?? true {
                best = snapshot
            }
            reels[place].advance(in: recording)
        }
        guard let best, instant >= at else { return 1 }
        if let sampled, instant - sampled < spacing { return 1 }
        notice(until: instant)
        at = instant
        sampled = instant
        let wall = SteadyClock.wall(instant)
        host.heardAgain(nil)
        host.take(best, now: instant, wall: wall)
        host.settle(now: instant, wall: wall)
        keepCopy()
        return 1 + best.workers.count
    }

    /// Samples that did not come are noticed when they are missed.
    private mutating func notice(until next: MonotonicInstant) {
        guard let sampled else { return }
        let missed = sampled + host.interval * 3 + .seconds(1)
        if missed > at, missed < next { host.settle(now: missed, wall: SteadyClock.wall(missed)) }
    }

    private mutating func keepCopy() {
        sinceCopy += 1
        let near = host.interval * (Self.copiesKept * Self.copySpacing)
        guard target - at <= near, sinceCopy >= Self.copySpacing || copies.isEmpty else { return }
        sinceCopy = 0
        if copies.count >= Self.copiesKept { copies.removeFirst() }
        copies.append(Copy(at: at, host: host, reels: reels, news: news, sampled: sampled))
    }
}

extension Snapshot {
    fileprivate var detail: RecordedPiece.Detail { RecordedPiece.Detail(of: self) }
}

extension Life {
    /// `nil`: it had not begun. `offset`: of the agent's calendar to ours.
    fileprivate func known(at wall: WallTime, offset: Duration) -> Life? {
        let then = wall.nanoseconds &+ offset.nanoseconds
        guard started.nanoseconds <= then else { return nil }
        guard let ended, ended.nanoseconds > then else { return self }
        return Life(worker: worker, started: started)
    }
}

extension HostRecording {
    /// What an instant can be made from: the finest that says enough.
    func grain(at instant: MonotonicInstant, _ detail: RecordedPiece.Detail) -> PastHost.Grain {
        func covers(_ source: RecordedPiece.Source, _ detail: RecordedPiece.Detail, _ reach: Duration) -> Bool {
            (pieces[source] ?? []).contains { piece in
                guard piece.detail >= detail, let span = span(of: piece) else { return false }
                return span.lowerBound <= instant && instant <= span.upperBound + reach
            }
        }
        let reach = interval * 3
        let fine: [RecordedPiece.Source] = [.live, .workers, .host]
        if fine.contains(where: { covers($0, detail, reach) }) { return .fine }
        return covers(.coarse, .host, PastHost.Grain.coarseInterval * 3) ? .coarse : .fine
    }
}

extension FleetHost {
    /// Before anything recorded is in it. `interval`: between two snapshots, where that is not the agent's.
    init(past recording: HostRecording, interval: Duration?) {
        self.init(place: recording.place, limits: recording.limits)
        isPast = true
        info = recording.info
        if let interval { info?.intervalNanoseconds = UInt64(interval.nanoseconds) }
        role = recording.role
        clockOffset = recording.clockOffset
        if info != nil { phase = .open }
    }

    /// It was there, whatever became of our link.
    fileprivate mutating func heardAgain(_ role: Role?) {
        if let role { self.role = role }
        guard phase != .open else { return }
        phase = .open
        failure = nil
        failingSince = nil
    }
}
