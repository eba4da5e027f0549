import CLinux
import Control
import Discovery
import Glibc
import Lag
import Model
import ProcFS
import Trust

/// What the sampler is told once.
struct SamplerSettings: Sendable {
    var boot: BootID
    var interval: Duration
    var scope: Scope
    var ticksPerSecond: UInt32
    /// How many descriptors the process may have.
    var descriptorLimit: UInt64
    var procRoot = "/proc"

    var nanosecondsPerTick: UInt64 { 1_000_000_000 / UInt64(max(1, ticksPerSecond)) }
}

/// Finds workers, reads their counters on a fixed cadence, and learns of their deaths the moment they happen.
///
/// One thread owns it. It sleeps in epoll on the pidfd of every worker until the next sweep is due.
final class Sampler {
    /// After an exit a replacement is looked for sooner than at the next sweep.
    static let looksAfterExit: [Duration] = [.milliseconds(50), .milliseconds(150), .milliseconds(350)]
    /// Descriptors that are not for workers: sessions, logs, the loop's own.
    static let reservedDescriptors: UInt64 = 256
    /// How long the parent of an ended worker has to reap it before its end is reported without a status.
    static let reapingTime = Duration.milliseconds(100)
    /// Groups without workers whose counters are kept, for when their workers come back.
    static let maximumTotals = 2000

    /// A worker that ended and was not reaped yet.
    struct Unreaped {
        var worker: WatchedWorker
        var app: String
        var ended: Moment
        /// Of its control group, at its end.
        var memoryKills: UInt64?
        var last: Ledger.LastRow
    }

    /// What is known of a group whose processes may all have ended.
    struct GroupFacts {
        var uid: UInt32
        var executable: String?
    }

    /// How long the prober may take to close all windows.
    static let windowDelay = Duration.milliseconds(20)

    /// A service manager wants to hear more often than the slowest cadence sweeps.
    static let pulse = Duration.seconds(10)

    let settings: SamplerSettings
    let output: SamplerOutput
    let reader: ProcReader
    /// Whether workers of other users could be signalled.
    var mayKill: Bool
    private let hostReader: HostReader
    let control: SamplerControl
    let poller: Poller
    var census: Census
    var families = Families()
    let births = Births()
    var memory = GroupMemory()
    var orphans = OrphanWatch()
    var hung = HungWatch()
    var missing = MissingSince()
    private var health: HostHealth
    /// When what outlives the agent was handed over last.
    var keptAt: MonotonicInstant?
    var slots = SlotTable()
    var cgroups = WorkerCgroups()
    var restarts = RestartCounts()
    var folded: FoldedCosts
    var versions: ServerVersions
    /// With those that lost all their workers; ascending by key.
    var groups: [DiscoveredGroup] = []
    /// Of all groups, by key.
    var apps: [String: String] = [:]
    var facts: [String: GroupFacts] = [:]
    /// What the configuration said when it was looked at last.
    var overrides: [AppOverride] = []
    var generation: UInt64 = 0
    var watched: [WorkerID: WatchedWorker] = [:]
    /// Whom the poller's marks mean.
    var marks: [UInt64: WorkerID] = [:]
    /// Who is to be read in this sweep.
    var readings: [(worker: WatchedWorker, reading: WatchedWorker.Reading)] = []
    /// Of the last sweep, those of several threads.
    var crowds: [WatchedWorker] = []
    /// Tells of all processes, where it could be loaded; set before the first sweep.
    var tasks: TaskIterator?
    /// Tells of threads, where the kernel lets it.
    let threadCounters = ThreadCounterBatch()
    var lastMark: UInt64 = 0
    var unreaped: [UInt64: Unreaped] = [:]
    var descriptorsHeld: UInt64 = 0
    /// The same, ascending by id.
    var roster: [WatchedWorker] = []
    var totals: [String: GroupTotals] = [:]
    var hostTotals = GroupTotals()
    var sequence: UInt64 = 0
    /// When the last sweep began, in ticks since boot; `nil` before the first.
    var sweptTicks: UInt64?
    /// When this run began, in ticks since boot.
    let beganTicks: UInt64
    private let began = Clocks.monotonic()
    /// Of the newest one that is over.
    var sweepTime: Duration?
    private var missedSweeps: UInt64 = 0
    var pace: SweepPace
    private var quota = OwnQuota()
    private var ownMemory = OwnMemory()
    /// How much later than planned the newest sweep began.
    private var lateness: Duration?
    var looks: [MonotonicInstant] = []
    var limitations: Limitations = []
    /// Who probes the workers' loops, where somebody does; set before the first sweep.
    var probing: (control: ProberControl, board: LagBoard)?
    /// What runtimes say of themselves, where somebody takes it; set before the first sweep.
    var runtime: RuntimeBoard?
    /// Who is connected to whom, where somebody looks; set before the first sweep.
    var connections: ConnectionBoard?
    /// What the user says of apps; set before the first sweep.
    var configuration: ConfigurationBox?
    /// Rolls to be shown with their groups; set before the first sweep.
    var rolls: RollBoard?
    /// Who lived where; set before the first sweep.
    var ledger: LedgerBox?
    /// Whose certificate must not end unnoticed; set before the first sweep.
    var membership: Membership?

    init(settings: SamplerSettings, output: SamplerOutput, control: SamplerControl) throws(Fatal) {
        self.settings = settings
        self.output = output
        pace = SweepPace(interval: settings.interval)
        reader = ProcReader(root: settings.procRoot)
        hostReader = HostReader(reader: reader, ticksPerSecond: settings.ticksPerSecond)
        census = Census(scope: settings.scope)
        folded = FoldedCosts(pageSize: UInt64(max(1, sysconf(CInt(_SC_PAGESIZE)))))
        versions = ServerVersions(procRoot: settings.procRoot)
        self.control = control
        health = HostHealth(
            cores: UInt32(clamping: sysconf(CInt(_SC_NPROCESSORS_ONLN))), interval: settings.interval)
        beganTicks = Clocks.sinceBootNanoseconds() / settings.nanosecondsPerTick
        poller = try Poller(bell: control.bell)
        mayKill = geteuid() == 0
        do throws(ProcError) {
            let own = try reader.processDirectory(getpid())
            mayKill = try reader.withFile("status", of: own) { (text) throws(ProcError) in
                try Capabilities(parsing: text).has(.kill)
            }
            // This process has descriptors open, so a kernel that counts them counts some.
            if try reader.descriptorCount(of: own) == nil { limitations.insert(.noDescriptorCount) }
            if Self.hidesFirstProcess(reader) { limitations.insert(.processesHidden) }
        } catch {
            // A recorded tree does not hold this process: then what it may do is what its user may.
        }
    }

    /// Until told to stop.
    func run() {
        var next = Clocks.monotonic()
        var isFirst = true
        while !control.isStopping {
            let now = Clocks.monotonic()
            if now >= next {
                lateness = isFirst ? nil : now - next
                sweep()
                keepPace()
                next =
                    isFirst
                    ? Self.appointment(after: next + settings.interval / 2, interval: settings.interval)
                    : next + pace.pause
                isFirst = false
                let after = Clocks.monotonic()
                while next <= after {
                    missedSweeps += 1
                    next = next + pace.pause
                }
                continue
            }
            let patience = unreaped.values.lazy.map { $0.ended.monotonic + Self.reapingTime }.min()
            let wake = min(next, looks.first ?? next, patience ?? next, births.pace.due ?? next, now + Self.pulse)
            handle(poller.wait(until: wake, now: now))
            if wake == now + Self.pulse { output.alive() }
            giveUpOnReaping(at: Clocks.monotonic())
            attendBirths(at: Clocks.monotonic())
            if let look = looks.first, Clocks.monotonic() >= look, !control.isStopping {
                looks.removeFirst()
                lookForWorkers()
            }
        }
        keep(at: Clocks.now(), isLast: true)
    }

    private func keepPace() {
        quota.refresh(reader, now: Clocks.monotonic())
        if quota.limit != pace.limit { probing?.control.keep(within: quota.limit) }
        pace.limit = quota.limit
        pace.workers = roster.count
        let before = pace.pause
        let cpu = Duration.nanoseconds(Int64(clamping: Clocks.threadCPUNanoseconds()))
        pace.note(cpu: cpu, swept: sweepTime ?? .zero, now: Clocks.monotonic())
        guard pace.pause != before else { return }
        let seconds = pace.pause.seconds
        output.warn(
            pace.pause > before
                ? "looking at \(roster.count) workers costs too much: every \(seconds) s from now on"
                : "looking at \(roster.count) workers costs less: every \(seconds) s again")
    }

    /// The windows of the lag end at whole multiples of the interval (of a second, where that is more); a sweep comes
    /// when they are closed, so that the CPU and the lag of one row are of the same time.
    static func appointment(after now: MonotonicInstant, interval: Duration) -> MonotonicInstant {
        let step = UInt64(max(1, interval.nanoseconds))
        let delay = min(windowDelay, interval / 2)
        let earlier = now - delay
        return MonotonicInstant(nanoseconds: (earlier.nanoseconds / step + 1) * step) + delay
    }

    func publish(at moment: Moment, without lost: Set<WorkerID>) {
        let now = moment.monotonic
        var entries: [WorkerEntry] = []
        var living: [LiveWorker] = []
        entries.reserveCapacity(roster.count)
        living.reserveCapacity(roster.count)
        let lag = probing?.board.newest
        var nextReading = 0
        let reports = runtime.flatMap { $0.count > 0 ? $0 : nil }
        // Workers of a group mostly follow one another.
        var (key, app) = ("", "")
        var group: Dictionary<String, GroupTotals>.Index?
        // Of `info` what is needed: a copy of all of it takes as long as most of the rest.
        for (index, worker) in roster.enumerated() {
            if index + Prefetch.far < roster.count { Prefetch.object(roster[index + Prefetch.far], bytes: 576) }
            if index + Prefetch.near < roster.count {
                Prefetch.object(roster[index + Prefetch.near].shared.object, bytes: 192)
            }
            let id = worker.id
            guard lost.isEmpty || !lost.contains(id) else { continue }
            if key != worker.info.groupKey {
                key = worker.info.groupKey
                app = appName(of: key)
                group = totals.index(forKey: key)
            }
            var row = worker.row
            // Without a copy of the reading, which is large.
            let place = lag?.place(of: id, guess: nextReading)
            var (stretches, window, allStretches) = (LagHistogram(), Duration.zero, LagHistogram())
            if let lag, let place {
                nextReading = place + 1
                lag.readings[place].fill(&row, at: now)
                stretches = lag.readings[place].window.stretches
                window = lag.readings[place].claimedTime
                allStretches = lag.readings[place].stretches
            }
            hostTotals.add(
                row, use: worker.use, cpuGrowth: worker.cpuGrowth, stretches: stretches, window: window)
            if let group {
                totals.values[group].add(
                    row, use: worker.use, cpuGrowth: worker.cpuGrowth, stretches: stretches, window: window,
                    openFilesLimit: worker.info.openFilesLimit)
            }
            reports?.fill(&row, worker: id, now: now)
            connections?.fill(&row, worker: id, now: now)
            folded.fill(&row, worker: id, folded: worker.info.folded, sweep: sequence, reader: reader)
            if let lag, let place, let news = hung.look(at: id, isHung: lag.readings[place].isHung, now: now) {
                tell(news, of: worker.info, at: moment)
            }
            entries.append(
                WorkerEntry(sharing: worker.shared, row: row, stretches: allStretches))
            living.append(liveWorker(worker, of: app, row: row))
        }
        tellOfOrphans(at: moment)
        var host = HostRow()
        do {
            try hostReader.sample(into: &host)
        } catch {
            output.warn("host: \(error)")
        }
        host[.workers] = hostTotals.workers
        host[.workersCPUNanoseconds] = hostTotals.cpuNanoseconds
        host[.workersResidentBytes] = hostTotals.residentBytes
        host[.worstUtilisationPermille] = hostTotals.utilisationPermille
        host[.worstLagBoundNanoseconds] = hostTotals.boundNanoseconds
        host[.exits] = hostTotals.exits
        host[.worstLagMicroseconds] = hostTotals.worstLagMicroseconds
        host[.lagP99Microseconds] = hostTotals.lagP99Microseconds
        host[.lagQuality] = hostTotals.lagQuality.map { UInt64($0.rawValue) }
        host[.hungWorkers] = hostTotals.hungWorkers
        host[.agentCPUNanoseconds] = Clocks.ownCPUNanoseconds()
        ownMemory.look(reader, now: now)
        host[.agentResidentBytes] = ownMemory.residentBytes
        host[.agentProportionalBytes] = ownMemory.proportionalBytes
        host[.agentBeganNanoseconds] = began.nanoseconds
        host[.sweepMicroseconds] = sweepTime.map { UInt64(max(0, $0.nanoseconds / 1000)) }
        host[.sweepLatenessMicroseconds] = lateness.map { UInt64(max(0, $0.nanoseconds / 1000)) }
        host[.missedSweeps] = missedSweeps
        host[.cadenceMilliseconds] = UInt64(clamping: pace.pause.nanoseconds / 1_000_000)
        host[.probeStretchPermille] = lag?.stretchPermille
        missing.look(groups.map { (shownInfo(of: $0), totals[$0.info.key]?.workers ?? 0) }, now: moment.wall)
        var snapshot = Snapshot(
            sequence: sequence, monotonic: now, wall: moment.wall, limitations: limitations, host: host,
            groups: groups.map { group in
                var row = totals[group.info.key]?.row ?? GroupRow()
                connections?.fill(&row, key: group.info.key, now: now)
                fillMemory(&row, of: group)
                row[.restarts] = restarts.worst(of: group.info.key, now: now)?.packed ?? 0
                return GroupEntry(info: shownInfo(of: group), row: row)
            },
            workers: entries)
        health.certificateEnd = membership?.certificateEnd
        health.judge(&snapshot)
        output.snapshot(snapshot)
        output.workers(living, liveGroups(at: moment), moment)
        output.swept(sequence, entries.count)
        keep(at: moment)
    }

    /// Its key stands in where a group is gone already.
    func appName(of key: String) -> String { apps[key] ?? key }

    /// Every pid namespace has a first process, which root owns; whoever cannot see it sees no other user's.
    private static func hidesFirstProcess(_ reader: ProcReader) -> Bool {
        do {
            _ = try reader.processDirectory(1)
            return false
        } catch {
            return true
        }
    }

    func set(_ limitation: Limitations, _ holds: Bool) {
        if holds { limitations.insert(limitation) } else { limitations.remove(limitation) }
    }
}
