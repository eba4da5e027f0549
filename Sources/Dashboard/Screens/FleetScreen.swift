import Console
import Model

/// One row per host, worst first; a host without numbers is one sentence.
struct FleetScreen {
    enum Field: CaseIterable {
        case name, state, workers, cpu, cpuLine, memory, resident, load, utilisation, lag, lagP99, lagLine
        case utilisationLine, exits, agent, age
    }

    let fleet: Fleet
    let view: FleetView
    let anatomy: Anatomy

    static func visibleRows(_ anatomy: Anatomy) -> Int { max(anatomy.body.count - 1, 1) }

    func draw(on canvas: inout Canvas) {
        if let row = anatomy.summary { drawSummary(on: &canvas, at: row) }
        let rows = fleetRows(fleet, view)
        let top = anatomy.body.lowerBound
        let visible = Self.visibleRows(anatomy)
        let shown = rows.dropFirst(view.top).prefix(visible)
        drawCrumb(
            StyledLine("Fleet > hosts", .bold), sort: view.order.word, inverted: view.inverted, filter: view.filter,
            first: view.top, shown: shown.count, total: rows.count, at: anatomy.crumb, on: &canvas)
        let layout = TableLayout(columnSet(canvas.glyphs))
        let placements = layout.layout(width: canvas.columns - Canvas.indent)
        canvas.frame.drawTableHead(placements, of: layout, at: top, Canvas.indent, glyphs: canvas.glyphs)
        for (offset, index) in shown.enumerated() {
            drawHost(index, placements, at: top + 1 + offset, on: &canvas)
        }
        drawReason(below: top + 1 + shown.count, on: &canvas)
        if rows.isEmpty {
            let text: SafeText = fleet.hosts.isEmpty ? "no hosts" : "no host matches the filter; Esc clears it"
            canvas.draw(text, at: top + 1, Canvas.indent)
            canvas.frame.cursor = Position(row: top + 1, column: 0)
        }
    }

    /// Why the selected host is in the state it is in, at the bottom of the body, where there is room.
    private func drawReason(below row: Int, on canvas: inout Canvas) {
        guard let number = view.cursor, fleet.hosts.indices.contains(number) else { return }
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

    private func columnSet(_ glyphs: Glyphs) -> [Column] {
        let longest = fleet.hosts.reduce(4) { max($0, SafeText($1.name).columns) }
        let name = min(longest, 20)
        func priority(_ order: FleetOrder, _ priority: Int) -> Int { view.order == order ? 0 : priority }
        func title(_ text: SafeText, _ order: FleetOrder) -> SafeText {
            guard view.order == order else { return text }
            // Numbers start with the highest, names with the lowest.
            return text + (view.inverted != (order == .name) ? glyphs.ascending : glyphs.descending)
        }
        return Field.allCases.map { field in
            switch field {
            case .name: Column(title("HOST", .name), minimum: max(min(name, 14), 5), maximum: name, priority: 0)
            case .state: Column(title("STATE", .state), minimum: 6, priority: 0)
            case .workers: Column("WRK", alignment: .right, minimum: 4, priority: 4)
            case .cpu: Column(title("CPU", .cpu), alignment: .right, minimum: 5, priority: priority(.cpu, 4))
            case .cpuLine: Column("CPU/time", minimum: 10, maximum: 40, priority: 9)
            case .memory: Column(title("MEM", .memory), alignment: .right, minimum: 5, priority: priority(.memory, 5))
            case .resident: Column("W.RSS", alignment: .right, minimum: 5, priority: 8)
            case .load: Column("LOAD", alignment: .right, minimum: 5, priority: 10)
            case .utilisation:
                Column(title("UTIL", .utilisation), alignment: .right, minimum: 5, priority: priority(.utilisation, 2))
            case .lag: Column(title("LAG", .lag), alignment: .right, minimum: 7, priority: priority(.lag, 1))
            case .lagP99: Column("LAG99", alignment: .right, minimum: 7, priority: 3)
            case .lagLine: Column("LAG/time", minimum: 10, maximum: 60, priority: 6)
            case .utilisationLine: Column("UTIL/time", minimum: 12, maximum: 60, priority: 12)
            case .exits: Column("EXIT", alignment: .right, minimum: 4, priority: 7)
            case .agent: Column("AGENT", alignment: .right, minimum: 5, priority: 11)
            case .age: Column("AGE", alignment: .right, minimum: 5, priority: 0)
            }
        }
    }

    private func drawHost(_ index: Int, _ placements: [TableLayout.Placement], at row: Int, on canvas: inout Canvas) {
        let host = fleet.hosts[index]
        let style = Palette.row(host.state)
        let ink = canvas.ink
        canvas.frame.draw(Palette.glyph(host.state, canvas.glyphs), at: row, 1, style: Palette.word(host.state))
        if host.state.hasNumbers {
            canvas.frame.drawTableRow(placements, at: row, Canvas.indent, style: style, glyphs: canvas.glyphs) {
                column in
                cell(Field.allCases[column], host, placements, ink)
            }
        } else if let name = placements.first {
            let at = Canvas.indent + name.width + 1
            canvas.frame.draw(
                SafeText(host.name).padded(to: name.width, ellipsis: canvas.glyphs.ellipsis), at: row, Canvas.indent,
                style: style)
            let word = SafeText(host.state.word).padded(to: max(6, host.state.word.utf8.count))
            let text = at + word.columns + 1
            canvas.frame.draw(SafeText(host.state.word), at: row, at, style: Palette.word(host.state))
            // The age keeps its column: how long ago the last sample came says more than any sentence.
            let age = placements.last.flatMap { host.sampledAt == nil ? nil : $0 }
            let room = (age.map { Canvas.indent + $0.start } ?? canvas.columns + 1) - text - 1
            canvas.draw(
                SafeText(host.sentence(now: canvas.now, columns: room) ?? ""), at: row, text, style: style, width: room)
            if let age {
                let value = Format.age(host.age(now: canvas.now)).leftPadded(to: age.width)
                canvas.frame.draw(value, at: row, Canvas.indent + age.start, style: style)
            }
        }
        if view.cursor == index { canvas.select(row) }
    }

    private func cell(
        _ field: Field, _ host: FleetHost, _ placements: [TableLayout.Placement], _ ink: Ink
    ) -> TableCell {
        let row = host.snapshot?.host ?? HostRow()
        let rates = host.rates
        let missing = host.missing(now: ink.now)
        func graded(_ text: SafeText, _ value: Double?, _ threshold: Threshold) -> TableCell {
            guard host.state != .stale, let value else { return TableCell(text) }
            let level = threshold.level(of: value)
            return TableCell(text, style: level == .ok ? nil : Palette.style(level))
        }
        func line(_ series: Series, _ scale: Sparkline.Scale = .fixed(0...1)) -> TableCell {
            let width = placements.first { Field.allCases[$0.index] == field }?.width ?? 0
            return TableCell(ink.sparkline(series, missing: missing, columns: width, scale: scale))
        }
        switch field {
        case .name: return TableCell(SafeText(host.name))
        case .state: return TableCell(SafeText(host.state.word), style: Palette.word(host.state))
        case .workers: return TableCell(Format.count(row[.workers]))
        case .cpu: return graded(Format.percent(rates.cpu), rates.cpu, .hostCPU)
        case .cpuLine: return line(host.history.cpu)
        case .memory: return graded(Format.percent(rates.memoryUsed), rates.memoryAvailable, .memoryAvailable)
        case .resident: return TableCell(Format.bytes(row[.workersResidentBytes]))
        case .load: return TableCell(Format.number(row[.load1Hundredths].map { Double($0) / 100 }))
        case .utilisation:
            return graded(Format.percent(rates.worstUtilisation), rates.worstUtilisation, .loopUtilisation)
        case .lag: return TableCell(rates.worstLagText)
        case .lagP99: return graded(rates.lagP99Text, rates.gradedLagP99, .lagP99)
        case .lagLine: return line(host.history.worstLag, LagText.scale)
        case .utilisationLine: return line(host.history.worstUtilisation)
        case .exits: return TableCell(Format.count(row[.exits]))
        case .agent: return TableCell(Format.percent(rates.agentCPU))
        case .age: return TableCell(Format.age(host.age(now: ink.now)))
        }
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
    _ left: StyledLine, sort: String, inverted: Bool, filter: String, first: Int, shown: Int, total: Int, at row: Int,
    on canvas: inout Canvas
) {
    var right: [SafeText] = []
    if !filter.isEmpty { right.append("filter: \(filter)") }
    right.append("sort \(sort)\(inverted ? " inverted" : "")")
    right.append(total == 0 ? "rows 0" : "rows \(first + 1)-\(first + shown)/\(total)")
    if filter.isEmpty { right.append("filter: -") }
    canvas.drawSides(left, right, at: row)
}
