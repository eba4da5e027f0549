import Console
import Lag
import Model

/// The apps and workers of one host.
struct HostScreen {
    enum Field: CaseIterable {
        case name, pid, state, cpu, resident, utilisation, lag, lagP99, cause, lagLine, utilisationLine, files, threads
        case wait, burst, connections, exits, uptime, about, age
    }

    let host: FleetHost
    let view: HostView
    let folded: Set<String>
    let anatomy: Anatomy

    /// Rows of the body above the table's head.
    static func headRows(_ host: FleetHost, _ anatomy: Anatomy) -> Int {
        var rows = anatomy.isRoomy ? HostPanels.rows + 1 : 0
        if !notices(host, anatomy).isEmpty { rows += notices(host, anatomy).count }
        return min(rows, max(anatomy.body.count - 3, 0))
    }

    static func visibleRows(_ host: FleetHost, _ anatomy: Anatomy) -> Int {
        max(anatomy.body.count - headRows(host, anatomy) - 1, 1)
    }

    /// Why the state is what it is, and what the agent cannot see; at most three lines, one on a small terminal.
    static func notices(_ host: FleetHost, _ anatomy: Anatomy) -> [(text: SafeText, style: Style)] {
        var notices: [(SafeText, Style)] = []
        if host.state == .warn || host.state == .crit, !host.grade.reasons.isEmpty {
            let reasons = host.grade.reasons.joined(separator: "; ")
            let lines = wrapped("\(host.state.word): \(reasons)", columns: anatomy.size.columns)
            notices += lines.prefix(2).map { ($0, Palette.style(host.grade.level)) }
        }
        if host.state == .stale {
            notices.append(("~ STALE: no samples (agent busy or network); the last known values are shown", .bold))
        }
        for group in host.groups {
            guard host.state.hasNumbers, let orphan = group.info.orphan else { continue }
            notices.append(("\(group.info.app): \(orphan.text())", Palette.style(.warn)))
        }
        let limits = limitationTexts(host.snapshot?.limitations ?? [])
        if !limits.isEmpty, host.state.hasNumbers {
            notices.append(("limited: \(limits.joined(separator: "; "))", .info))
        }
        return Array(notices.prefix(anatomy.size.rows >= 20 ? 3 : 1))
    }

    func draw(on canvas: inout Canvas, crumb: StyledLine) {
        drawHostSummary(host, anatomy, on: &canvas)
        let rows = hostRows(host, view, folded: folded, now: canvas.now)
        var top = anatomy.body.lowerBound
        let head = Self.headRows(host, anatomy)
        for notice in Self.notices(host, anatomy).prefix(head) {
            canvas.draw(notice.text, at: top, style: notice.style)
            top += 1
        }
        if anatomy.isRoomy, top - anatomy.body.lowerBound + HostPanels.rows < anatomy.body.count - 3 {
            HostPanels(host: host).draw(on: &canvas, at: top)
        }
        top = anatomy.body.lowerBound + head
        let visible = Self.visibleRows(host, anatomy)
        let shown = rows.dropFirst(view.top).prefix(visible)
        if let sentence = host.sentenceParts(now: canvas.now) {
            canvas.draw(crumb, at: anatomy.crumb)
            drawAbsence(sentence, at: top, on: &canvas)
            return
        }
        drawCrumb(
            crumb, sort: view.order.word, inverted: view.inverted, filter: view.filter, first: view.top,
            shown: shown.count, total: rows.count, at: anatomy.crumb, on: &canvas)
        let layout = TableLayout(columnSet(canvas.glyphs, now: canvas.now))
        let placements = layout.layout(width: canvas.columns - Canvas.indent)
        canvas.frame.drawTableHead(placements, of: layout, at: top, Canvas.indent, glyphs: canvas.glyphs)
        for (offset, id) in shown.enumerated() {
            let row = top + 1 + offset
            switch id {
            case .app(let key): drawApp(key, placements, at: row, on: &canvas)
            case .worker(let worker):
                if let track = host.workers[worker] { drawWorker(track, placements, at: row, on: &canvas) }
            case .ended(let key):
                let more = EndedWorkers.few(of: listed(key, now: canvas.now)).more
                canvas.draw("  +\(more) more ended", at: row, Canvas.indent, style: .dim)
            }
            if view.cursor == id { canvas.select(row) }
        }
        if rows.isEmpty {
            let waiting: SafeText = host.detailAt == nil ? "waiting for the workers' numbers" : "no workers found"
            canvas.draw(
                view.filter.isEmpty ? waiting : "no worker matches the filter; Esc clears it", at: top + 1,
                Canvas.indent)
            canvas.frame.cursor = Position(row: top + 1, column: 0)
        }
    }

    /// No numbers to show: what, since, next, you, one line each; then what was last known.
    private func drawAbsence(_ parts: [String], at top: Int, on canvas: inout Canvas) {
        var row = top
        canvas.draw(
            StyledLine(SafeText(host.state.word), Palette.word(host.state)).adding("  \(host.name)", .bold), at: row, 2)
        canvas.frame.cursor = Position(row: row, column: 0)
        row += 1
        for part in parts + ["address \(host.address)"] {
            for line in wrapped(SafeText(part), columns: canvas.columns - 6) where row < anatomy.body.upperBound {
                canvas.draw(line, at: row, 4)
                row += 1
            }
        }
    }

    private func columnSet(_ glyphs: Glyphs, now: MonotonicInstant) -> [Column] {
        func priority(_ order: HostOrder, _ priority: Int) -> Int { view.order == order ? 0 : priority }
        func title(_ text: SafeText, _ order: HostOrder) -> SafeText {
            guard view.order == order else { return text }
            return text + (view.inverted != (order == .slot) ? glyphs.ascending : glyphs.descending)
        }
        let longest = (host.groups.map(\.info.key) + host.formerGroups.keys).reduce(8) { widest, key in
            max(widest, SafeText(host.appName(key)).columns + max(4, appCount(key, host.group(key)).columns + 1))
        }
        // Those that ended are minutes old.
        let age = host.workers.values.reduce(4) { widest, track in
            guard let end = track.end, host.isListed(track, now: now) else { return widest }
            return max(widest, Format.age(now - end.at).columns)
        }
        let pid = host.workers.keys.reduce(5) { max($0, SafeText("\($1.pid)").columns) }
        return Field.allCases.map { field in
            switch field {
            case .name:
                Column(title("WORKER", .slot), minimum: min(longest, 14), maximum: min(longest, 24), priority: 0)
            case .pid: Column("PID", alignment: .right, minimum: pid, priority: 3)
            case .state: Column(title("STATE", .state), minimum: 6, priority: 0)
            case .cpu: Column(title("CPU", .cpu), alignment: .right, minimum: 5, priority: priority(.cpu, 4))
            case .resident: Column(title("RSS", .memory), alignment: .right, minimum: 5, priority: priority(.memory, 7))
            case .utilisation:
                Column(title("UTIL", .utilisation), alignment: .right, minimum: 5, priority: priority(.utilisation, 2))
            // As wide as "<=612ms+".
            case .lag: Column(title("LAG", .lag), alignment: .right, minimum: 8, priority: priority(.lag, 1))
            case .lagP99: Column("LAG99", alignment: .right, minimum: 7, priority: 5)
            // As wide as the shorter form of every cause.
            case .cause: Column("CAUSE", minimum: 12, maximum: 16, priority: 6)
            case .lagLine: Column("LAG/time", minimum: 12, maximum: 48, priority: 9)
            case .utilisationLine: Column("UTIL/time", minimum: 9, maximum: 48, priority: 13)
            case .burst: Column(title("BURST", .burst), alignment: .right, minimum: 6, priority: priority(.burst, 14))
            case .files: Column("FDS", alignment: .right, minimum: 5, priority: 11)
            case .threads: Column("THR", alignment: .right, minimum: 4, priority: 15)
            case .wait: Column("WAIT", alignment: .right, minimum: 5, priority: 12)
            case .connections: Column("CONN", alignment: .right, minimum: 5, priority: 11)
            case .exits: Column("EXIT", alignment: .right, minimum: 4, priority: 10)
            case .uptime: Column("UP", alignment: .right, minimum: 6, priority: 8)
            case .about: Column("ABOUT", minimum: 20, maximum: 80, priority: 16)
            case .age: Column("AGE", alignment: .right, minimum: age, priority: 0)
            }
        }
    }

    private func drawApp(_ key: String, _ placements: [TableLayout.Placement], at row: Int, on canvas: inout Canvas) {
        let group = host.group(key)
        let ink = canvas.ink
        let workers = listed(key, now: canvas.now)
        let state = appState(host, key, workers, now: canvas.now)
        let counters = group?.row ?? GroupRow()
        let missing = host.missing(now: canvas.now)
        canvas.frame.draw(Palette.glyph(state, canvas.glyphs), at: row, 1, style: Palette.word(state))
        let style: Style = missing > 0 ? Style(.dim, bold: true) : .bold
        canvas.frame.drawTableRow(placements, at: row, Canvas.indent, style: style, glyphs: canvas.glyphs) { column in
            switch Field.allCases[column] {
            case .name:
                return TableCell(appTitle(key, group, width: width(of: column, placements), ink.glyphs))
            case .state: return TableCell(SafeText(state.word), style: Palette.word(state))
            case .cpu: return TableCell(Format.percent(group?.cpu))
            case .resident: return TableCell(Format.bytes(counters[.residentBytes]))
            case .utilisation:
                return TableCell(Format.percent(counters[.worstUtilisationPermille].map { Double($0) / 1000 }))
            case .lag: return TableCell(worstByLag(workers)?.lag.worstText ?? Format.unknown)
            case .lagP99:
                return graded(
                    counters.lagP99Text,
                    LagQuality.of(counters[.lagQuality]) == .bound
                        ? nil : counters[.lagP99Microseconds].map { Double($0) / 1e6 }, .lagP99, isStale: missing > 0)
            case .cause:
                let width = width(of: column, placements)
                return TableCell(worstByLag(workers)?.lag.causeWord(columns: width) ?? "")
            case .burst:
                let worst = workers.compactMap { $0.end == nil ? $0.rates.loop?.meanBurst : nil }.max()
                return TableCell(Format.latency(worst))
            case .lagLine:
                // Whole or not at all: the column may be narrow.
                let width = width(of: column, placements)
                return TableCell(
                    group.map { SafeText($0.info.kind.word.utf8.count <= width ? $0.info.kind.word : "") } ?? "")
            case .exits: return TableCell(Format.count(counters[.exits]))
            case .about:
                guard let info = group?.info else { return "" }
                let manager = info.manager.map { ", kept by \($0.text)" } ?? ""
                return TableCell("\(info.kind.word) \(info.portsText)\(manager); after an exit \(info.respawnText)")
            case .age: return TableCell(Format.age(host.detailAt.map { ink.now - $0 }))
            case .connections: return TableCell(Format.count(counters[.connections]))
            case .pid, .utilisationLine, .files, .threads, .wait, .uptime: return ""
            }
        }
        if let roll = group?.info.roll, roll.isOpen {
            let style = roll.state == .running ? Style.bold : Palette.style(roll.level).with(bold: true)
            drawInstead({ SafeText(roll.line(columns: $0)) }, style, placements, at: row, on: &canvas)
        } else if host.isLost(key) {
            let text = lossText(host, key, ink)
            drawInstead({ _ in text }, Palette.style(.crit), placements, at: row, on: &canvas)
        }
    }

    private func listed(_ key: String, now: MonotonicInstant) -> [WorkerTrack] {
        host.workers.values.filter { $0.info.groupKey == key && host.isListed($0, now: now) }
    }

    /// The name is cut rather than the count.
    private func appTitle(_ key: String, _ group: GroupTrack?, width: Int, _ glyphs: Glyphs) -> SafeText {
        let (name, count) = (SafeText(host.appName(key)), appCount(key, group))
        guard !count.string.isEmpty else { return name }
        let room = max(width - count.columns - 1, 1)
        return name.truncated(to: room, ellipsis: glyphs.ellipsis) + " " + count
    }

    /// `3 of 4` where workers are missing, else how many there are where they are folded away.
    private func appCount(_ key: String, _ group: GroupTrack?) -> SafeText {
        if let missing = group?.missingText { return SafeText(missing) }
        if group == nil, host.isLost(key), let expected = host.formerGroups[key]?.info.expected {
            return "0 of \(expected)"
        }
        return folded.contains(key) ? "+\(Format.count(group?.row[.workers]))" : ""
    }

    /// A roll that is not over, or the loss of all workers, stands where the app's numbers are: they are of workers that
    /// come and go, or of none.
    private func drawInstead(
        _ text: (Int) -> SafeText, _ style: Style, _ placements: [TableLayout.Placement], at row: Int,
        on canvas: inout Canvas
    ) {
        guard let state = placements.first(where: { Field.allCases[$0.index] == .state }) else { return }
        let age = placements.first { Field.allCases[$0.index] == .age && $0.start > state.start }
        let start = Canvas.indent + state.range.upperBound + 1
        let width = (age.map { Canvas.indent + $0.start - 1 } ?? canvas.columns) - start
        let shown = text(width).padded(to: max(width, 0), ellipsis: canvas.glyphs.ellipsis)
        canvas.frame.draw(shown, at: row, start, style: style)
    }

    private func width(of column: Int, _ placements: [TableLayout.Placement]) -> Int {
        placements.first { $0.index == column }?.width ?? 0
    }

    private func graded(_ text: SafeText, _ value: Double?, _ threshold: Threshold, isStale: Bool) -> TableCell {
        guard !isStale, let value else { return TableCell(text) }
        let level = threshold.level(of: value)
        return TableCell(text, style: level == .ok ? nil : Palette.style(level))
    }

    private func drawWorker(
        _ track: WorkerTrack, _ placements: [TableLayout.Placement], at row: Int, on canvas: inout Canvas
    ) {
        let state = host.state(of: track, now: canvas.now)
        let ink = canvas.ink
        canvas.frame.draw(Palette.glyph(state, canvas.glyphs), at: row, 1, style: Palette.word(state))
        canvas.frame.drawTableRow(placements, at: row, Canvas.indent, style: Palette.row(state), glyphs: canvas.glyphs)
        { column in
            let field = Field.allCases[column]
            let width = width(of: column, placements)
            if let end = track.end { return endedCell(field, track, end, width: width, ink) }
            return cell(field, track, state, width: width, ink)
        }
    }

    private func cell(
        _ field: Field, _ track: WorkerTrack, _ state: WorkerState, width: Int, _ ink: Ink
    ) -> TableCell {
        func graded(_ text: SafeText, _ value: Double?, _ threshold: Threshold) -> TableCell {
            self.graded(text, value, threshold, isStale: state == .stale)
        }
        let rates = track.rates
        let lag = track.lag
        switch field {
        case .name: return "  #\(track.info.slot)"
        case .pid: return "\(track.info.id.pid)"
        case .state: return TableCell(SafeText(state.word), style: Palette.word(state))
        case .cpu: return graded(Format.percent(rates.cpu), rates.cpu, .workerCPU)
        case .resident: return TableCell(Format.bytes(track.row[.residentBytes]))
        case .utilisation:
            return graded(Format.percent(track.utilisation), track.utilisation, .loopUtilisation)
        // What is only bounded is no reason for a colour.
        case .lag: return graded(lag.worstText, lag.isBound ? nil : lag.open?.seconds, .openStall)
        case .lagP99:
            return graded(lag.text(of: lag.p99WithOpen), lag.isBound ? nil : lag.p99WithOpen?.seconds, .lagP99)
        case .cause: return TableCell(lag.causeWord(columns: width) ?? "")
        case .burst: return TableCell(Format.latency(rates.loop?.meanBurst))
        case .lagLine:
            let missing = host.missing(since: track.sampledAt, now: ink.now)
            return TableCell(
                ink.sparkline(track.history.lag.worst, missing: missing, columns: width, scale: LagText.scale))
        case .utilisationLine:
            let missing = host.missing(since: track.sampledAt, now: ink.now)
            return TableCell(
                ink.sparkline(track.history.utilisation, missing: missing, columns: width, scale: .fixed(0...1)))
        case .files: return TableCell(Format.count(track.row[.openFiles]))
        case .threads: return TableCell(Format.count(track.row[.threads]))
        case .wait: return TableCell(Format.percent(track.runQueueWait))
        case .connections: return TableCell(Format.count(track.row[.connections]))
        case .exits: return "\(host.exits(inSlot: track.info.slot, of: track.info.groupKey).count)"
        case .uptime: return TableCell(Format.age(host.uptime(of: track, now: ink.now)))
        case .about: return TableCell("\(track.info.arguments.joined(separator: " "))")
        case .age: return TableCell(Format.age(ink.now - track.sampledAt))
        }
    }

    private func endedCell(
        _ field: Field, _ track: WorkerTrack, _ end: WorkerTrack.End, width: Int, _ ink: Ink
    ) -> TableCell {
        switch field {
        case .name: "  #\(track.info.slot)"
        case .pid: "\(track.info.id.pid)"
        case .state: TableCell("EXITED", style: Palette.word(WorkerState.exited))
        case .cause, .lagLine, .about: "\(exitStatusText(end.status, columns: width))"
        case .exits: "\(host.exits(inSlot: track.info.slot, of: track.info.groupKey).count)"
        case .uptime: TableCell(Format.age(host.uptime(of: track, now: ink.now)))
        case .age: TableCell(Format.age(ink.now - end.at))
        case .utilisationLine: ""
        case .cpu, .resident, .utilisation, .lag, .lagP99, .burst, .files, .threads, .wait, .connections:
            TableCell(Format.unknown)
        }
    }
}
