import Model

@testable import Dashboard

/// Two hosts as links would tell of them: web-1 with an app of two workers and a single one, db-1 that cannot be reached.
enum SampleFleet {
    static let boot = BootID(high: 0, low: 7)
    static let start = MonotonicInstant(nanoseconds: 500_000_000_000)
    /// 2026-11-20 13:57:04 UTC.
    static let wall = WallTime(nanoseconds: 1_795_183_024_000_000_000)

    static let web = HostInfo(
        id: HostID(high: 0, low: 1), boot: boot, name: "web-1", kernel: "6.1.0-18-amd64 x86_64", cores: 4,
        ticksPerSecond: 100, agentVersion: "0.1.0", intervalNanoseconds: 1_000_000_000)

    static func worker(_ slot: UInt32, pid: Int32, group: String = "cluster:100") -> WorkerInfo {
        WorkerInfo(
            id: WorkerID(boot: boot, pid: pid, startTicks: 1000 + UInt64(pid)), parentPID: 100, groupKey: group,
            slot: slot, uid: 33, name: "node", arguments: ["node", "server.js"],
            started: WallTime(nanoseconds: wall.nanoseconds - 7_500_000_000_000))
    }

    /// Second `n`: CPU times grow by half a core (slot 1) and a twentieth (slot 2) a second.
    static func snapshot(_ second: UInt64, hostile: Bool = false) -> Snapshot {
        var host = HostRow()
        host[.cpuBusyNanoseconds] = second * 1_000_000_000
        host[.memoryTotalBytes] = 8 << 30
        host[.memoryAvailableBytes] = 6 << 30
        host[.load1Hundredths] = 142
        host[.uptimeNanoseconds] = (90_000 + second) * 1_000_000_000
        host[.workers] = 3
        host[.workersCPUNanoseconds] = second * 550_000_000
        host[.workersResidentBytes] = 300 << 20
        host[.worstUtilisationPermille] = 510
        host[.worstLagBoundNanoseconds] = 480_000_000
        host[.exits] = 2
        var cluster = GroupRow()
        cluster[.workers] = 2
        cluster[.cpuNanoseconds] = second * 550_000_000
        cluster[.residentBytes] = 200 << 20
        cluster[.worstUtilisationPermille] = 510
        cluster[.exits] = 2
        var single = GroupRow()
        single[.workers] = 1
        var busy = WorkerRow()
        busy[.cpuNanoseconds] = second * 500_000_000
        busy[.residentBytes] = 120 << 20
        busy[.threads] = 11
        busy[.openFiles] = 25
        busy[.state] = 82
        busy[.loopRunNanoseconds] = second * 480_000_000
        busy[.loopWaitNanoseconds] = second * 10_000_000
        busy[.voluntarySwitches] = second * 100
        busy[.involuntarySwitches] = second * 100
        var idle = WorkerRow()
        idle[.cpuNanoseconds] = second * 50_000_000
        idle[.residentBytes] = 80 << 20
        let name = hostile ? "evil\u{1B}]52;c;x\u{07}\u{9B}2J" : "app"
        return Snapshot(
            sequence: second, monotonic: MonotonicInstant(nanoseconds: 77_000_000_000 + second * 1_000_000_000),
            wall: WallTime(nanoseconds: wall.nanoseconds + Int64(second) * 1_000_000_000 - 2_000_000_000), host: host,
            groups: [
                GroupEntry(
                    info: GroupInfo(
                        key: "cluster:100", app: "api", kind: .nodeCluster, master: ProcessRef(pid: 100, startTicks: 5),
                        ports: [3000, 3001],
                        respawn: .parentMay, expected: 3), row: cluster),
                GroupEntry(
                    info: GroupInfo(
                        key: "single:300", app: name, kind: .single, master: nil, ports: [], respawn: .nothingKnown),
                    row: single),
            ],
            workers: [
                WorkerEntry(info: worker(1, pid: 201), row: busy), WorkerEntry(info: worker(2, pid: 202), row: idle),
                WorkerEntry(info: worker(1, pid: 300, group: "single:300"), row: WorkerRow()),
            ])
    }

    static func events(hostile: Bool = false) -> [(host: Int, second: Int, event: LinkEvent)] {
        [
            (0, 0, .connecting(attempt: 1)), (1, 0, .connecting(attempt: 1)),
            (0, 0, .connected(web, role: .operator)),
            (1, 0, .lost(.unreachable(reason: "connection refused"), retryAt: start + .seconds(9))),
            (0, 1, .snapshot(snapshot(1, hostile: hostile))),
            (0, 1, .measured(roundTrip: .microseconds(800), clockOffset: .zero)),
            (0, 2, .snapshot(snapshot(2, hostile: hostile))),
        ]
    }

    static func gathering(snapshots: Int = 2, hostile: Bool = false) -> Gathering {
        var gathering = Gathering(places: ["web-1:7433", "db-1:7433"], snapshots: snapshots)
        for (host, second, event) in events(hostile: hostile) {
            gathering.handle(event, from: host, now: start + .seconds(second), wall: wall)
        }
        return gathering
    }

    static func listing(_ kind: Listing.Kind, _ filter: Filter = .everything, hostile: Bool = false) -> Listing {
        Listing(kind, of: gathering(hostile: hostile), filter: filter, now: start + .seconds(2), wall: wall)
    }
}
