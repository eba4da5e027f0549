import Model

/// What a host learns from snapshots, events and answers.
extension FleetHost {
    /// Ended workers are kept this long, so that their end can be read.
    static let endedKept = Duration.seconds(600)
    /// The newest: more than anybody reads, and an agent may name 2,000 others in each snapshot.
    static let endsKept = 250

    mutating func take(_ new: Snapshot, now: MonotonicInstant, wall: WallTime) {
        let taken = bridge.translate(new.monotonic, receivedAt: now)
        let elapsed = snapshot.map { new.monotonic - $0.monotonic }
        // A fresh keyframe of the same instant brings other detail, not news; an older one within a connection is late.
        if sampledSinceConnect, let elapsed, elapsed < .zero { return }
        snapshot?.workers = []  // what they told is in their tracks
        let repeated = sampledSinceConnect && elapsed == .zero
        let clockStep = elapsed.map { $0 < .zero } ?? false
        if clockStep { history = HostHistory() }
        if !repeated {
            rates = history.take(
                new, after: clockStep ? nil : snapshot, interval: interval, cadence: cadence, cores: info?.cores)
        }
        let earlierGroups = snapshot?.groups ?? []
        takeDetail(new, earlierGroups: earlierGroups, elapsed: elapsed, taken: taken, now: now, wall: wall)
        let worst = new.workers.isEmpty || new.troubles.isEmpty ? WorstWorkers() : WorstWorkers(of: self)
        grade = Grade(new.troubles, worst: worst, host: self, wall: new.wall)
        if let clockOffset, let roundTrip { grade.add(clockOffset: clockOffset, roundTrip: roundTrip) }
        snapshot = new
        sampledAt = taken
        sampledWall = ours(new.wall)
        sampledSinceConnect = true
        followPast(new, at: taken)
    }

    private mutating func takeDetail(
        _ new: Snapshot, earlierGroups: [GroupEntry], elapsed: Duration?, taken: MonotonicInstant,
        now: MonotonicInstant,
        wall: WallTime
    ) {
        let empty = new.host[.workers] == 0
        guard empty || !new.groups.isEmpty || !new.workers.isEmpty else { return }  // subscribed to the host row only
        var earlier: [String: GroupRow] = [:]
        for group in earlierGroups { earlier[group.info.key] = group.row }
        var known: [String: GroupTrack] = [:]
        for group in groups { known[group.info.key] = group }
        rollNews = rollNews.filter { $0.value.at > new.monotonic }
        let told = new.groups.map { entry in
            var cpu = known[entry.info.key]?.cpu
            if let elapsed, elapsed != .zero {
                let row = elapsed > .zero && elapsed <= patience ? earlier[entry.info.key] : nil
                cpu = row.flatMap { entry.row.rate(of: .cpuNanoseconds, since: $0, over: elapsed) }.map { $0 / 1e9 }
            }
            var info = entry.info
            if let news = rollNews[info.key] { info.roll = news.roll }
            return GroupTrack(info: info, row: entry.row, cpu: cpu)
        }
        part(from: known.values, to: told, at: taken)
        groups = told
        rollNews = rollNews.filter { group($0.key) != nil }
        guard empty || !new.workers.isEmpty else { return }  // groups only
        if let detailAt { lookAtWorkersAgain(after: detailAt, at: taken) }
        detailAt = taken
        endAbsent(from: new, at: taken, now: now)
        tenants = [:]
        troubled = []
        for entry in new.workers {
            // Two in one slot happens while the old one is on its way out: the later one is the successor.
            let slot = Slot(entry.info)
            let rival = tenants[slot].flatMap { workers[$0]?.info.id.startTicks }
            if entry.info.id.startTicks >= rival ?? 0 { tenants[slot] = entry.info.id }
            let own =
                limits.isEmpty ? WorkerLimits() : WorkerLimits(of: appName(entry.info.groupKey), among: limits)
            let level = workers.take(
                entry, sampled: new.monotonic, at: taken, interval: interval, cores: info?.cores, limits: own,
                cadence: new.host.cadence)
            if level > .ok { troubled.append(entry.info.id) }
        }
        newestEnd = newestEnd.filter { workers[$0.value] != nil }
        forgetFormerGroups()
    }

    /// Before those that came are taken in: there are never all the old ones beside all the new.
    private mutating func endAbsent(from new: Snapshot, at taken: MonotonicInstant, now: MonotonicInstant) {
        let present = Set(new.workers.map(\.info.id))
        for id in workers.keys.filter({ !present.contains($0) }) {
            guard let track = workers[id], track.end == nil else { continue }
            guard group(track.info.groupKey) != nil else {
                // Its app is not told of any more, and nobody told that it ended: it is only not watched now.
                workers[id] = nil
                continue
            }
            ended(id, WorkerTrack.End(at: taken, wall: ours(new.wall), status: nil, certain: false))
        }
        forgetOldEnds(now: now)
    }

    private mutating func forgetOldEnds(now: MonotonicInstant) {
        // By place: a loop over the workers themselves copies each.
        var ended = workers.indices.compactMap { place in
            workers.values[place].end.map { (id: workers.keys[place], at: $0.at) }
        }
        for (id, at) in ended where now - at > Self.endedKept { workers[id] = nil }
        ended.removeAll { now - $0.at > Self.endedKept }
        guard ended.count > Self.endsKept else { return }
        for (id, _) in ended.sorted(by: { $0.at < $1.at }).prefix(ended.count - Self.endsKept) { workers[id] = nil }
    }

    /// A worker that was seen here ended; later or earlier than others of its slot.
    mutating func close(_ worker: WorkerID, _ end: WorkerTrack.End) {
        guard let info = workers[worker]?.info else { return }
        workers[worker]?.ended(end)
        let slot = Slot(info)
        let newest = newestEnd[slot].flatMap { workers[$0]?.end?.at }
        if newest.map({ $0 <= end.at }) ?? true { newestEnd[slot] = worker }
    }

    private mutating func ended(_ worker: WorkerID, _ end: WorkerTrack.End) {
        guard let info = workers[worker]?.info else { return }
        close(worker, end)
        record(
            ExitRecord(
                worker: worker, groupKey: info.groupKey, slot: info.slot, status: end.status, oomKilled: end.oomKilled,
                at: end.at, wall: end.wall))
    }

    mutating func record(_ exit: ExitRecord) {
        if let index = exits.lastIndex(where: { $0.worker == exit.worker }) {
            if exits[index].status == nil { exits[index] = exit }
            return
        }
        if exits.count >= 1000 { exits.removeFirst(exits.count - 999) }
        exits.append(exit)
    }

    /// The agent's calendar translated to ours by the measured offset; unmeasured it stays as it came.
    func ours(_ wall: WallTime) -> WallTime {
        let (sum, overflow) = wall.nanoseconds.subtractingReportingOverflow(clockOffset?.nanoseconds ?? 0)
        return overflow ? wall : WallTime(nanoseconds: sum)
    }
}
