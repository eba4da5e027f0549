import Model

@testable import Exposition

/// A small host, and what a scrape of it says.
enum Samples {
    static let boot = BootID(high: 1, low: 2)

    static func info(name: String = "web-1") -> HostInfo {
        HostInfo(
            id: HostID(high: 3, low: 4), boot: boot, name: name, kernel: "Linux", cores: 4, ticksPerSecond: 100,
            agentVersion: "1", intervalNanoseconds: 1_000_000_000)
    }

    static func worker(
        _ pid: Int32, slot: UInt32, in key: String = "k", lengths: [Duration] = [], row: WorkerRow = WorkerRow()
    ) -> WorkerEntry {
        var stretches = LagHistogram()
        for length in lengths { stretches.add(length) }
        let info = WorkerInfo(
            id: WorkerID(boot: boot, pid: pid, startTicks: UInt64(pid) * 100), parentPID: 1, groupKey: key, slot: slot,
            uid: 0, name: "node", arguments: [], started: WallTime(nanoseconds: 0))
        return WorkerEntry(info: info, row: row, stretches: stretches)
    }

    static func group(_ key: String = "k", app: String = "shop", row: GroupRow = GroupRow()) -> GroupEntry {
        GroupEntry(info: GroupInfo(key: key, app: app, kind: .gunicorn), row: row)
    }

    static func snapshot(_ workers: [WorkerEntry], groups: [GroupEntry] = [group()], host: HostRow = HostRow())
        -> Snapshot
    {
        Snapshot(
            sequence: 7, monotonic: MonotonicInstant(nanoseconds: 0),
            wall: WallTime(nanoseconds: 1_700_000_000_250_000_000),
            host: host, groups: groups, workers: workers)
    }

    static func host(_ snapshot: Snapshot?, name: String = "web-1", link: ExposedHost.Link? = nil) -> ExposedHost {
        var counts = SlotCounts()
        if let snapshot { counts.take(snapshot) }
        return ExposedHost(name: name, link: link, info: info(name: name), snapshot: snapshot, counts: counts)
    }

    static func text(_ hosts: [ExposedHost], as format: ExpositionFormat = .prometheus) -> String {
        var exposition = Exposition()
        let process = ExportingProcess(version: "0.1", started: WallTime(nanoseconds: 5_000_000_000))
        return String(decoding: exposition.render(hosts, by: process, as: format), as: UTF8.self)
    }

    /// Without comments.
    static func samples(_ hosts: [ExposedHost], as format: ExpositionFormat = .prometheus) -> [String: String] {
        var found: [String: String] = [:]
        for line in text(hosts, as: format).split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            found[String(line[..<space])] = String(line[line.index(after: space)...])
        }
        return found
    }
}
