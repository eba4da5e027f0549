import Glibc
import Model
import ProcFS

/// Deaths of workers.
extension Sampler {
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
        if wake.born { heardOfBirths() }
        for mark in wake.ended {
            if let late = unreaped[mark] {
                report(late, news(of: late.worker))
            } else if let id = marks[mark] {
                bury(id)
            }
        }
    }

    /// A worker ended. Its end is reported at once where the kernel tells how it ended, and else when its parent has
    /// reaped it, but soon in any case.
    private func bury(_ id: WorkerID) {
        guard let worker = watched[id] else { return }
        let news = news(of: worker)
        let now = Clocks.now()
        // At once: a control group can go with its last process.
        let memoryKills = cgroups.kills.count(for: id, reader: reader)
        let end = Unreaped(
            worker: worker, app: appName(of: worker.info.groupKey), ended: now, memoryKills: memoryKills,
            last: lastRow(of: worker, at: now.monotonic))
        letGo(worker, now: now)
        census.forget(id.pid)
        births.newborns.bury(id.pid)
        totals[worker.info.groupKey]?.countExit()
        hostTotals.countExit()
        missing.ended(in: worker.info.groupKey, at: now.wall)
        looks = Self.looksAfterExit.map { now.monotonic + $0 }
        guard news == .unreaped else { return report(end, news) }
        unreaped[worker.mark] = end
        poller.watchForReaping(worker.pidfd, mark: worker.mark)
    }

    /// From the kernel where it tells, else from what is left of the process.
    private func news(of worker: WatchedWorker) -> ExitStatus.News {
        let news = ExitStatus.news(ofPidfd: worker.pidfd)
        if case .known = news { return news }
        return worker.statusAsDead(reader: reader).map { .known($0) } ?? news
    }

    private func report(_ end: Unreaped, _ news: ExitStatus.News) {
        unreaped[end.worker.mark] = nil
        poller.forget(end.worker.pidfd)
        var status: ExitStatus?
        if case .known(let told) = news { status = told }
        let info = end.worker.info
        let isKilled = cgroups.explains(info.id, status, kills: end.memoryKills)
        cgroups.forget(info.id)
        let isAskedFor =
            ledger?.ended(info.id, at: end.ended, status: status, oomKilled: isKilled, last: end.last) ?? false
        if !isAskedFor {
            let process = ProcessRef(pid: info.id.pid, startTicks: info.id.startTicks)
            let lived = end.ended.monotonic - startInstant(of: process, at: end.ended.monotonic)
            restarts.forget(before: end.ended.monotonic)
            restarts.ended(info.place, at: end.ended.monotonic, status, lived: lived)
        }
        output.exited(info.id, status)
        let place = WorkerPlace(worker: info.id, app: end.app, groupKey: info.groupKey, slot: info.slot)
        output.event(.workerExited(place, status: status, oomKilled: isKilled), end.ended)
    }

    /// Parents that do not reap in time: the end counts more than how.
    func giveUpOnReaping(at now: MonotonicInstant) {
        for end in unreaped.values where end.ended.monotonic + Self.reapingTime <= now {
            report(end, news(of: end.worker))
        }
    }

    /// It is no worker any more.
    func letGo(_ worker: WatchedWorker, now: Moment) {
        let id = worker.id
        guard watched.removeValue(forKey: id) != nil else { return }
        roster.removeAll { $0 === worker }
        crowds.removeAll { $0 === worker }
        poller.forget(worker.pidfd)
        marks[worker.mark] = nil
        probing?.control.forget(ProbedWorker.Target(id))
        descriptorsHeld -= min(descriptorsHeld, worker.descriptors)
        slots.release(id, in: worker.info.groupKey)
        folded.forget(id)
        if let news = hung.ended(id, now: now.monotonic) { tell(news, of: worker.info, at: now) }
    }

    /// What it did in its last interval, as far as that was seen.
    private func lastRow(of worker: WatchedWorker, at now: MonotonicInstant) -> Ledger.LastRow {
        var row = worker.row
        probing?.board.newest[worker.id]?.fill(&row, at: now)
        return Ledger.LastRow(
            cpuPermille: worker.cpuPermille, residentBytes: worker.lastResidentBytes,
            lagMicroseconds: Self.lag(in: row))
    }
}
