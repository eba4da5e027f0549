import CLinux
import Discovery
import Glibc
import Model
import ProcFS

/// Births and deaths: whom the sampler watches.
extension Sampler {
    /// Looks for new processes, groups them, and takes hold of the workers that are new.
    func lookForWorkers() {
        let now = Clocks.now()
        do {
            guard try census.refresh(reader: reader, now: now.monotonic) || sequence == 0 else { return }
        } catch {
            output.warn("cannot list processes: \(error)")
            return
        }
        // Who ended while the processes were listed is not among them, and must be buried rather than let go below.
        noteEnds()
        set(.detailsDenied, census.detailsDenied)
        if let root = settings.scope.underPID, census.entry(of: root) == nil {
            output.warn("pid \(root) has ended: there is nothing left to watch below it")
        }
        let table = census.table
        let earlier = groups
        groups = families.complete(discover(table, scope: settings.scope), in: table)
        var wanted: [WorkerID: (key: String, pid: Int32)] = [:]
        for group in groups {
            for worker in group.workers {
                wanted[WorkerID(boot: settings.boot, pid: worker.pid, startTicks: worker.startTicks)] =
                    (group.info.key, worker.pid)
            }
            if totals[group.info.key] == nil { totals[group.info.key] = GroupTotals() }
        }
        // A server that forks its workers only after it listens looks like a single one until then.
        let masters = Set(groups.compactMap(\.info.masterPID))
        for (id, worker) in watched where wanted[id] == nil {
            if isSomethingElse(worker) || masters.contains(id.pid) {
                release(id)
            } else {
                keepGroup(of: worker, from: earlier)
            }
        }
        set(.workersOmitted, false)
        for (id, place) in wanted.sorted(by: { $0.key < $1.key }) {
            if let worker = watched[id] {
                describeAnew(worker, in: place.key)
            } else {
                take(id, into: place.key, now: now)
            }
        }
        order = watched.keys.sorted()
        if totals.count > Self.maximumTotals {
            let living = Set(groups.map(\.info.key))
            totals = totals.filter { living.contains($0.key) }
        }
        output.workers(order.compactMap { watched[$0]?.info }, apps, now)
    }

    /// A worker that discovery does not find any more is let go only when it runs another program or title. Else it is on
    /// its way out (its memory, and with it its command line, goes before its end is told) or was orphaned out of the
    /// scope: it is still the same worker, and nobody else would report its end.
    private func isSomethingElse(_ worker: WatchedWorker) -> Bool {
        guard let entry = census.entry(of: worker.info.id.pid), entry.startTicks == worker.info.id.startTicks else {
            return false
        }
        guard !entry.arguments.isEmpty else { return false }
        return entry.arguments != worker.entry.arguments || entry.executable != worker.entry.executable
    }

    private func keepGroup(of worker: WatchedWorker, from earlier: [DiscoveredGroup]) {
        let key = worker.info.groupKey
        guard !groups.contains(where: { $0.info.key == key }),
            var group = earlier.first(where: { $0.info.key == key })
        else { return }
        if let master = group.info.masterPID, census.entry(of: master) == nil {
            group.info.masterPID = nil
            group.info.respawn = .nothingKnown
        }
        groups.append(group)
    }

    /// A process can become something else and stay the same process: by exec, a new title, another parent or group.
    private func describeAnew(_ worker: WatchedWorker, in key: String) {
        let old = worker.info
        guard let entry = census.entry(of: old.id.pid), entry != worker.entry || key != old.groupKey else { return }
        var slot = old.slot
        if key != old.groupKey {
            slots.release(old.id, in: old.groupKey)
            slot = slots.slot(of: old.id, in: key, preferring: old.slot)
        }
        let info = self.info(of: old.id, from: entry, in: key, slot: slot, started: old.started)
        worker.describe(as: info, from: entry)
    }

    private func info(
        of id: WorkerID, from entry: ProcessEntry, in key: String, slot: UInt32, started: WallTime
    ) -> WorkerInfo {
        WorkerInfo(
            id: id, parentPID: entry.parentPID, groupKey: key, slot: slot, uid: entry.uid, name: entry.name,
            arguments: Redactor.redact(arguments: entry.arguments), started: started)
    }

    private func take(_ id: WorkerID, into key: String, now: Moment) {
        guard let entry = census.entry(of: id.pid), entry.startTicks == id.startTicks else { return }
        // Files are kept as long as that leaves half of the descriptors to workers whose files are not.
        let room = settings.descriptorLimit - min(settings.descriptorLimit, Self.reservedDescriptors)
        let keep = descriptorsHeld + Self.descriptorsKept <= room / 2
        guard descriptorsHeld + Self.descriptorsNeeded <= room else { return set(.workersOmitted, true) }
        let slot = slots.slot(of: id, in: key)
        let info = info(of: id, from: entry, in: key, slot: slot, started: startTime(of: id, at: now))
        lastMark += 1
        do {
            let worker = try WatchedWorker(
                info: info, entry: entry, mark: lastMark, keep: keep,
                isNewborn: sweptTicks.map { id.startTicks >= $0 } ?? false, reader: reader)
            try poller.watch(worker.pidfd, mark: worker.mark)
            watched[id] = worker
            marks[worker.mark] = id
            descriptorsHeld += worker.descriptors
            probing?.control.probe(ProbedWorker.Target(id))
            output.started(info, appName(of: key), now)
        } catch {
            slots.release(id, in: key)
            switch error {
            case .vanished: census.forget(id.pid)
            case .io("pidfd", ENOSYS): set(.noPidfd, true)
            default: output.warn("cannot watch pid \(id.pid): \(error)")
            }
        }
    }

    var ticksSinceBoot: UInt64 {
        Clocks.sinceBootNanoseconds() / (1_000_000_000 / UInt64(max(1, settings.ticksPerSecond)))
    }

    /// Start ticks count from boot, on the clock that goes on while the machine sleeps; the wall clock is only a label.
    private func startTime(of id: WorkerID, at now: Moment) -> WallTime {
        let uptime = Int64(clamping: Clocks.sinceBootNanoseconds())
        let perTick = 1_000_000_000 / Int64(max(1, settings.ticksPerSecond))
        let started = Int64(clamping: id.startTicks).multipliedReportingOverflow(by: perTick)
        // Wraps rather than traps: a label must not end the agent.
        return WallTime(nanoseconds: now.wall.nanoseconds &- uptime &+ (started.overflow ? 0 : started.partialValue))
    }

    /// All ends that are known by now; one call of the poller returns only some of them.
    func noteEnds() {
        while true {
            let wake = poller.now()
            handle(wake)
            if wake.ended.isEmpty { return }
        }
    }

    func handle(_ wake: Poller.Wake) {
        if wake.called { looks.insert(Clocks.monotonic(), at: 0) }
        for mark in wake.ended {
            if let late = unreaped[mark] {
                report(late, ExitStatus.news(ofPidfd: late.worker.pidfd))
            } else if let id = marks[mark] {
                bury(id)
            }
        }
    }

    /// A worker ended. Its end is reported at once where the kernel tells how it ended, and else when its parent has
    /// reaped it, but soon in any case.
    private func bury(_ id: WorkerID) {
        guard let worker = watched[id] else { return }
        let news = ExitStatus.news(ofPidfd: worker.pidfd)
        release(id)
        census.forget(id.pid)
        totals[worker.info.groupKey]?.countExit()
        hostTotals.countExit()
        let now = Clocks.now()
        looks = Self.looksAfterExit.map { now.monotonic + $0 }
        let end = Unreaped(worker: worker, app: appName(of: worker.info.groupKey), ended: now)
        guard news == .unreaped else { return report(end, news) }
        unreaped[worker.mark] = end
        poller.watchForReaping(worker.pidfd, mark: worker.mark)
    }

    private func report(_ end: Unreaped, _ news: ExitStatus.News) {
        unreaped[end.worker.mark] = nil
        poller.forget(end.worker.pidfd)
        var status: ExitStatus?
        if case .known(let told) = news { status = told }
        output.exited(end.worker.info, end.app, status, end.ended)
    }

    /// Parents that do not reap in time: the end counts more than how.
    func giveUpOnReaping(at now: MonotonicInstant) {
        for end in unreaped.values where end.ended.monotonic + Self.reapingTime <= now {
            report(end, ExitStatus.news(ofPidfd: end.worker.pidfd))
        }
    }

    private func release(_ id: WorkerID) {
        guard let worker = watched.removeValue(forKey: id) else { return }
        poller.forget(worker.pidfd)
        marks[worker.mark] = nil
        probing?.control.forget(ProbedWorker.Target(id))
        descriptorsHeld -= min(descriptorsHeld, worker.descriptors)
        slots.release(id, in: worker.info.groupKey)
    }
}
