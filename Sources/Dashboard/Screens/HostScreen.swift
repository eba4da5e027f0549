import Console
import Lag
import Model

/// The apps and workers of one host.
struct HostScreen {
    let fleet: Fleet
    let number: Int
    let view: HostView
    let folded: Set<String>
    let marks: Marks
    let columns: ColumnChoices
    let anatomy: Anatomy
    private var host: FleetHost { _read { yield fleet.hosts[number] } }

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
        let rows = view.rows
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
            crumb, sort: WorkerSubject.heading(of: view.order), inverted: view.inverted, marked: marks.all.count,
            filter: view.filter.text,
            problemsOnly: view.problemsOnly,
            first: view.top, shown: shown.count, total: rows.count, at: anatomy.crumb, on: &canvas)
        let table = table(canvas)
        table.drawHead(at: top, on: &canvas)
        for (offset, id) in shown.enumerated() {
            let row = top + 1 + offset
            switch id {
            case .app(let key): drawApp(key, table, at: row, on: &canvas)
            case .worker(let worker):
                if let track = host.workers[worker] { drawWorker(track, table, at: row, on: &canvas) }
            case .ended(let key):
                let more = EndedWorkers.few(of: listed(key, now: canvas.now)).more
                canvas.draw("  +\(more) more ended", at: row, Canvas.indent, style: .dim)
            }
            let isMarked = !marks.isEmpty && fleet.marks(of: id, on: number).contains { marks.contains($0) }
            if isMarked { canvas.mark(row) }
            canvas.spot(.hostRow(id), row: row)
            if view.cursor == id { canvas.select(row) }
        }
        if rows.isEmpty {
            let waiting: SafeText = host.detailAt == nil ? "waiting for the workers' numbers" : "no workers found"
            let filtered: SafeText = view.filter.isEmpty ? waiting : "no worker matches the filter; Esc clears it"
            canvas.draw(
                view.problemsOnly ? "nothing is wrong here; ! shows all" : filtered, at: top + 1, Canvas.indent)
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

    /// Apps stand in the columns of their workers.
    private func table(_ canvas: Canvas) -> RowTable<WorkerSubject> {
        let subjects = host.workers.values.filter { host.isListed($0, now: canvas.now) }
            .map { WorkerSubject(fleet: fleet, number: number, track: $0, now: canvas.now) }
        let longest = (host.groups.map(\.info.key) + host.formerGroups.keys).reduce(8) { widest, key in
            max(
                widest, SafeText(host.distinctAppName(key)).columns + max(4, appCount(key, host.group(key)).columns + 1)
            )
        }
        return RowTable(
            columns.columns(.workers, of: WorkerSubject.self).map { $0.key == "slot" ? $0.indented(by: "  ") : $0 },
            of: subjects,
            order: view.order, inverted: view.inverted,
            width: canvas.columns - Canvas.indent, ink: canvas.ink,
            widths: ["slot": .flexible(min(longest, 14), min(longest, 24))])
    }

    private func drawApp(_ key: String, _ table: RowTable<WorkerSubject>, at row: Int, on canvas: inout Canvas) {
        let app = AppSubject(fleet, number, key: key, workers: listed(key, now: canvas.now), now: canvas.now)
        let ink = canvas.ink
        canvas.frame.draw(Palette.glyph(app.state, canvas.glyphs), at: row, 1, style: Palette.word(app.state))
        let style: Style = app.isStale ? Style(.dim, bold: true) : .bold
        canvas.frame.drawTableRow(table.placements, at: row, Canvas.indent, style: style, glyphs: canvas.glyphs) {
            let (key, width) = (table.columns[$0].key, table.width(of: $0))
            let room = RowColumn<AppSubject>.Room(ink: ink, width: width)
            switch key {
            case "slot": return TableCell(appTitle(app.key, app.group, width: width, ink.glyphs))
            // Whole or not at all: the column may be narrow.
            case "lagline":
                let kind = app.group.map { SafeText($0.info.kind.word) } ?? ""
                return TableCell(kind.columns <= width ? kind : "")
            default: return AppSubject.byKey[key]?.cell(app, room) ?? ""
            }
        }
        if let roll = app.group?.info.roll, roll.isOpen {
            let style = roll.state == .running ? Style.bold : Palette.style(roll.level).with(bold: true)
            drawInstead({ SafeText(roll.line(columns: $0)) }, style, table, at: row, on: &canvas)
        } else if host.isLost(key) {
            let text = lossText(host, key, ink)
            drawInstead({ _ in text }, Palette.style(.crit), table, at: row, on: &canvas)
        }
    }

    private func listed(_ key: String, now: MonotonicInstant) -> [WorkerTrack] {
        host.workers.values.filter { $0.info.groupKey == key && host.isListed($0, now: now) }
    }

    /// The name is cut rather than the count.
    private func appTitle(_ key: String, _ group: GroupTrack?, width: Int, _ glyphs: Glyphs) -> SafeText {
        let (name, count) = (SafeText(host.distinctAppName(key)), appCount(key, group))
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
        _ text: (Int) -> SafeText, _ style: Style, _ table: RowTable<WorkerSubject>, at row: Int,
        on canvas: inout Canvas
    ) {
        guard let state = table.placement(of: "state") else { return }
        let age = table.placement(of: "age")
        let start = Canvas.indent + state.range.upperBound + 1
        let width = (age.map { Canvas.indent + $0.start - 1 } ?? canvas.columns) - start
        let shown = text(width).padded(to: max(width, 0), ellipsis: canvas.glyphs.ellipsis)
        canvas.frame.draw(shown, at: row, start, style: style)
    }

    private func drawWorker(
        _ track: WorkerTrack, _ table: RowTable<WorkerSubject>, at row: Int, on canvas: inout Canvas
    ) {
        let subject = WorkerSubject(fleet: fleet, number: number, track: track, now: canvas.now)
        let state = subject.state
        canvas.frame.draw(Palette.glyph(state, canvas.glyphs), at: row, 1, style: Palette.word(state))
        table.draw(subject, at: row, style: Palette.row(state), on: &canvas)
    }
}
