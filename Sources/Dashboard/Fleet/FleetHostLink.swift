import Console
import Model

/// How a host follows its link: idle -> dialling -> open -> closed -> dialling ... .
///
/// The state shown is `connecting` until the first snapshot; a failure is shown from when it happened until WELCOME, also
/// while the next try is under way, so that a row does not flap. Open with snapshots it is OK, WARN or CRIT by its grade,
/// and STALE while the newest snapshot is older than three intervals, or nothing at all was heard for a while.
extension FleetHost {
    /// Takes in what its link told; what it is called is settled after that.
    mutating func handle(_ event: LinkEvent, now: MonotonicInstant, wall: WallTime) {
        switch event {
        case .connecting, .lost: break
        default: heardAt = now
        }
        switch event {
        case .connecting(let attempt): dialling(attempt: attempt, now: now)
        case .connected(let info, let role): connected(info, role: role, now: now, wall: wall)
        case .measured(let roundTrip, let clockOffset):
            self.roundTrip = roundTrip
            self.clockOffset = clockOffset
        case .traffic(let traffic):
            trafficRates = self.traffic.flatMap { traffic.rates(since: $0) }
            self.traffic = traffic
        case .snapshot(let snapshot): take(snapshot, now: now, wall: wall)
        case .event(let event): take(event, now: now)
        case .accepted(let command): accepted(command, now: now)
        case .outcome(let outcome): take(outcome, now: now, wall: wall)
        case .lost(let failure, let retryAt): lost(failure, retryAt: retryAt, now: now)
        case .denyListVersion: break  // of no host's screen
        case .rehearsed: break  // nothing was done; who asked is told
        case .forgotten(let command): forgotten(command, now: now)
        case .answer(let question, let answer): take(answer, to: question, now: now)
        case .draining(let reason): drainReason = reason
        case .leftOut(let count): leftOut.told += count
        }
    }

    mutating func dialling(attempt: Int, now: MonotonicInstant) {
        phase = .dialling
        phaseSince = now
        self.attempt = attempt
        retryAt = nil
    }

    mutating func connected(_ info: HostInfo, role: Role, now: MonotonicInstant, wall: WallTime) {
        if let known = self.info, known.boot != info.boot || known.id != info.id { forgetContent(now: now, wall: wall) }
        self.info = info
        self.role = role
        phase = .open
        phaseSince = now
        failure = nil
        retryAt = nil
        attempt = 0
        failingSince = nil
        drainReason = nil
        sampledSinceConnect = false
        let seen = sampledAt ?? MonotonicInstant(nanoseconds: 0)
        unseen = seen < now ? seen..<now : nil
        past = PastEvents()
        leftOut.past = false
        bridge = ClockBridge()
        catchingUp = [.host: CatchingUp(.host), .workers: CatchingUp(.workers)]
    }

    mutating func lost(_ failure: LinkFailure, retryAt: MonotonicInstant?, now: MonotonicInstant) {
        phase = .closed
        phaseSince = now
        traffic = nil
        trafficRates = nil
        self.failure = failure
        failingSince = failingSince ?? now
        self.retryAt = retryAt
        for index in commands.indices where commands[index].outcome == nil {
            commands[index].lostAt = commands[index].lostAt ?? now
        }
    }

    /// Brings `state` up to date and logs what changed.
    mutating func settle(now: MonotonicInstant, wall: WallTime) {
        let old = state
        state = present(now: now)
        guard state != old else {
            nameInLog(now: now)
            return
        }
        switch state {
        case .down, .auth, .untrusted, .version:
            log(.host(state, text: failure.map(failureText) ?? state.word), .crit, now: now, wall: wall)
        case .stale:
            log(.host(.stale, text: "no sample for \(Format.age(age(now: now)))"), .warn, now: now, wall: wall)
        case .warn, .crit:
            // Who looks only now is told since when; else it is that now.
            let isFirst = !log.contains { if case .host = $0.body { true } else { false } }
            let known = isFirst ? grade.causes.first?.since.flatMap { since($0, now: now) } : nil
            let began = known ?? Since(wall: wall, ago: .zero)
            log(
                .host(state, text: grade.reasons.first ?? ""), grade.level, now: now - began.ago, wall: began.wall)
        case .ok where ![.connecting, .noData].contains(old) || attempt > 0 || !log.isEmpty:
            log(.host(.ok, text: "was \(old.word)"), .ok, now: now, wall: wall)
        case .ok, .connecting, .noData: break
        }
    }

    /// Which worker it is comes a moment later, when the host was asked for its workers.
    private mutating func nameInLog(now: MonotonicInstant) {
        guard state == .crit || state == .warn, let reason = grade.reasons.first,
            let index = log.lastIndex(where: { if case .host = $0.body { true } else { false } }),
            case .host(state, let text) = log[index].body,
            now - max(log[index].at, phaseSince ?? log[index].at) < .seconds(10),
            reason != text, reason.hasPrefix(text)
        else { return }
        let entry = log[index]
        log[index] = LogEntry(
            wall: entry.wall, at: entry.at, level: entry.level, body: .host(state, text: reason), serial: entry.serial)
    }

    private func present(now: MonotonicInstant) -> HostState {
        if let failure {
            return switch failure {
            case .authentication: .auth
            case .untrusted: .untrusted
            case .version: .version
            case .unreachable, .closed, .silent, .protocolError, .noDescriptor: .down
            }
        }
        guard phase == .open, sampledSinceConnect, let age = age(now: now) else {
            return isPast ? .noData : .connecting
        }
        if isPast, age > max(interval * 4, .seconds(60)) { return .noData }
        if age > patience { return .stale }
        if !isPast, let heardAt, now - heardAt > Self.silence { return .stale }
        return switch grade.level {
        case .ok: .ok
        case .warn: .warn
        case .crit: .crit
        }
    }

    mutating func log(
        _ body: LogEntry.Body, _ level: Level, now: MonotonicInstant, wall: WallTime, repeats: Int = 1
    ) {
        // What was asked of the past comes late, and belongs before what was told since.
        let place = (log.lastIndex { $0.at <= now } ?? -1) + 1
        logged += 1
        log.insert(
            LogEntry(wall: wall, at: now, level: level, body: body, repeats: repeats, serial: logged), at: place)
        // The oldest go. Agents may make some of them as long as they like.
        var (kept, bytes) = (0, 0)
        while kept < min(log.count, Self.logKept), bytes <= Self.logBytesKept {
            kept += 1
            bytes += log[log.count - kept].byteCount
        }
        log.removeFirst(log.count - kept)
    }

    static let logKept = 500
    static let logBytesKept = 1 << 20

    /// Another boot or another host behind the address: nothing that was there lives on.
    private mutating func forgetContent(now: MonotonicInstant, wall: WallTime) {
        for id in workers.keys { workers[id]?.ended(WorkerTrack.End(at: now, wall: wall, status: nil, certain: true)) }
        groups = []
        formerGroups = [:]
        rollNews = [:]
        tenants = [:]
        newestEnd = [:]
        history = HostHistory()
        rates = HostRates()
        grade = Grade()
        snapshot = nil
        sampledAt = nil
        sampledWall = nil
        detailAt = nil
        seenEvents = EventMarks()
        answers = [:]
    }
}
