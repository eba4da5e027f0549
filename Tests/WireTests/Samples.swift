import Model
import Wire

/// Values that the tests and the examples of `docs/PROTOCOL.md` share.
enum Samples {
    static let boot = BootID(high: 0x5eb0_25f7_8f4e_4d0a, low: 0x9c1d_2b3a_4c5d_6e7f)
    static let host = HostID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)
    static let run = Identifier128(high: 0x1111_1111_1111_1111, low: 0x2222_2222_2222_2222)
    static let commandID = CommandID(high: 0xc0ff_ee00_0000_0000, low: 0x0000_0000_0000_002a)
    static let wall = WallTime(nanoseconds: 1_790_000_000_000_000_000)
    static let monotonic = MonotonicInstant(nanoseconds: 86_400_000_000_000)

    static let worker = WorkerID(boot: boot, pid: 4312, startTicks: 81_234)
    static let otherWorker = WorkerID(boot: boot, pid: 4313, startTicks: 81_240)
    static let newWorker = WorkerID(boot: boot, pid: 5001, startTicks: 8_640_050)

    static let hello = Hello(
        versions: 3...3, role: .dashboard, host: nil, runID: run, wall: wall, monotonic: monotonic)
    static let welcome = Welcome(
        version: 3,
        host: HostInfo(
            id: host, boot: boot, name: "db-1", kernel: "6.1.0-18-amd64 x86_64", cores: 8, ticksPerSecond: 100,
            agentVersion: "0.1.0", intervalNanoseconds: 1_000_000_000),
        role: .operator, readOnly: false, runID: run, wall: wall, monotonic: monotonic)
    static let master = ProcessRef(pid: 4300, startTicks: 81_200)
    static let group = GroupInfo(
        key: "node:4300", app: "web", kind: .nodeCluster, master: master,
        manager: Manager(kind: .systemd, name: "web.service"), ports: [3000], respawn: .parentMay, expected: 2)
    static let command = Command(id: commandID, action: .restart, target: .worker(worker))
    static let evidence = RestartEvidence(
        signals: [SentSignal(number: 15, after: .milliseconds(2)), SentSignal(number: 9, after: .seconds(10))],
        exited: .milliseconds(10_004), exitStatus: .signal(9), replacement: newWorker, replaced: .milliseconds(10_250)
    )
    static let outcome = Outcome(
        id: commandID, action: .restart, target: .worker(worker), issuer: "user/ada", verdict: .replaced(evidence))

    static func info(_ id: WorkerID, slot: UInt32, group: String = "node:4300") -> WorkerInfo {
        WorkerInfo(
            id: id, parentPID: 4300, groupKey: group, slot: slot, uid: 1000, name: "node",
            arguments: ["node", "/srv/web/server.js"],
            started: WallTime(nanoseconds: 1_789_999_000_000_000_000 + Int64(slot)))
    }

    static func row(cpu: UInt64, resident: UInt64, wait: UInt64) -> WorkerRow {
        var row = WorkerRow()
        row[.cpuNanoseconds] = cpu
        row[.residentBytes] = resident
        row[.threads] = 11
        row[.voluntarySwitches] = 900
        row[.loopRunNanoseconds] = cpu - cpu / 16
        row[.loopWaitNanoseconds] = wait
        row[.state] = UInt64(UInt8(ascii: "S"))
        return row
    }

    /// A worker whose loop is looked at, after a quiet second.
    static let lagging: WorkerRow = {
        var row = Samples.row(cpu: 5_000_000_000, resident: 64 << 20, wait: 9_000_000)
        row[.lagMaxMicroseconds] = 4_200
        row[.lagP99Microseconds] = 1_100
        row[.openStallMicroseconds] = 0
        row[.loopUtilisationPermille] = 13
        row[.lagMethod] = LagMethod(tier: .proc, quality: .exact, kind: .epoll).packed
        return row
    }()

    /// The first worker, which has a helper.
    static let folding: WorkerInfo = {
        var info = Samples.info(worker, slot: 1)
        info.folded = [
            FoldedProcess(process: ProcessRef(pid: 4330, startTicks: 81_300), role: .helper, title: "esbuild")
        ]
        return info
    }()

    /// One group, two workers.
    static let keyframe: Snapshot = {
        var hostRow = HostRow()
        hostRow[.memoryTotalBytes] = 16 << 30
        hostRow[.load1Hundredths] = 125
        hostRow[.workers] = 2
        var groupRow = GroupRow()
        groupRow[.workers] = 2
        groupRow[.exits] = 0
        return Snapshot(
            sequence: 41, monotonic: monotonic, wall: wall, limitations: [.ioDenied], host: hostRow,
            troubles: [HostTrouble(.missingWorkers, .warn, value: 1, app: "web", expected: 2, since: wall)],
            groups: [GroupEntry(info: group, row: groupRow)],
            workers: [
                WorkerEntry(
                    info: folding, row: lagging, stretches: LagHistogram(counts: [30, 0, 2, 1])),
                WorkerEntry(
                    info: info(otherWorker, slot: 2), row: row(cpu: 7_000_000_000, resident: 80 << 20, wait: 8_000_000)
                ),
            ])
    }()

    /// A second later: the first worker ran 12.5 ms and was blocked for 203.4 ms, the second was replaced by a new one.
    static let later: Snapshot = {
        var later = keyframe
        later.sequence = 42
        later.monotonic = monotonic + .seconds(1)
        later.wall.nanoseconds += 1_000_000_150
        later.host[.load1Hundredths] = 131
        later.groups[0].row[.exits] = 1
        later.workers[0].row[.cpuNanoseconds] = 5_012_500_000
        later.workers[0].row[.voluntarySwitches] = 930
        later.workers[0].row[.loopRunNanoseconds] = 4_699_200_000
        later.workers[0].row[.loopWaitNanoseconds] = 9_400_000
        later.workers[0].row[.lagMaxMicroseconds] = 203_400
        later.workers[0].row[.lagP99Microseconds] = 193_600
        later.workers[0].row[.stallCause] = StallCause.blocked(SystemCall(number: 202)).packed
        later.workers[0].row[.loopUtilisationPermille] = 214
        later.workers[0].stretches.add(.milliseconds(1))
        later.workers[0].stretches.add(.microseconds(203_400))
        later.workers[1] = WorkerEntry(
            info: info(newWorker, slot: 2), row: row(cpu: 90_000_000, resident: 40 << 20, wait: 300_000))
        return later
    }()
}

extension Samples {
    static func event(_ body: Event.Body) -> Event {
        Event(sequence: 7, monotonic: monotonic, wall: wall, body: body)
    }

    static let offer = EnrolOffer(
        tokenID: Array(0xa0..<0xa8), nonce: Array(repeating: 0x0a, count: 32), spkiHash: Array(0x40..<0x60))
}
