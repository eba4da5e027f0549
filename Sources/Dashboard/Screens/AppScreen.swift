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
            .sorted(by: EndedWorkers.precede)
    }

    /// The body, top to bottom; the screen scrolls through it.
    func lines(rows: Int) -> [StyledLine] {
        let roomy = rows >= 30
        let gap = roomy ? [StyledLine.empty] : []
        let members = members
        guard let group = host.group(key) else { return former(members, gap) }
        var lines = trouble(group, members)
        if let roll = group.info.roll {
            lines += RollPanel(roll: roll, host: host, columns: columns, ink: ink).lines()
        }
        if !lines.isEmpty { lines += gap }
        lines += about(group) + gap + table(members, isRoomy: roomy)
        let answer = host.target(ofGroup: key).flatMap { host.answers[.connections($0)] }
        lines +=
            gap
            + ConnectionPanel(answer: answer, ofGroup: true, columns: columns, ink: ink).lines(limit: roomy ? 12 : 5)
        let records = host.commands.reversed().filter { $0.groupKey == key && $0.action.isShown }
        return lines + gap + commandLines(records, of: host, columns: columns, limit: roomy ? 10 : 4, ink: ink)
    }

    private func table(_ members: [WorkerTrack], isRoomy: Bool) -> [StyledLine] {
        AppWorkers(host: host, members: members, shown: isRoomy ? 8 : EndedWorkers.shown, columns: columns, ink: ink)
            .lines()
    }

    /// What is remembered of an app that the agent tells of no more.
    private func former(_ members: [WorkerTrack], _ gap: [StyledLine]) -> [StyledLine] {
        guard !members.isEmpty else { return [StyledLine("this app is no longer there; b: back")] }
        let lost = host.isLost(key) ? [StyledLine(lossText(host, key, ink), Palette.style(.crit))] : []
        return lost + [StyledLine("the agent tells of it no more", .dim)] + gap + table(members, isRoomy: !gap.isEmpty)
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
        if let fill = row.memoryFill {
            items.append("memory \(Format.percent(fill)) of the limit of \(Format.bytes(row[.memoryLimitBytes]))")
        }
        if let queue = row[.acceptQueue] {
            items.append("accept queue \(queue) of \(Format.count(row[.acceptQueueLimit]))")
        }
        var lines = wrapped(items: items, columns: columns).map { StyledLine($0) }
        let respawn = host.respawnText(of: group)
        lines += wrapped("if a worker exits: \(respawn)", columns: columns).map { StyledLine($0, .dim) }
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
            let since = host.isLost(key) ? host.lostSince(key, now: ink.now) : host.missingSince(key, now: ink.now)
            add("\(missing) workers\(since.map { sinceText($0, ink) } ?? "")\(slots)", group.level)
        }
        if let restarts = group.row.restarts, restarts.level > .ok {
            let time = FleetHost.restartTime(restarts.level)
            let last = host.exits.last { $0.groupKey == key && $0.slot == restarts.slot }
            let status = exitStatusText(last?.status)
            add(
                "worker \(restarts.slot) keeps ending: \(restarts.count) times in \(time), last \(status)",
                restarts.level)
        }
        let loops = host.loopLevels(of: group)
        if loops.lag > .ok {
            let now = Format.milliseconds(group.row[.worstLagP99Microseconds].map { Double($0) / 1000 })
            add("lag p99 of a worker was \(Threshold.lagP99.words(for: loops.lag)), now \(now)", loops.lag)
        }
        if loops.utilisation > .ok {
            let now = Format.percent(group.row[.worstUtilisationPermille].map { Double($0) / 1000 })
            let limit = Threshold.loopUtilisation.words(for: loops.utilisation)
            add("a worker's loop was used \(limit), now \(now)", loops.utilisation)
        }
        let skew = host.skew(ofGroup: key).map(\.sentence)
        if !skew.isEmpty {
            lines += wrapped(SafeText(skew.joined(separator: "; ")), columns: columns).map {
                StyledLine($0, .info)
            }
        }
        if let orphan = group.info.orphan {
            add("\(orphan.text()): it takes connections nobody looks after, or keeps a new master from its port", .warn)
        }
        return lines
    }
}

extension GroupTrack {
    /// `3 of 4` where some are missing; `nil` where as many live as should, or more, or nothing is expected.
    var missingText: String? {
        guard let expected = info.expected, let count = row[.workers], count < UInt64(expected) else { return nil }
        return "\(count) of \(expected)"
    }
}

/// `no worker lives since 09:17:41Z, 2m03s ago`
func lossText(_ host: FleetHost, _ key: String, _ ink: Ink) -> SafeText {
    "no worker lives" + SafeText(host.lostSince(key, now: ink.now).map { sinceText($0, ink) } ?? "")
}

/// ` since 09:17:41Z, 2m03s ago`
func sinceText(_ since: Since, _ ink: Ink) -> String {
    " since \(Format.moment(since.wall, now: ink.wall)), \(Format.age(since.ago)) ago"
}
