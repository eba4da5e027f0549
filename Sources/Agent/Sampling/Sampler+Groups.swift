import Control
import Discovery
import Model

/// Groups: which there are, what is remembered of them, and what the command desk is told.
extension Sampler {
    /// Groups the processes as they are now, and remembers. Returns whether who is a worker of what may have changed.
    func discoverGroups(among listed: [Int32]?, now: Moment) -> Bool {
        let isConfiguredAnew = configuration.map { $0.generation != generation } ?? false
        do {
            let hasChanged = try census.refresh(among: listed, reader: reader, now: now.monotonic)
            guard hasChanged || isConfiguredAnew || sequence == 0 else { return false }
        } catch {
            output.warn("cannot list processes: \(error)")
            return false
        }
        // Who ended while the processes were listed is not among them, and must be buried rather than let go.
        noteEnds()
        if let configuration, isConfiguredAnew || sequence == 0 {
            generation = configuration.generation
            overrides = configuration.overrides
            families = Families()  // what is hidden by now must not come back as the rest of a family
        }
        let table = census.table
        let earlier = groups
        let found = discover(table, scope: settings.scope, overrides: overrides).groups
        groups = families.complete(found, in: table)
        // What a new configuration leaves out is left out.
        if !isConfiguredAnew { keepGroups(of: watched.values, from: earlier) }
        memory.look(groups, in: table, overrides: overrides, now: now.monotonic) {
            self.startInstant(of: $0, at: now.monotonic)
        }
        refreshGroups(at: now.monotonic)
        return true
    }

    /// What time alone changes: sizes that settled, groups that are gone for long.
    func refreshGroups(at now: MonotonicInstant) {
        for (key, size) in control.takeSizes() { memory.sizeWasSet(key, to: size) }
        groups = memory.groups(at: now)
        apps = Dictionary(groups.map { ($0.info.key, $0.info.app) }, uniquingKeysWith: { first, _ in first })
        for group in groups where totals[group.info.key] == nil { totals[group.info.key] = GroupTotals() }
        followMasters(now: now)
        // Counters, slots and what else is known stay for when workers come back.
        guard totals.count > groups.count + Self.maximumTotals else { return }
        totals = totals.filter { apps[$0.key] != nil }
        facts = facts.filter { apps[$0.key] != nil }
        slots.keep { self.apps[$0] != nil }
    }

    /// A worker that discovery does not find any more is let go only when it runs another program or title. Else it is on
    /// its way out (its memory, and with it its command line, goes before its end is told) or was orphaned out of the
    /// scope: it is still the same worker, and nobody else would report its end.
    private func keepGroups(of workers: some Sequence<WatchedWorker>, from earlier: [DiscoveredGroup]) {
        let found = Set(groups.flatMap(\.workers).map(\.process))
        let masters = Set(groups.compactMap(\.info.masterPID))
        for worker in workers {
            let process = ProcessRef(pid: worker.id.pid, startTicks: worker.id.startTicks)
            // A server that forks its workers only after it listens looks like a single one until then.
            guard !found.contains(process), !isSomethingElse(worker), !masters.contains(process.pid) else { continue }
            keep(process, of: worker.info.groupKey, from: earlier)
        }
        groups.sort { $0.info.key < $1.info.key }
    }

    private func isSomethingElse(_ worker: WatchedWorker) -> Bool {
        guard let entry = census.entry(of: worker.id.pid), entry.startTicks == worker.id.startTicks else {
            return false
        }
        guard !entry.arguments.isEmpty else { return false }
        return entry.arguments != worker.entry.arguments || entry.executable != worker.entry.executable
    }

    private func keep(_ process: ProcessRef, of key: String, from earlier: [DiscoveredGroup]) {
        guard let old = earlier.first(where: { $0.info.key == key }),
            let worker = old.workers.first(where: { $0.process == process })
        else { return }
        if let index = groups.firstIndex(where: { $0.info.key == key }) {
            groups[index].workers.append(worker)
            groups[index].workers.sort { $0.process < $1.process }
            return
        }
        var group = old
        group.workers = [worker]
        if let master = group.info.master, census.entry(of: master.pid)?.startTicks != master.startTicks {
            group.info.master = nil
            group.info.respawn = group.info.manager == nil ? .nothingKnown : .manager
        }
        groups.append(group)
    }

    // MARK: what others are told

    /// With what is remembered and what the desk does to it.
    func info(of group: DiscoveredGroup) -> GroupInfo {
        var info = group.info
        info.orphan = orphans.orphans[info.key]
        info.roll = rolls?.summary(of: info.key)
        info.missingSince = missing[info.key]
        return info
    }

    /// The same, as screens are told: where not all workers are watched, nobody can say that one is missing.
    func shownInfo(of group: DiscoveredGroup) -> GroupInfo {
        var info = info(of: group)
        if limitations.contains(.workersOmitted) { (info.expected, info.missingSince) = (nil, nil) }
        return info
    }

    func fillMemory(_ row: inout GroupRow, of group: DiscoveredGroup) {
        let workers = group.workers.lazy.map { [boot = settings.boot] worker in
            WorkerID(boot: boot, pid: worker.process.pid, startTicks: worker.process.startTicks)
        }
        guard let fill = cgroups.room.fullest(of: workers) else { return }
        (row[.memoryUsedBytes], row[.memoryLimitBytes]) = (fill.used, fill.limit)
    }

    func liveGroups(at now: Moment) -> [LiveGroup] {
        versions.keep(Set(groups.compactMap(\.info.master)))
        return groups.map { group in
            let info = info(of: group)
            let master = info.master.flatMap { census.entry(of: $0.pid) }
            // A group without any processes is still that user's.
            if let leading = master ?? group.workers.first.flatMap({ census.entry(of: $0.process.pid) }) {
                facts[info.key] = GroupFacts(uid: leading.uid, executable: leading.executable)
            }
            let version = master.flatMap { master in
                versions.version(
                    of: master, kind: info.kind, started: startTime(ofTicks: master.startTicks, at: now.wall))
            }
            return LiveGroup(
                info: info, link: group.link, uid: facts[info.key]?.uid ?? UInt32.max, serverVersion: version,
                masterArguments: master?.arguments ?? [], rule: configuration?.strategy(app: info.app),
                executable: facts[info.key]?.executable)
        }
    }

    func liveWorker(_ worker: WatchedWorker, of app: String, row: WorkerRow) -> LiveWorker {
        LiveWorker(
            id: worker.id, groupKey: worker.info.groupKey, app: app, slot: worker.info.slot, uid: worker.info.uid,
            link: worker.link, lagMicroseconds: Self.lag(in: row), seen: worker.seen)
    }

    /// An open stall is lag. "At most" is none that a bound could be compared with.
    static func lag(in row: WorkerRow) -> UInt64? {
        guard let method = row[.lagMethod].flatMap(LagMethod.init(packed:)) else { return nil }
        switch method.quality {
        case .exact, .floor: return row.longestStretchMicroseconds
        case .bound, .none: return nil
        }
    }

    func place(of info: WorkerInfo) -> WorkerPlace {
        WorkerPlace(worker: info.id, app: appName(of: info.groupKey), groupKey: info.groupKey, slot: info.slot)
    }

    /// Orphans and loops that hang, as of this sweep.
    func tellOfOrphans(at now: Moment) {
        for (key, news) in orphans.look(groups, now: now.monotonic) {
            let app = appName(of: key)
            switch news {
            case .found(let orphan):
                let name = census.entry(of: orphan.process.pid)?.name ?? ""
                output.event(.orphanFound(app: app, groupKey: key, orphan, name: name), now)
            case .gone(let orphan): output.event(.orphanGone(app: app, groupKey: key, orphan), now)
            }
        }
    }

    func tell(_ news: HungWatch.News, of info: WorkerInfo, at now: Moment) {
        switch news {
        case .began: output.event(.hung(place(of: info)), now)
        case .ended(let time): output.event(.hungEnded(place(of: info), after: time), now)
        }
    }
}
