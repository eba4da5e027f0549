import Console
import Model

/// A list of the whole fleet or of a part of it; worst first. A host without numbers is one sentence.
struct FleetScreen {
    let fleet: Fleet
    let tabs: FleetTabs
    let marks: Marks
    let columns: ColumnChoices
    /// Below the heat map.
    let anatomy: Anatomy
    let heat: HeatMap.Metric

    private var view: ListView<FleetRowID> { tabs.view }

    static func visibleRows(_ anatomy: Anatomy) -> Int { max(anatomy.body.count - 1, 1) }

    func draw(_ way: StyledLine, on canvas: inout Canvas) {
        if let row = anatomy.summary { drawSummary(on: &canvas, at: row) }
        let rows = view.rows
        let top = anatomy.body.lowerBound
        let shown = Array(rows.dropFirst(view.top).prefix(Self.visibleRows(anatomy)))
        let all = FleetRows(fleet: fleet, scope: tabs.scope, now: canvas.now, wall: canvas.wall)
        // They are named below the rows, where there is room.
        let isNamed = [.hosts, .events, .alerts].contains(tabs.tab) || top + 1 + shown.count < anatomy.body.upperBound
        let hidden = isNamed ? 0 : all.absent.count
        drawCrumb(
            crumb(way, on: &canvas), sort: heading, inverted: view.inverted,
            marked: marks.all.count, filter: tabs.filter.text, problemsOnly: tabs.problemsOnly, absent: hidden,
            first: view.top, shown: shown.count, total: rows.count, at: anatomy.crumb, on: &canvas)
        drawHeatMap(on: &canvas)
        switch tabs.tab {
        case .hosts: drawHosts(shown, all, on: &canvas)
        case .apps: drawApps(shown, all, on: &canvas)
        case .workers: drawWorkers(shown, all, on: &canvas)
        case .events: drawEvents(shown, all, on: &canvas)
        case .rolls: drawRolls(shown, all, on: &canvas)
        case .alerts: drawAlerts(shown, all, on: &canvas)
        }
        for (offset, row) in shown.enumerated() where !marks.isEmpty && isMarked(row) { canvas.mark(top + 1 + offset) }
        for (offset, row) in shown.enumerated() {
            canvas.spot(.fleetRow(row), row: top + 1 + offset)
            if row == view.cursor { canvas.select(top + 1 + offset) }
        }
        let below = top + 1 + shown.count
        tabs.tab == .hosts ? drawReason(below: below, on: &canvas) : drawAbsent(all.absent, below: below, on: &canvas)
        if rows.isEmpty {
            canvas.draw(emptiness, at: top + 1, Canvas.indent)
            canvas.frame.cursor = Position(row: top + 1, column: 0)
        }
    }

    private func drawHeatMap(on canvas: inout Canvas) {
        guard tabs.tab == .hosts else { return }
        var selected: Int?
        if case .host(let number)? = view.cursor { selected = number }
        HeatMap(fleet: fleet, lines: tabs.heatMap, total: view.rows.count, metric: heat, selected: selected)
            .draw(on: &canvas, at: anatomy.crumb + 1)
    }

    private func isMarked(_ row: FleetRowID) -> Bool { fleet.marks(of: row).contains { marks.contains($0) } }

    private var heading: SafeText {
        switch tabs.tab {
        case .hosts: HostSubject.heading(of: view.order)
        case .apps: FleetAppSubject.heading(of: view.order)
        case .workers: WorkerSubject.heading(of: view.order)
        case .events: EventSubject.heading(of: view.order)
        case .rolls: AppSubject.heading(of: view.order)
        case .alerts: AlertSubject.heading(of: view.order)
        }
    }

    private var emptiness: SafeText {
        if fleet.hosts.isEmpty { return "no hosts" }
        if tabs.problemsOnly, tabs.tab == .alerts, !fleet.alerts.active.isEmpty {
            return "\(fleet.alerts.active.count) are wrong and acknowledged or silenced; ! shows all"
        }
        if tabs.problemsOnly { return "nothing is wrong here; ! shows all" }
        if !tabs.filter.isEmpty {
            let scope = tabs.scope.host.map { SafeText(" of \(fleet.hosts[$0].name)") } ?? ""
            return "no \(tabs.tab.word.dropLast())" + scope + " matches the filter; Esc clears it"
        }
        let isPast = fleet.hosts.first?.isPast == true
        switch tabs.tab {
        case .hosts: return "no hosts"
        case .apps, .workers: return "no \(tabs.tab.word) yet: waiting for hosts to tell of them"
        case .events where isPast: return "nothing is known to have happened before"
        case .alerts where isPast: return "nothing was wrong"
        case .events: return "nothing has happened since this dashboard was opened"
        case .alerts: return "nothing is wrong, and nothing was since this dashboard was opened"
        case .rolls: return "no app has been rolled since its agent was started"
        }
    }

    /// Where we are; the other lists beside it where there is room.
    private func crumb(_ way: StyledLine, on canvas: inout Canvas) -> StyledLine {
        guard canvas.columns >= 110 else { return way }
        var line = way.adding("    ")
        for tab in FleetTabs.Tab.allCases {
            let text: SafeText = "\(tab.rawValue) \(tab.word)"
            let start = line.columns
            line.add(tab == tabs.tab ? "[" + text + "] " : " " + text + "  ", tab == tabs.tab ? .bold : .plain)
            canvas.spot(.tab(tab), row: anatomy.crumb, columns: start..<line.columns)
        }
        return line
    }

    /// Which hosts are not in the rows: what is not told is not nothing.
    private func drawAbsent(_ absent: [Int], below row: Int, on canvas: inout Canvas) {
        guard !absent.isEmpty, row < anatomy.body.upperBound, tabs.tab != .events, tabs.tab != .alerts else { return }
        var text: SafeText = "not in here: "
        for (place, number) in absent.enumerated() where text.columns <= canvas.columns {
            text += "\(place > 0 ? ", " : "")\(fleet.hosts[number].name) \(fleet.hosts[number].state.word)"
        }
        canvas.draw(text, at: anatomy.body.upperBound - 1, style: .warn)
    }

    /// Why the selected host is in the state it is in, at the bottom of the body, where there is room.
    private func drawReason(below row: Int, on canvas: inout Canvas) {
        guard case .host(let number)? = view.cursor, fleet.hosts.indices.contains(number) else { return }
        let host = fleet.hosts[number]
        let isGraded = (host.state == .warn || host.state == .crit) && !host.grade.reasons.isEmpty
        var parts: [SafeText] = []
        if isGraded { parts.append("\(host.state.word): \(host.grade.reasons.joined(separator: "; "))") }
        if let note = host.alsoNote { parts.append(note) }
        guard let first = parts.first else { return }
        let text = parts.dropFirst().reduce(SafeText(host.name) + " " + first) { $0 + "; " + $1 }
        let lines = wrapped(text, columns: canvas.columns).prefix(2)
        guard row + 1 + lines.count <= anatomy.body.upperBound else { return }
        for (offset, line) in lines.enumerated() {
            let at = anatomy.body.upperBound - lines.count + offset
            canvas.draw(line, at: at, style: isGraded ? Palette.style(host.grade.level) : .plain)
        }
    }

    private func drawSummary(on canvas: inout Canvas, at row: Int) {
        let sums = FleetSums(fleet)
        var items: [SafeText] = ["cpu \(Format.percent(sums.cpu)) of \(Format.count(Int(sums.cores))) cores"]
        let hung: SafeText = sums.hung > 0 ? ", HUNG \(Format.count(sums.hung))" : ""
        items.append("workers \(Format.count(sums.workers))" + hung)
        if let worst = sums.longestLag {
            items.append("longest lag \(fleet.hosts[worst].rates.worstLagText) on \(fleet.hosts[worst].name)")
        }
        if sums.memoryTotal > 0, sums.memoryTotal < 1e18 {
            let (used, total) = (Format.bytes(Int64(sums.memoryUsed)), Format.bytes(Int64(sums.memoryTotal)))
            items.append("mem \(used) of \(total)")
        }
        if let worst = sums.busiestLoop, let share = fleet.hosts[worst].rates.worstUtilisation {
            items.append("busiest loop \(Format.percent(share)) on \(fleet.hosts[worst].name)")
        }
        canvas.draw(fitting(items, columns: canvas.columns), at: row)
    }
}

extension Canvas {
    /// Where a table begins: before it stand the selection mark, the state's glyph and a blank.
    static let indent = 3

    /// Shows that a row is marked, beside its state's glyph.
    mutating func mark(_ row: Int) { frame.draw("*", at: row, Canvas.indent - 1, style: .marked) }

    /// Marks a row as the selected one, for eyes and for screen readers.
    mutating func select(_ row: Int) {
        frame.draw(glyphs.selection, at: row, 0)
        frame.restyle(row: row) { $0.selected = true }
        frame.cursor = Position(row: row, column: 0)
    }
}

/// Line 3: where we are on the left; order, filter and range on the right.
func drawCrumb(
    _ left: StyledLine, sort: SafeText, inverted: Bool, marked: Int, filter: String, problemsOnly: Bool,
    absent: Int = 0, first: Int,
    shown: Int,
    total: Int, at row: Int,
    on canvas: inout Canvas
) {
    var right: [SafeText] = []
    if marked > 0 { right.append("marked \(marked)") }
    if absent > 0 { right.append("\(absent) \(absent == 1 ? "host" : "hosts") not in here") }
    if problemsOnly { right.append("problems only") }
    if !filter.isEmpty { right.append("filter: \(filter)") }
    right.append("sort \(sort)\(inverted ? " inverted" : "")")
    right.append(total == 0 ? "rows 0" : "rows \(first + 1)-\(first + shown)/\(total)")
    if filter.isEmpty, !problemsOnly { right.append("filter: -") }
    canvas.drawSides(left, right, at: row)
}
