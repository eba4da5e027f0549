import Model

/// What the STATE column says of a worker.
enum WorkerState: Hashable, Sendable {
    /// `hung`: the agent has evidence that its loop will not come back by itself.
    case hung, crit, warn, zombie, exited, start, stale, ok

    var word: String {
        switch self {
        case .hung: "HUNG"
        case .crit: "CRIT"
        case .warn: "WARN"
        case .zombie: "ZOMBIE"
        case .exited: "EXITED"
        case .start: "START"
        case .stale: "STALE"
        case .ok: "OK"
        }
    }

    /// Position in the default order, worst first.
    var rank: Int {
        switch self {
        case .hung: 0
        case .crit: 1
        case .exited: 2
        case .zombie: 3
        case .warn: 4
        case .start: 5
        case .stale: 6
        case .ok: 7
        }
    }

    var level: Level {
        switch self {
        case .hung, .crit: .crit
        case .warn, .zombie, .exited: .warn
        case .start, .stale, .ok: .ok
        }
    }
}

extension FleetHost {
    /// A worker younger than this has not shown yet whether it stays.
    static let starting = Duration.seconds(5)
    /// An ended worker stays on the host screen until its slot's next one lived this long.
    static let settled = Duration.seconds(10)

    /// Samples that should have come since `instant` and did not.
    func missing(since instant: MonotonicInstant, now: MonotonicInstant) -> Int {
        let age = now - instant
        guard age > patience else { return 0 }
        return min(Int(age.seconds / interval.seconds), Series.capacity)
    }

    func state(of track: WorkerTrack, now: MonotonicInstant) -> WorkerState {
        if track.end != nil { return .exited }
        if missing(since: track.sampledAt, now: now) > 0 { return .stale }
        if track.row[.state] == UInt64(UInt8(ascii: "Z")) { return .zombie }
        if track.lag.isHung { return .hung }
        switch track.grade.level {
        case .crit: return .crit
        case .warn: return .warn
        case .ok: break
        }
        if let uptime = uptime(of: track, now: now), uptime < Self.starting { return .start }
        return .ok
    }

    /// How long a worker has lived (or had, when it ended): by the agent's boot clock, which no calendar change moves.
    /// `nil` where that is not known.
    func uptime(of track: WorkerTrack, now: MonotonicInstant) -> Duration? {
        guard let sampledAt, let uptime = snapshot?.host[.uptimeNanoseconds], let ticks = info?.ticksPerSecond,
            ticks > 0
        else { return nil }
        let (seconds, rest) = track.info.id.startTicks.quotientAndRemainder(dividingBy: UInt64(ticks))
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (started, carried) = whole.addingReportingOverflow(rest * 1_000_000_000 / UInt64(ticks))
        guard !overflow, !carried else { return nil }
        let lived = Duration.nanoseconds(Int64(clamping: uptime)) - .nanoseconds(Int64(clamping: started))
        return max(lived + ((track.end?.at ?? now) - sampledAt), .zero)
    }

    /// Who has taken the slot of a worker that ended.
    func next(after worker: WorkerID) -> WorkerID? {
        guard let track = workers[worker], track.end != nil else { return nil }
        return successor(of: track.info)?.info.id
    }

    /// Whether nobody has taken the place of a worker that ended, and somebody should: of an app that was made smaller, or has
    /// as many as it should in other slots, nobody is missing.
    func isMissed(_ track: WorkerTrack) -> Bool {
        guard successor(of: track.info) == nil else { return false }
        let group = group(track.info.groupKey)
        guard let expected = group?.info.expected, let count = group?.row[.workers] else { return true }
        return count < UInt64(expected)
    }

    /// Whether a worker belongs on the host screen: living ones, and ended ones until their slot is well again; of a slot
    /// that crashes again and again only the last one.
    func isListed(_ track: WorkerTrack, now: MonotonicInstant) -> Bool {
        guard track.end != nil else { return true }
        guard newestEnd[Slot(track.info)] ?? track.info.id == track.info.id else { return false }
        guard let next = successor(of: track.info) else {
            // Started anew under another key: its end is history, too.
            if let former = formerGroups[track.info.groupKey], isReplaced(former) {
                return now - former.gone < Self.settled
            }
            guard let end = track.end, !isMissed(track) else { return true }
            return now - end.at < Self.settled
        }
        return now - next.firstSeen < Self.settled
    }
}
