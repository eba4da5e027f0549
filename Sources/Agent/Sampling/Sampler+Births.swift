import Discovery
import Glibc
import Model

/// Births between sweeps, and workers that live for too short to be seen by one.
extension Sampler {
    /// Whose children may be workers: all masters but postgres', which forks a process for each connection.
    func followMasters(now: MonotonicInstant) {
        guard settings.procRoot == "/proc" else { return }
        var families: [Int32: Births.Family] = [:]
        for group in groups where group.info.kind != .postgres {
            guard let master = group.info.master else { continue }
            let key = isOfOneProgram(group, master) ? group.info.key : nil
            let other = families[master.pid]?.key
            families[master.pid] = Births.Family(key: other == nil ? key : key == nil ? other : nil)
        }
        births.follow(families, now: now)
    }

    /// Whether the workers run the program of their master; where all of them are gone, what was known of them.
    private func isOfOneProgram(_ group: DiscoveredGroup, _ master: ProcessRef) -> Bool {
        guard let worker = group.workers.first.flatMap({ census.entry(of: $0.process.pid) }) else {
            return births.families[master.pid]?.key == group.info.key
        }
        let program = census.entry(of: master.pid)?.executable
        return program != nil && program == worker.executable
    }

    /// There is news: what comes within `BirthPace.patience` is read with it.
    func heardOfBirths() {
        guard let netlink = births.netlink else { return }
        poller.forget(netlink)
        births.pace.heard(at: Clocks.monotonic())
    }

    /// Does what is due.
    func attendBirths(at now: MonotonicInstant) {
        guard let due = births.pace.due, due <= now else { return }
        if let beginning = births.pace.beginning, beginning <= now {
            if let words = births.begin(now: now) { output.note(words) }
            listenForBirths()
        }
        if let reading = births.pace.reading, reading <= now { readBirths(at: now) }
        if let looking = births.pace.looking, looking <= now {
            let before = Clocks.threadCPUNanoseconds()
            lookForWorkers()
            let cost = Duration.nanoseconds(Int64(clamping: Clocks.threadCPUNanoseconds() &- before))
            births.pace.looked(cost, isWaiting: births.newborns.isWaiting, at: Clocks.monotonic())
        }
    }

    private func readBirths(at now: MonotonicInstant) {
        let (ended, words) = births.read(watched: { Set(watched.keys.lazy.map(\.pid)) }, now: now)
        if let words { output.note(words) }
        for life in ended { count(life, now: Moment(monotonic: now, wall: Clocks.wall())) }
        listenForBirths()
    }

    private func listenForBirths() {
        if let netlink = births.netlink { poller.watchBirths(netlink) }
    }

    /// One that ended unseen: its group has an end more, in the slot that it would have had.
    private func count(_ life: Newborns.ShortLife, now: Moment) {
        guard let key = births.families[life.parent]?.key, let app = apps[key] else { return }
        totals[key]?.countExit()
        hostTotals.countExit()
        let slot = slots.next(in: key)
        restarts.forget(before: now.monotonic)
        restarts.ended(
            Ledger.Place(groupKey: key, slot: slot), at: life.ended, life.status, lived: life.ended - life.born)
        guard births.tells(of: key, at: now.monotonic) else { return }
        let age = UInt64(max(0, (now.monotonic - life.born).nanoseconds))
        let uptime = Clocks.sinceBootNanoseconds()
        let ticks = (uptime - min(uptime, age)) / settings.nanosecondsPerTick
        let worker = WorkerID(boot: settings.boot, pid: life.pid, startTicks: ticks)
        let place = WorkerPlace(worker: worker, app: app, groupKey: key, slot: slot)
        let since = (now.monotonic - life.ended).nanoseconds
        let wall = WallTime(nanoseconds: now.wall.nanoseconds &- since)
        output.event(
            .workerExited(place, status: life.status, oomKilled: false), Moment(monotonic: life.ended, wall: wall))
    }
}
