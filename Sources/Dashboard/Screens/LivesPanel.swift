import Console
import Model

/// Why did it restart? The lives of a slot as the agent keeps them; until it has answered, the exits that were seen here.
struct LivesPanel {
    let host: FleetHost
    let groupKey: String
    let slot: UInt32
    let columns: Int
    let ink: Ink

    func lines(limit: Int) -> [StyledLine] {
        switch host.answers[.lives(groupKey: groupKey, slot: slot)]?.body {
        case .lives(let lives, let experience) where !lives.isEmpty:
            var lines = [StyledLine("lives of slot \(slot), newest first", .bold)]
            for life in lives.prefix(limit) { lines += line(life) }
            if lives.count > limit { lines.append(StyledLine("  \(lives.count - limit) earlier", .dim)) }
            if let text = experience.text {
                lines += wrapped(SafeText(text), columns: columns).map { StyledLine($0, .dim) }
            }
            return lines
        case .unknown(let reason):
            return exits(limit) + wrapped("lives: \(reason)", columns: columns).map { StyledLine($0, .dim) }
        default: return exits(limit)
        }
    }

    private func line(_ life: Life) -> [StyledLine] {
        let end = life.ended.map { Format.moment(host.ours($0), now: ink.wall) + "  " } ?? ""
        let text: SafeText = "\(end)pid \(life.worker.pid) \(life.text(host: host))"
        let style = Palette.style(life.level)
        return wrapped(text, columns: columns - 2).enumerated().map { index, line in
            StyledLine((index == 0 ? "  " : "    ") + line, style)
        }
    }

    private func exits(_ limit: Int) -> [StyledLine] {
        let exits = host.exits(inSlot: slot, of: groupKey)
        guard !exits.isEmpty else { return [StyledLine("exits seen in this slot: none", .dim)] }
        var lines = [StyledLine("exits seen in this slot: \(exits.count)", .bold)]
        for exit in exits.prefix(limit) {
            let text: SafeText =
                "  \(Format.moment(exit.wall, now: ink.wall))  pid \(exit.worker.pid)  \(exitStatusText(exit.status))  "
                + "\(exit.oomKilled ? "oom  " : "")\(Format.age(ink.now - exit.at)) ago"
            lines.append(StyledLine(text))
        }
        return lines
    }
}

extension Life {
    /// How long it lived; `nil` while it lives, or where calendars contradict.
    var length: Duration? {
        guard let length = ended?.elapsed(since: started), length >= .zero else { return nil }
        return length
    }

    var level: Level {
        guard ended != nil else { return .ok }
        if oomKilled { return .crit }
        return endedBy != nil || status == .code(0) ? .ok : .warn
    }

    /// `lived 2d04h, signal 15 SIGTERM, restart by user/ada; last cpu 12%, rss 1.0G, lag 24ms`
    func text(host: FleetHost) -> String {
        guard ended != nil else { return "lives" }
        var last: [String] = []
        if let lastCPUPermille { last.append("cpu \(Format.percent(Double(lastCPUPermille) / 1000))") }
        if let lastResidentBytes { last.append("rss \(Format.bytes(lastResidentBytes))") }
        if let lastLagMicroseconds { last.append("lag \(Format.milliseconds(Double(lastLagMicroseconds) / 1000))") }
        return endText(host: host) + (last.isEmpty ? "" : "; last \(last.joined(separator: ", "))")
    }

    /// How it ended and who wanted it.
    func endText(host: FleetHost) -> String {
        var text = "lived \(Format.age(length)), \(exitStatusText(status))"
        if oomKilled { text += ", oom (killed for memory)" }
        if let endedBy { text += ", \(endedBy)" }
        return text
    }
}

extension Experience {
    /// What the host learned of restarts of the app; `nil` where nothing yet.
    var text: String? {
        let all = replaced + notReplaced
        guard all > 0 else { return nil }
        let slowest = slowest.map { ", the slowest of late after \(Format.latency($0))" } ?? ""
        if notReplaced == 0 { return "restarts of this app here: \(all), each came back\(slowest)" }
        return "restarts of this app here: \(all), of which \(notReplaced) brought no worker that stayed\(slowest)"
    }
}
