import Console
import Lag
import Model

/// A listing for programs: `"schema":"looptop/v1"`. Seconds, bytes and ratios (1 is all, `_cores`: 1 is one core), times
/// in RFC 3339 UTC, `null` for what is not known. Fields are only ever added.
struct ListingDocument: Encodable, Sendable {
    static let schema = "looptop/v1"

    var schema = Self.schema
    var kind: String
    var time: String
    /// Whether hosts are missing; `hosts` says which and why.
    var incomplete: Bool
    var hosts: [HostRecord]
    /// Only in a listing of apps.
    var apps: [AppRecord]?
    /// Only in a listing of workers.
    var workers: [WorkerRecord]?

    init(_ listing: Listing) {
        kind = listing.kind.rawValue
        time = rfc3339(listing.wall)
        incomplete = !listing.missing.isEmpty
        hosts = listing.hosts.map { HostRecord(listing.fleet.hosts[$0], now: listing.now) }
        apps = listing.kind == .apps ? listing.apps.map { AppRecord($0, in: listing) } : nil
        workers = listing.kind == .workers ? listing.workers.map { WorkerRecord($0, in: listing) } : nil
    }
}

/// One line of the `jsonl` form: a record, with the schema and what it is a record of (`host`, `app`, `worker`).
struct ListingLine<Record: Encodable>: Encodable {
    var schema = ListingDocument.schema
    var kind: String
    /// Whether hosts are missing where it stands: one line alone tells it. `nil` for what is no listing.
    var incomplete: Bool?
    /// Only in a stream: when what it says was so.
    var time: String?
    var content: Record

    private enum Keys: String, CodingKey { case schema, record, time, incomplete }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(schema, forKey: .schema)
        try container.encode(kind, forKey: .record)
        try container.encodeIfPresent(incomplete, forKey: .incomplete)
        try container.encodeIfPresent(time, forKey: .time)
        try content.encode(to: encoder)
    }
}

struct HostRecord: Encodable, Sendable {
    var name: String
    var address: String
    /// ok, warn, crit, stale, down, auth, untrusted, ver, connecting.
    var state: String
    /// Why it is warn or crit, the worst first; none of a host whose numbers are not known.
    var reasons: [String]
    @Known var error: String?
    @Known var ageSeconds: Double?
    /// What the configuration or a host list says of it.
    var labels: [String: String]
    @Known var id: String?
    @Known var role: String?
    @Known var kernel: String?
    @Known var agentVersion: String?
    @Known var cores: UInt32?
    @Known var intervalSeconds: Double?
    @Known var roundTripSeconds: Double?
    @Known var clockOffsetSeconds: Double?
    @Known var sampledAt: String?
    @Known var sequence: UInt64?
    @Known var uptimeSeconds: Double?
    @Known var cpuRatio: Double?
    @Known var cpuStealRatio: Double?
    @Known var memoryTotalBytes: UInt64?
    @Known var memoryAvailableBytes: UInt64?
    @Known var load1: Double?
    @Known var load5: Double?
    @Known var load15: Double?
    @Known var pressureCpuRatio: Double?
    @Known var pressureMemoryRatio: Double?
    @Known var pressureIoRatio: Double?
    @Known var workers: UInt64?
    @Known var workersCpuCores: Double?
    @Known var workersResidentBytes: UInt64?
    @Known var worstLoopUtilisationRatio: Double?
    @Known var worstLagBoundSeconds: Double?
    @Known var worstLagSeconds: Double?
    @Known var lagP99Seconds: Double?
    @Known var lagQuality: String?
    @Known var hungWorkers: UInt64?
    /// 1: as planned.
    @Known var probeStretchRatio: Double?
    @Known var exits: UInt64?
    @Known var agentCpuCores: Double?
    @Known var agentResidentBytes: UInt64?
    /// The PSS.
    @Known var agentProportionalBytes: UInt64?
    @Known var agentSentBytes: UInt64?
    @Known var sweepSeconds: Double?
    @Known var sweepLatenessSeconds: Double?
    @Known var missedSweeps: UInt64?
    @Known var limitations: [String]?

    init(_ host: FleetHost, now: MonotonicInstant) {
        // Numbers of a host that is not there now would be taken for current ones; its last ones are the screen's.
        let snapshot = host.state.hasNumbers ? host.snapshot : nil
        let row = snapshot?.host ?? HostRow()
        let rates = host.state.hasNumbers ? host.rates : HostRates()
        let info = host.info
        name = host.name
        address = host.address
        state = host.state.word.lowercased()
        reasons = host.state.hasNumbers ? host.grade.reasons : []
        error = host.state.hasNumbers ? nil : host.failure.map(failureText) ?? "no answer in time"
        ageSeconds = rounded(host.age(now: now)?.seconds)
        labels = host.place.labels
        id = info?.id.hex
        role = host.role?.word
        kernel = info?.kernel
        agentVersion = info?.agentVersion
        cores = info?.cores
        intervalSeconds = rounded(info.map { Double($0.intervalNanoseconds) / 1e9 })
        roundTripSeconds = rounded(host.roundTrip?.seconds)
        clockOffsetSeconds = rounded(host.clockOffset?.seconds)
        sampledAt = snapshot.map { rfc3339($0.wall) }
        sequence = snapshot?.sequence
        uptimeSeconds = rounded(row[.uptimeNanoseconds].map { Double($0) / 1e9 })
        cpuRatio = rounded(rates.cpu)
        cpuStealRatio = rounded(rates.steal)
        memoryTotalBytes = row[.memoryTotalBytes]
        memoryAvailableBytes = row[.memoryAvailableBytes]
        load1 = row[.load1Hundredths].map { Double($0) / 100 }
        load5 = row[.load5Hundredths].map { Double($0) / 100 }
        load15 = row[.load15Hundredths].map { Double($0) / 100 }
        pressureCpuRatio = rounded(rates.pressureCPU)
        pressureMemoryRatio = rounded(rates.pressureMemory)
        pressureIoRatio = rounded(rates.pressureIO)
        workers = row[.workers]
        workersCpuCores = rounded(rates.workersCPU)
        workersResidentBytes = row[.workersResidentBytes]
        worstLoopUtilisationRatio = rounded(rates.worstUtilisation)
        worstLagBoundSeconds = rounded(rates.worstLagBound)
        worstLagSeconds = rounded(rates.worstLag)
        lagP99Seconds = rounded(rates.lagP99)
        lagQuality = rates.lagQuality?.word
        hungWorkers = row[.hungWorkers]
        probeStretchRatio = row[.probeStretchPermille].map { Double($0) / 1000 }
        exits = row[.exits]
        agentCpuCores = rounded(rates.agentCPU)
        agentResidentBytes = row[.agentResidentBytes]
        agentProportionalBytes = row[.agentProportionalBytes]
        agentSentBytes = row[.agentSentBytes]
        sweepSeconds = row[.sweepMicroseconds].map { Double($0) / 1e6 }
        sweepLatenessSeconds = row[.sweepLatenessMicroseconds].map { Double($0) / 1e6 }
        missedSweeps = row[.missedSweeps]
        limitations = snapshot.map { limitationTexts($0.limitations) }
    }
}

struct AppRecord: Encodable, Sendable {
    var host: String
    var app: String
    var key: String
    var kind: String
    @Known var masterPid: Int32?
    var ports: [UInt16]
    /// What is known to start a worker again: master, maybe, unknown.
    var respawn: String
    @Known var workers: UInt64?
    /// How many it should have; unknown until it settled, unless the configuration says it.
    @Known var expected: UInt32?
    @Known var cpuCores: Double?
    @Known var residentBytes: UInt64?
    @Known var worstLoopUtilisationRatio: Double?
    @Known var worstLagBoundSeconds: Double?
    @Known var worstLagSeconds: Double?
    @Known var lagP99Seconds: Double?
    @Known var lagQuality: String?
    @Known var hungWorkers: UInt64?
    @Known var exits: UInt64?
    /// Of the control group that limits it.
    @Known var memoryUsedBytes: UInt64?
    @Known var memoryLimitBytes: UInt64?
    @Known var worstOpenFilesRatio: Double?
    /// Of the worker that has most.
    @Known var worstCloseWait: UInt64?
    /// Of the slot whose workers end most often.
    @Known var restartsInHour: UInt16?

    init(_ app: Listing.App, in listing: Listing) {
        let (info, row) = (app.group.info, app.group.row)
        host = listing.fleet.hosts[app.host].name
        self.app = info.app
        key = info.key
        kind = info.kind.word
        masterPid = info.masterPID
        ports = info.ports
        respawn = info.respawn.listed
        workers = row[.workers]
        expected = info.expected
        cpuCores = rounded(app.group.cpu)
        residentBytes = row[.residentBytes]
        worstLoopUtilisationRatio = row[.worstUtilisationPermille].map { Double($0) / 1000 }
        worstLagBoundSeconds = rounded(row[.worstLagBoundNanoseconds].map { Double($0) / 1e9 })
        worstLagSeconds = rounded(row[.worstLagMicroseconds].map { Double($0) / 1e6 })
        lagP99Seconds = rounded(row[.lagP99Microseconds].map { Double($0) / 1e6 })
        lagQuality = LagQuality.of(row[.lagQuality])?.word
        hungWorkers = row[.hungWorkers]
        exits = row[.exits]
        memoryUsedBytes = row[.memoryUsedBytes]
        memoryLimitBytes = row[.memoryLimitBytes]
        worstCloseWait = row[.worstCloseWait]
        restartsInHour = row.restarts?.inHour
        worstOpenFilesRatio = row.worstOpenFilesShare
    }
}

struct WorkerRecord: Encodable, Sendable {
    var host: String
    var app: String
    var groupKey: String
    var slot: UInt32
    var pid: Int32
    var startTicks: UInt64
    var parentPid: Int32
    var uid: UInt32
    var name: String
    var arguments: [String]
    var startedAt: String
    @Known var state: String?
    @Known var cpuCores: Double?
    @Known var cpuSeconds: Double?
    @Known var residentBytes: UInt64?
    @Known var threads: UInt64?
    @Known var openFiles: UInt64?
    /// How many it may have open.
    @Known var openFilesLimit: UInt64?
    @Known var readBytes: UInt64?
    @Known var writtenBytes: UInt64?
    @Known var readBytesPerSecond: Double?
    @Known var writtenBytesPerSecond: Double?
    @Known var voluntarySwitchesPerSecond: Double?
    @Known var involuntarySwitchesPerSecond: Double?
    @Known var loopUtilisationRatio: Double?
    @Known var meanBurstSeconds: Double?
    @Known var lagBoundSeconds: Double?
    @Known var runQueueWaitRatio: Double?
    @Known var lag: LagRecord?

    init(_ worker: Listing.Worker, in listing: Listing) {
        let (info, row, rates) = (worker.track.info, worker.track.row, worker.track.rates)
        host = listing.fleet.hosts[worker.host].name
        app = worker.app
        groupKey = info.groupKey
        slot = info.slot
        pid = info.id.pid
        startTicks = info.id.startTicks
        parentPid = info.parentPID
        uid = info.uid
        name = info.name
        arguments = info.arguments
        startedAt = rfc3339(info.started)
        state = row.stateLetter
        cpuCores = rounded(rates.cpu)
        cpuSeconds = rounded(row[.cpuNanoseconds].map { Double($0) / 1e9 })
        residentBytes = row[.residentBytes]
        threads = row[.threads]
        openFiles = row[.openFiles]
        openFilesLimit = info.openFilesLimit
        readBytes = row[.readBytes]
        writtenBytes = row[.writtenBytes]
        readBytesPerSecond = rounded(rates.read)
        writtenBytesPerSecond = rounded(rates.written)
        voluntarySwitchesPerSecond = rounded(rates.voluntarySwitches)
        involuntarySwitchesPerSecond = rounded(rates.involuntarySwitches)
        loopUtilisationRatio = rounded(rates.loop?.utilisation)
        meanBurstSeconds = rounded(rates.loop?.meanBurst?.seconds)
        lagBoundSeconds = rounded(rates.loop?.bound.seconds)
        runQueueWaitRatio = rounded(rates.loop?.waitShare)
        lag = LagRecord(worker.track)
    }
}

/// Whole seconds, as `2026-11-20T13:57:04Z`.
func rfc3339(_ wall: WallTime) -> String {
    String(Format.dateAndClock(wall).string.map { $0 == " " ? "T" : $0 })
}

/// To a millionth, so that a ratio does not print 17 digits of noise; `nil` for what is no number.
func rounded(_ value: Double?) -> Double? {
    guard let value, value.isFinite else { return nil }
    return (value * 1e6).rounded() / 1e6
}

/// The same in digits, whole numbers without a point; empty for what is no number.
func plainNumber(_ number: Double) -> String {
    if let whole = Int64(exactly: number) { return String(whole) }
    return rounded(number).map { "\($0)" } ?? ""
}
