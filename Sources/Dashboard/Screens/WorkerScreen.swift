import Console
import Lag
import Model

/// One worker, alive or ended: numbers over time, who it is, exits of its slot, commands.
struct WorkerScreen {
    let host: FleetHost
    let worker: WorkerID
    let columns: Int
    /// The processes that belong to it one by one.
    let unfolds: Bool
    var window = HistogramPanel.Window.quarter
    let ink: Ink

    private var glyphs: Glyphs { ink.glyphs }
    private var now: MonotonicInstant { ink.now }
    private var wall: WallTime { ink.wall }

    /// The body, top to bottom; the screen scrolls through it.
    func lines(rows: Int) -> [StyledLine] {
        guard let track = host.workers[worker] else {
            let what = host.isPast ? "is not known at this time" : "ended more than ten minutes ago"
            return [StyledLine("pid \(worker.pid) \(what); b: back")]
        }
        let roomy = rows >= 30
        let gap = roomy ? [StyledLine.empty] : []
        let lag = LagPanel(
            host: host, track: track, columns: columns, isRoomy: roomy, window: window, glyphs: glyphs, now: now)
        // With few rows the lag comes as soon as it is clear whose it is.
        let facts = facts(track)
        let early = roomy ? facts : Array(facts.prefix(1))
        let late = roomy ? [] : Array(facts.dropFirst())
        let lines =
            reasons(track) + identity(track, roomy: roomy) + early + gap + lag.lines() + gap
            + graphs(track, isMeasured: lag.isMeasured, isTall: rows >= 44) + gap + rates(track) + folded(track)
            + LogPanel(host: host, track: track, columns: columns, ink: ink).lines(rows: rows) + late + gap
        let connections = connections(track, limit: roomy ? 10 : 4)
        return lines + commands(track, limit: roomy ? 8 : 3) + gap + lives(track, limit: roomy ? 12 : 5)
            + (connections.isEmpty ? [] : gap + connections)
    }

    private func reasons(_ track: WorkerTrack) -> [StyledLine] {
        guard track.end == nil else { return [] }
        let state = host.state(of: track, now: now)
        let reasons = track.grade.reasons
        let items = reasons.enumerated().map { index, reason -> SafeText in
            (index == 0 ? "\(state.word): " : "") + SafeText(reason) + (index == reasons.count - 1 ? "" : ";")
        }
        return wrapped(items: items, columns: columns).map { StyledLine($0, Palette.style(track.grade.level)) }
    }

    private func identity(_ track: WorkerTrack, roomy: Bool) -> [StyledLine] {
        let info = track.info
        var lines: [StyledLine] = []
        let state = host.state(of: track, now: now)
        if let end = track.end {
            var text: SafeText = "EXITED \(Format.moment(end.wall, now: wall)), \(exitStatusText(end.status))"
            if let next = host.successor(of: info) {
                text += "; pid \(next.info.id.pid) took slot \(info.slot), Enter opens it"
            } else {
                text += "; nothing has taken slot \(info.slot) yet"
            }
            lines += wrapped(text, columns: columns).map { StyledLine($0, Palette.word(WorkerState.exited)) }
        } else if state == .stale {
            let text: SafeText = "~ no sample for \(Format.age(now - track.sampledAt)): the last known values are shown"
            lines.append(StyledLine(text, Palette.word(WorkerState.stale)))
        }
        if track.end == nil, let before = predecessor(track) { lines.append(before) }
        let arguments =
            info.arguments.isEmpty ? "\(info.name) (no command line)" : info.arguments.joined(separator: " ")
        let wrappedArguments = wrapped(SafeText(arguments), columns: columns)
        let limit = roomy ? 6 : 2
        for (index, line) in wrappedArguments.prefix(limit).enumerated() {
            let more = index == limit - 1 && wrappedArguments.count > limit
            lines.append(StyledLine(more ? line.truncated(to: columns - 4, ellipsis: "") + " ..." : line, .bold))
        }
        return lines
    }

    /// Why it is not the one it was, in a line: the whole list is further down.
    private func predecessor(_ track: WorkerTrack) -> StyledLine? {
        let question = Query.Body.lives(groupKey: track.info.groupKey, slot: track.info.slot)
        guard case .lives(let lives, _)? = host.answers[question]?.body,
            let last = lives.first(where: { $0.ended != nil && $0.worker != worker })
        else { return nil }
        return StyledLine("before it: pid \(last.worker.pid) \(last.endText(host: host))", Palette.style(last.level))
    }

    private func facts(_ track: WorkerTrack) -> [StyledLine] {
        let info = track.info
        let group = host.group(info.groupKey)?.info
        let parent: SafeText = group?.masterPID == info.parentPID ? "\(info.parentPID) (master)" : "\(info.parentPID)"
        let uptime = Format.age(host.uptime(of: track, now: now))
        let facts: [SafeText] = [
            "state \(stateText(track))", (track.end == nil ? "up " : "lived ") + uptime,
            "started \(Format.moment(host.ours(info.started), now: wall))", "age \(Format.age(now - track.sampledAt))",
            "name \(info.name)", "parent \(parent)", "uid \(info.uid)", "slot \(info.slot)",
        ]
        var lines = wrapped(items: facts, columns: columns).map { StyledLine($0) }
        if let manager = info.manager ?? group?.manager {
            lines += wrapped("kept by \(manager.text)", columns: columns).map { StyledLine($0) }
        }
        if let group = host.group(info.groupKey), track.end == nil {
            let respawn = host.respawnText(of: group)
            lines += wrapped("if it exits: \(respawn)", columns: columns).map { StyledLine($0, .dim) }
        }
        return lines
    }

    private func stateText(_ track: WorkerTrack) -> String {
        guard track.end == nil else { return "gone" }
        guard let raw = track.row[.state], raw < 128 else { return "-" }
        let letter = String(UnicodeScalar(UInt8(raw)))
        return switch letter {
        case "R": "R running"
        case "S": "S sleeping"
        case "D": "D uninterruptible wait"
        case "T": "T stopped"
        case "t": "t traced"
        case "Z": "Z zombie"
        case "I": "I idle"
        case "X": "X dead"
        default: letter
        }
    }

    /// What the counters say of the loop, a mean and a bound, only where lag is not measured.
    private func graphs(_ track: WorkerTrack, isMeasured: Bool, isTall: Bool) -> [StyledLine] {
        let high = isTall ? 3 : 1
        let history = track.history
        let isLive = track.end == nil
        let row = isLive ? track.row : WorkerRow()
        let loop = isLive ? track.rates.loop : nil
        let blocked = isLive ? track.lag.blocked.flatMap { $0 >= 0.005 ? $0 : nil } : nil
        var graphs: [[StyledLine]] = [
            graph(
                track, "util", history.utilisation, Format.percent(isLive ? track.utilisation : nil),
                blocked.map { "in use, blocked \(Format.percent($0))" } ?? "in use", rows: high),
            graph(
                track, "wait", history.runQueueWait, Format.percent(isLive ? track.runQueueWait : nil), "wanted a CPU"),
            graph(track, "cpu", history.cpu, Format.percent(isLive ? track.rates.cpu : nil), "of one core", rows: high),
            graph(track, "rss", history.residentBytes, Format.bytes(row[.residentBytes]), growth(track), rows: high) {
                Format.bytes(Int64($0))
            },
            graph(track, "fds", history.openFiles, Format.count(row[.openFiles]), openNote(track)) {
                Format.number($0)
            },
            graph(track, "thr", history.threads, Format.count(row[.threads]), "threads") { Format.number($0) },
        ]
        guard !isMeasured else { return graphs.flatMap(\.self) }
        graphs.append(
            graph(track, "burst", history.meanBurst, Format.latency(loop?.meanBurst), "mean stretch") {
                Format.milliseconds($0 * 1000)
            })
        guard track.lag.method?.kind != LoopKind.none else { return graphs.flatMap(\.self) }
        graphs.append(
            graph(track, "lag<=", history.lagBound, Format.latency(loop?.bound), "at most") {
                Format.milliseconds($0 * 1000)
            })
        return graphs.flatMap(\.self)
    }

    private func openNote(_ track: WorkerTrack) -> SafeText {
        track.info.openFilesLimit.map { "open of \($0)" } ?? "open"
    }

    /// `resident, +2.1M/min`, and how long the memory of its host and its control group lasts at that rate, where it grows or
    /// shrinks steadily.
    private func growth(_ track: WorkerTrack) -> SafeText {
        guard track.end == nil, let trend = Trend(track.history.residentBytes.suffix(300), interval: host.interval),
            let change = Int64(exactly: (abs(trend.slope) * 60).rounded()), change >= 1 << 20
        else { return "resident" }
        let rate: SafeText = "\(trend.slope > 0 ? "+" : "-")\(Format.bytes(change))/min"
        let row = host.group(track.info.groupKey)?.row
        let room = row?[.memoryLimitBytes].map { Double($0) - Double(row?[.memoryUsedBytes] ?? 0) }
        let available = host.snapshot?.host[.memoryAvailableBytes].map { Double($0) }
        guard let left = [room, available].compactMap(\.self).min().flatMap(trend.lasts) else { return rate }
        return rate + ", full in ~\(Format.age(left))"
    }

    /// Label, bars, value, what it is. Shares go from 0 to 1; with `top` the graph has its own scale and says how high.
    private func graph(
        _ track: WorkerTrack, _ label: SafeText, _ series: Series, _ value: SafeText, _ note: SafeText, rows: Int = 1,
        top: ((Double) -> SafeText)? = nil
    ) -> [StyledLine] {
        // 6 label, 8 value, 1 blank, 24 note.
        let hasNote = columns >= 60
        let room = max(columns - 6 - 8 - (hasNote ? 25 : 0), 1)
        let missing = track.end == nil ? host.missing(since: track.sampledAt, now: now) : 0
        let scale: Sparkline.Scale = top == nil ? .fixed(0...1) : .automatic
        let style: Style = missing > 0 || track.end != nil ? .dim : .plain
        var words = note
        var lines: [StyledLine]
        if rows > 1 {
            lines = ink.graph(
                series, missing: missing, rows: rows, columns: room, scaleColumns: 4, scale: scale,
                interval: host.interval, isOver: track.end != nil, label: top ?? { Format.percent($0) }
            ).dropLast()
        } else {
            lines = [StyledLine(ink.sparkline(series, missing: missing, columns: room, scale: scale), style)]
            let highest = Sparkline.range(series.suffix(room - missing), columns: room, scale: scale).upperBound
            if let top, highest > 0, highest < 1e18 { words += ", top \(top(highest))" }
        }
        return lines.enumerated().map { row, bars in
            guard row == 0 else { return StyledLine(SafeText.spaces(6)).adding(bars) }
            return StyledLine(label.padded(to: 6), .bold).adding(bars).adding(value.leftPadded(to: 8), style)
                .adding(hasNote ? " " + words : "", .dim)
        }
    }

    private func rates(_ track: WorkerTrack) -> [StyledLine] {
        let rates = track.end == nil ? track.rates : WorkerRates()
        let items: [SafeText] = [
            "switches \(Format.rate(rates.voluntarySwitches)) by itself, \(Format.rate(rates.involuntarySwitches)) forced",
            "storage read \(Format.bytesPerSecond(rates.read)), write \(Format.bytesPerSecond(rates.written))",
        ]
        return wrapped(items: items, columns: columns).map { StyledLine($0) }
    }

    /// Wrappers above it and helpers below, whose cost is beside its own.
    private func folded(_ track: WorkerTrack) -> [StyledLine] {
        let processes = track.info.folded
        guard !processes.isEmpty else { return [] }
        let wrappers = processes.filter { $0.role == .wrapper }.count
        let helpers = processes.count - wrappers
        var parts: [SafeText] = []
        if wrappers > 0 { parts.append("\(wrappers) \(wrappers == 1 ? "wrapper" : "wrappers")") }
        if helpers > 0 { parts.append("\(helpers) \(helpers == 1 ? "helper" : "helpers")") }
        let cpu = Format.percent(track.end == nil ? track.rates.foldedCPU : nil)
        let memory = Format.bytes(track.row[.foldedResidentBytes])
        let text: SafeText =
            "folded into it: \(parts.joined(separator: ", ")), cpu \(cpu), rss \(memory) besides"
            + (unfolds ? "" : "; t: one by one")
        var lines = wrapped(text, columns: columns).map { StyledLine($0) }
        guard unfolds else { return lines }
        for process in processes {
            let role = process.role == .wrapper ? "wrapper" : "helper"
            lines.append(StyledLine("  \(role)  pid \(process.process.pid)  \(process.title)"))
        }
        return lines
    }

    private func connections(_ track: WorkerTrack, limit: Int) -> [StyledLine] {
        guard track.end == nil else { return [] }
        let answer = host.answers[.connections(.worker(worker))]
        return ConnectionPanel(answer: answer, ofGroup: false, columns: columns, ink: ink).lines(limit: limit)
    }

    private func lives(_ track: WorkerTrack, limit: Int) -> [StyledLine] {
        LivesPanel(host: host, groupKey: track.info.groupKey, slot: track.info.slot, columns: columns, ink: ink)
            .lines(limit: limit)
    }

    /// Commands to this worker and to those before it in the slot.
    private func commands(_ track: WorkerTrack, limit: Int) -> [StyledLine] {
        let before = Set(host.exits(inSlot: track.info.slot, of: track.info.groupKey).map(\.worker))
        let key = track.info.groupKey
        let records = host.commands.reversed().filter { record in
            guard let target = record.target.worker else { return record.groupKey == key && record.action.isShown }
            return target == worker || before.contains(target)
        }
        return commandLines(records, of: host, columns: columns, limit: limit, ink: ink)
    }
}
