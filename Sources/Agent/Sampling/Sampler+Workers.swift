import CLinux
import Discovery
import Glibc
import Model
import ProcFS

/// Births: whom the sampler watches.
extension Sampler {
    /// Where discovery sees a worker.
    struct WorkerSeat {
        var key: String
        var worker: DiscoveredWorker
        var slot: UInt32 = 0
    }

    /// Looks for new processes, groups them, and takes hold of the workers that are new. `listed`: all processes there are,
    /// where somebody listed them just now.
    func lookForWorkers(among listed: [Int32]? = nil) {
        let now = Clocks.now()
        guard discoverGroups(among: listed, now: now) else { return refreshGroups(at: now.monotonic) }
        set(.detailsDenied, census.detailsDenied)
        if let root = settings.scope.underPID, census.entry(of: root) == nil {
            output.warn("pid \(root) has ended: there is nothing left to watch below it")
        }
        let wanted = seats()
        for (id, worker) in watched where wanted[id] == nil {
            ledger?.left(id)
            cgroups.forget(id)
            letGo(worker, now: now)
        }
        set(.workersOmitted, false)
        for (id, seat) in wanted.sorted(by: { $0.key < $1.key }) {
            if let worker = watched[id] {
                describeAnew(worker, in: seat)
            } else {
                take(id, into: seat, now: now)
            }
        }
        roster = watched.values.sorted { $0.id < $1.id }
        folded.keep(watched.values.lazy.map(\.info))
        output.workers(
            roster.map { liveWorker($0, of: appName(of: $0.info.groupKey), row: $0.row) }, liveGroups(at: now), now)
    }

    /// All workers that were found, with their slots.
    private func seats() -> [WorkerID: WorkerSeat] {
        var seats: [WorkerID: WorkerSeat] = [:]
        for group in groups {
            let key = group.info.key
            var claims: [SlotTable.Claim] = []
            for worker in group.workers {
                let id = WorkerID(boot: settings.boot, pid: worker.process.pid, startTicks: worker.process.startTicks)
                let earlier = watched[id].flatMap { $0.info.groupKey == key ? nil : $0.info.slot }
                claims.append(SlotTable.Claim(id, published: worker.slot, earlier: earlier))
                seats[id] = WorkerSeat(key: key, worker: worker)
            }
            guard !claims.isEmpty else { continue }
            for (id, slot) in slots.assign(claims, in: key) { seats[id]?.slot = slot }
        }
        return seats
    }

    /// A process can become something else and stay the same process: by exec, a new title, another parent or group.
    private func describeAnew(_ worker: WatchedWorker, in seat: WorkerSeat) {
        let old = worker.info
        guard let entry = census.entry(of: old.id.pid) else { return }
        // Redacting costs more than all the rest.
        let arguments = entry.arguments == worker.entry.arguments ? old.arguments : nil
        var info = info(of: old.id, from: entry, in: seat, arguments: arguments, started: old.started)
        info.openFilesLimit = old.openFilesLimit
        guard info != old || entry != worker.entry || seat.worker.link != worker.link else { return }
        if entry.cgroup != worker.entry.cgroup { watchMemory(of: old.id, now: Clocks.monotonic()) }
        worker.describe(as: info, from: entry, link: seat.worker.link)
        // Who only outlived a master ends where it lived.
        if !memory.isLeftover(info.groupKey) { ledger?.moved(info) }
    }

    private func info(
        of id: WorkerID, from entry: ProcessEntry, in seat: WorkerSeat, arguments: [String]?, started: WallTime
    ) -> WorkerInfo {
        WorkerInfo(
            id: id, parentPID: entry.parentPID, groupKey: seat.key, slot: seat.slot, uid: entry.uid, name: entry.name,
            arguments: arguments ?? Redactor.redact(arguments: entry.arguments), started: started,
            manager: seat.worker.link?.manager, folded: seat.worker.folded)
    }

    /// In its control groups.
    private func watchMemory(of id: WorkerID, now: MonotonicInstant) {
        cgroups.watch(id, reader: reader, now: now)
    }

    private func take(_ id: WorkerID, into seat: WorkerSeat, now: Moment) {
        guard let entry = census.entry(of: id.pid), entry.startTicks == id.startTicks else { return }
        // Files are kept as long as that leaves half of the descriptors to workers whose files are not.
        let room = settings.descriptorLimit - min(settings.descriptorLimit, Self.reservedDescriptors)
        let hasCounters = tasks != nil || threadCounters != nil
        let kept = WatchedWorker.descriptors(keep: true, hasCounters: hasCounters)
        let keep = descriptorsHeld + kept <= room / 2
        let needed = WatchedWorker.descriptors(keep: false, hasCounters: hasCounters)
        guard descriptorsHeld + needed <= room else { return set(.workersOmitted, true) }
        let started = startTime(ofTicks: id.startTicks, at: now.wall)
        let info = info(of: id, from: entry, in: seat, arguments: nil, started: started)
        lastMark += 1
        do {
            let worker = try WatchedWorker(
                info: info, entry: entry, link: seat.worker.link, seen: now.monotonic, mark: lastMark, keep: keep,
                hasCounters: hasCounters, isNewborn: sweptTicks.map { id.startTicks >= $0 } ?? false, reader: reader)
            try poller.watch(worker.pidfd, mark: worker.mark)
            watched[id] = worker
            marks[worker.mark] = id
            descriptorsHeld += worker.descriptors
            probing?.control.probe(ProbedWorker.Target(id))
            ledger?.began(info)
            watchMemory(of: id, now: now.monotonic)
            tellOfBirth(info, at: now)
        } catch {
            slots.release(id, in: seat.key)
            switch error {
            case .vanished: census.forget(id.pid)
            case .io("pidfd", ENOSYS): set(.noPidfd, true)
            default: output.warn("cannot watch pid \(id.pid): \(error)")
            }
        }
    }

    /// Who ran before the agent did is found; whoever came since started when the kernel says so, which is before it was
    /// seen to serve.
    private func tellOfBirth(_ info: WorkerInfo, at now: Moment) {
        let app = appName(of: info.groupKey)
        guard info.id.startTicks >= beganTicks else { return output.event(.workerFound(info, app: app), now) }
        let process = ProcessRef(pid: info.id.pid, startTicks: info.id.startTicks)
        let started = Moment(monotonic: startInstant(of: process, at: now.monotonic), wall: info.started)
        output.event(.workerStarted(info, app: app), started)
    }

    var ticksSinceBoot: UInt64 { Clocks.sinceBootNanoseconds() / nanosecondsPerTick }

    private var nanosecondsPerTick: UInt64 { settings.nanosecondsPerTick }

    /// Start ticks count from boot, on the clock that goes on while the machine sleeps; the wall clock is only a label.
    func startTime(ofTicks ticks: UInt64, at now: WallTime) -> WallTime {
        // Wraps rather than traps: a label must not end the agent.
        WallTime(nanoseconds: now.nanoseconds &- Int64(clamping: age(ofTicks: ticks)))
    }

    /// On the agent's clock; before its start where the machine slept since.
    func startInstant(of process: ProcessRef, at now: MonotonicInstant) -> MonotonicInstant {
        now - .nanoseconds(Int64(clamping: age(ofTicks: process.startTicks)))
    }

    private func age(ofTicks ticks: UInt64) -> UInt64 {
        let (started, overflow) = ticks.multipliedReportingOverflow(by: nanosecondsPerTick)
        let uptime = Clocks.sinceBootNanoseconds()
        return overflow || started > uptime ? 0 : uptime - started
    }
}
