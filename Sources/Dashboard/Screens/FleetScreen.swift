import Console
import Model

/// A list of the whole fleet or of a part of it; worst first. A host without numbers is one sentence.
struct FleetScreen {
    let fleet: Fleet
    let tabs: FleetTabs
    let anatomy: Anatomy

    private var view: ListView<FleetRowID> { tabs.view }

    static func visibleRows(_ anatomy: Anatomy) -> Int { max(anatomy.body.count - 1, 1) }

    func draw(on canvas: inout Canvas) {
        if let row = anatomy.summary { drawSummary(on: &canvas, at: row) }
        let rows = fleetRows(fleet, tabs, now: canvas.now, wall: canvas.wall)
        let top = anatomy.body.lowerBound
        let shown = Array(rows.dropFirst(view.top).prefix(Self.visibleRows(anatomy)))
        let all = FleetRows(fleet: fleet, scope: tabs.scope, now: canvas.now, wall: canvas.wall)
        // They are named below the rows, where there is room.
        let isNamed = tabs.tab == .hosts || tabs.tab == .events || top + 1 + shown.count < anatomy.body.upperBound
        let hidden = isNamed ? 0 : all.absent.count
        drawCrumb(
            crumb(columns: canvas.columns), sort: heading, inverted: view.inverted,
            filter: tabs.filter.text, problemsOnly: tabs.problemsOnly, absent: hidden,
            first: view.top, shown: shown.count, total: rows.count, at: anatomy.crumb, on: &canvas)
        switch tabs.tab {
        case .hosts: drawHosts(shown, all, on: &canvas)
        case .apps: drawApps(shown, all, on: &canvas)
        case .workers: drawWorkers(shown, all, on: &canvas)
        case .events: drawEvents(shown, all, on: &canvas)
        case .rolls: drawRolls(shown, all, on: &canvas)
        }
        for (offset, row) in shown.enumerated() where row == view.cursor { canvas.select(top + 1 + offset) }
        let below = top + 1 + shown.count
        tabs.tab == .hosts ? drawReason(below: below, on: &canvas) : drawAbsent(all.absent, below: below, on: &canvas)
        if rows.isEmpty {
            canvas.draw(emptiness, at: top + 1, Canvas.indent)
            canvas.frame.cursor = Position(row: top + 1, column: 0)
        }
    }

    private var heading: SafeText {
        switch tabs.tab {
        case .hosts: HostSubject.heading(of: view.order)
        case .apps: FleetAppSubject.heading(of: view.order)
        case .workers: WorkerSubject.heading(of: view.order)
        case .events: EventSubject.heading(of: view.order)
        case .rolls: AppSubject.heading(of: view.order)
        }
    }

    private var emptiness: SafeText {
        if fleet.hosts.isEmpty { return "no hosts" }
        if tabs.problemsOnly { return "nothing is wrong here; ! shows all" }
        if !tabs.filter.isEmpty { return "no \(tabs.tab.word.dropLast()) matches the filter; Esc clears it" }
        switch tabs.tab {
        case .hosts: return "no hosts"
        case .apps, .workers: return "no \(tabs.tab.word) yet: waiting for hosts to tell of them"
        case .events: return "nothing has happened since this dashboard was opened"
        case .rolls: return "no app has been rolled since its agent was started"
        }
    }

    /// Where we are; the other lists beside it where there is room.
    private func crumb(columns: Int) -> StyledLine {
        var path: SafeText = "Fleet > "
        if let host = tabs.scope.host { path += "\(fleet.hosts[host].name) > " }
        if let app = tabs.scope.app { path += "app \(app) > " }
        var line = StyledLine(path + SafeText(tabs.tab.word), .bold)
        guard columns >= 110 else { return line }
        line.add("    ")
        for tab in FleetTabs.Tab.allCases {
            let text: SafeText = "\(tab.rawValue) \(tab.word)"
            line.add(tab == tabs.tab ? "[" + text + "] " : " " + text + "  ", tab == tabs.tab ? .bold : .plain)
        }
        return line
    }

    /// Which hosts are not in the rows: what is not told is not nothing.
    private func drawAbsent(_ absent: [FleetHost], below row: Int, on canvas: inout Canvas) {
        guard !absent.isEmpty, row < anatomy.body.upperBound, tabs.tab != .events else { return }
        let names = absent.map { SafeText("\($0.name) \($0.state.word)") }
        let text: SafeText = "not in here: " + names.joined(separator: ", ")
        canvas.draw(text, at: anatomy.body.upperBound - 1, style: .warn)
    }

    /// Why the selected host is in the state it is in, at the bottom of the body, where there is room.
    private func drawReason(below row: Int, on canvas: inout Canvas) {
        guard case .host(let number)? = view.cursor, fleet.hosts.indices.contains(number) else { return }
        let host = fleet.hosts[number]
        guard host.state == .warn || host.state == .crit, !host.grade.reasons.isEmpty else { return }
        let text: SafeText = "\(host.name) \(host.state.word): \(host.grade.reasons.joined(separator: "; "))"
        let lines = wrapped(text, columns: canvas.columns).prefix(2)
        guard row + 1 + lines.count <= anatomy.body.upperBound else { return }
        for (offset, line) in lines.enumerated() {
            let at = anatomy.body.upperBound - lines.count + offset
            canvas.draw(line, at: at, style: Palette.style(host.grade.level))
        }
    }

    private func drawSummary(on canvas: inout Canvas, at row: Int) {
        let healthy = fleet.hosts.filter { $0.state.hasNumbers && $0.state != .stale }
        let cores = healthy.reduce(0.0) { $0 + ($1.rates.cpu == nil ? 0 : Double($1.info?.cores ?? 0)) }
        let busy = healthy.reduce(0.0) { $0 + ($1.rates.cpu ?? 0) * Double($1.info?.cores ?? 0) }
        let used = healthy.reduce(0.0) { sum, host in
            let total = host.snapshot?.host[.memoryTotalBytes].map { Double($0) } ?? 0
            return sum + (host.rates.memoryUsed ?? 0) * total
        }
        let total = healthy.reduce(0.0) { $0 + Double($1.snapshot?.host[.memoryTotalBytes] ?? 0) }
        let workers = healthy.reduce(UInt64(0)) { $0 &+ ($1.snapshot?.host[.workers] ?? 0) }
        let share = cores > 0 ? busy / cores : nil
        var items: [SafeText] = ["cpu \(Format.percent(share)) of \(Format.count(Int(cores))) cores"]
        let hung = healthy.reduce(UInt64(0)) { $0 &+ ($1.snapshot?.host[.hungWorkers] ?? 0) }
        items.append("workers \(Format.count(workers))" + (hung > 0 ? ", HUNG \(Format.count(hung))" : ""))
        if let worst = healthy.max(by: { ($0.rates.worstLag ?? -1) < ($1.rates.worstLag ?? -1) }),
            worst.rates.worstLag != nil
        {
            items.append("longest lag \(worst.rates.worstLagText) on \(worst.name)")
        }
        if total > 0, total < 1e18 { items.append("mem \(Format.bytes(Int64(used))) of \(Format.bytes(Int64(total)))") }
        if let worst = healthy.max(by: { ($0.rates.worstUtilisation ?? -1) < ($1.rates.worstUtilisation ?? -1) }),
            let share = worst.rates.worstUtilisation
        {
            items.append("busiest loop \(Format.percent(share)) on \(worst.name)")
        }
        canvas.draw(fitting(items, columns: canvas.columns), at: row)
    }
}

extension Canvas {
    /// Where a table begins: before it stand the selection mark, the state's glyph and a blank.
    static let indent = 3

    /// Marks a row as the selected one, for eyes and for screen readers.
    mutating func select(_ row: Int) {
        frame.draw(glyphs.selection, at: row, 0)
        frame.restyle(row: row) { $0.selected = true }
        frame.cursor = Position(row: row, column: 0)
    }
}

/// Line 3: where we are on the left; order, filter and range on the right.
func drawCrumb(
    _ left: StyledLine, sort: SafeText, inverted: Bool, filter: String, problemsOnly: Bool, absent: Int = 0, first: Int,
    shown: Int,
    total: Int, at row: Int,
    on canvas: inout Canvas
) {
    var right: [SafeText] = []
    if absent > 0 { right.append("\(absent) \(absent == 1 ? "host" : "hosts") not in here") }
    if problemsOnly { right.append("problems only") }
    if !filter.isEmpty { right.append("filter: \(filter)") }
    right.append("sort \(sort)\(inverted ? " inverted" : "")")
    right.append(total == 0 ? "rows 0" : "rows \(first + 1)-\(first + shown)/\(total)")
    if filter.isEmpty, !problemsOnly { right.append("filter: -") }
    canvas.drawSides(left, right, at: row)
}
