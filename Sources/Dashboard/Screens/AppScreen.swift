import Console
import Lag
import Model

/// One app on one host: how many of it there are, who keeps it, its roll, its connections, its workers.
struct AppScreen {
    let host: FleetHost
    let key: String
    let columns: Int
    let ink: Ink

    private var members: [WorkerTrack] {
        host.workers.values.filter { $0.info.groupKey == key && host.isListed($0, now: ink.now) }
            .sorted { ($0.info.slot, $0.info.started, $0.info.id) < ($1.info.slot, $1.info.started, $1.info.id) }
    }

    /// The body, top to bottom; the screen scrolls through it.
    func lines(rows: Int) -> [StyledLine] {
        guard let group = host.group(key) else { return [StyledLine("this app is no longer there; b: back")] }
        let roomy = rows >= 30
        let gap = roomy ? [StyledLine.empty] : []
        let members = members
        var lines = trouble(group, members)
        if let roll = group.info.roll {
            lines += RollPanel(roll: roll, host: host, columns: columns, ink: ink).lines()
        }
        if !lines.isEmpty { lines += gap }
        lines += about(group) + gap + AppWorkers(host: host, members: members, columns: columns, ink: ink).lines()
        let answer = host.target(ofGroup: key).flatMap { host.answers[.connections($0)] }
        lines +=
            gap
            + ConnectionPanel(answer: answer, ofGroup: true, columns: columns, ink: ink).lines(limit: roomy ? 12 : 5)
        let records = host.commands.reversed().filter { $0.groupKey == key && $0.action.isShown }
        return lines + gap + commandLines(records, of: host, columns: columns, limit: roomy ? 10 : 4, ink: ink)
    }

    private func about(_ group: GroupTrack) -> [StyledLine] {
        let (info, row) = (group.info, group.row)
        var items: [SafeText] = [
            SafeText(info.kind.word), info.masterPID.map { "master pid \($0)" } ?? "no master",
            info.ports.isEmpty ? "no TCP port" : "on \(info.portsText)",
            "cpu \(Format.percent(group.cpu))", "rss \(Format.bytes(row[.residentBytes]))",
            "lag \(row.worstLagText)", "lag99 \(row.lagP99Text)", "exits seen \(Format.count(row[.exits]))",
        ]
        if let manager = info.manager { items.insert("kept by \(manager.text)", at: 2) }
        if let queue = row[.acceptQueue] {
            items.append("accept queue \(queue) of \(Format.count(row[.acceptQueueLimit]))")
        }
        var lines = wrapped(items: items, columns: columns).map { StyledLine($0) }
        lines += wrapped("if a worker exits: \(info.respawnText)", columns: columns).map { StyledLine($0, .dim) }
        return lines
    }

    /// What somebody should look at, each in a line.
    private func trouble(_ group: GroupTrack, _ members: [WorkerTrack]) -> [StyledLine] {
        var lines: [StyledLine] = []
        func add(_ text: String, _ level: Level) {
            lines += wrapped(SafeText(text), columns: columns).map { StyledLine($0, Palette.style(level)) }
        }
        if let missing = group.missingText {
            let living = Set(members.filter { $0.end == nil }.map(\.info.slot))
            let empty = (1...max(group.info.expected ?? 1, 1)).prefix(64).filter { !living.contains($0) }
            let slots =
                empty.isEmpty || living.isEmpty
                ? "" : "; empty: " + empty.prefix(8).map { "#\($0)" }.joined(separator: " ")
            add("\(missing) workers\(slots)", group.level)
        }
        let skew = host.skew(ofGroup: key).map(\.sentence)
        if !skew.isEmpty {
            lines += wrapped(SafeText(skew.joined(separator: "; ")), columns: columns).map {
                StyledLine($0, .color(.cyan))
            }
        }
        if let orphan = group.info.orphan {
            add("\(orphan.text()): it takes connections nobody looks after, or keeps a new master from its port", .warn)
        }
        return lines
    }
}

extension GroupTrack {
    /// `3 of 4` where some are missing or too many; `nil` where all is as expected, or nothing is expected.
    var missingText: String? {
        guard let expected = info.expected, let count = row[.workers], count != UInt64(expected) else { return nil }
        return "\(count) of \(expected)"
    }

    /// Of its size. Those that a roll has down are not missing.
    var level: Level {
        guard let expected = info.expected, let count = row[.workers], count < UInt64(expected) else { return .ok }
        let underWay = info.roll.map { $0.state == .running ? UInt64($0.underWay.count) : 0 } ?? 0
        if count + underWay >= UInt64(expected) { return .ok }
        return count == 0 ? .crit : .warn
    }
}
