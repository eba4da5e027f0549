import Console
import Model

/// One row per host, worst first; a host without numbers is one sentence.
struct FleetScreen {
    let fleet: Fleet
    let view: FleetView
    let anatomy: Anatomy

    static func visibleRows(_ anatomy: Anatomy) -> Int { max(anatomy.body.count - 1, 1) }

    func draw(on canvas: inout Canvas) {
        if let row = anatomy.summary { drawSummary(on: &canvas, at: row) }
        let rows = fleetRows(fleet, view, now: canvas.now)
        let top = anatomy.body.lowerBound
        let visible = Self.visibleRows(anatomy)
        let shown = rows.dropFirst(view.top).prefix(visible)
        drawCrumb(
            StyledLine("Fleet > hosts", .bold), sort: HostSubject.heading(of: view.order), inverted: view.inverted,
            filter: view.filter.text, first: view.top, shown: shown.count, total: rows.count, at: anatomy.crumb,
            on: &canvas)
        let subjects = fleet.hosts.indices.map { HostSubject(fleet: fleet, number: $0, now: canvas.now) }
        let table = RowTable(
            HostSubject.columns.shown(), of: subjects, order: view.order, inverted: view.inverted,
            width: canvas.columns - Canvas.indent, ink: canvas.ink)
        table.drawHead(at: top, on: &canvas)
        for (offset, index) in shown.enumerated() {
            drawHost(subjects[index], table, at: top + 1 + offset, on: &canvas)
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

    private func drawHost(
        _ subject: HostSubject, _ table: RowTable<HostSubject>, at row: Int, on canvas: inout Canvas
    ) {
        let host = subject.host
        let style = Palette.row(host.state)
        canvas.frame.draw(Palette.glyph(host.state, canvas.glyphs), at: row, 1, style: Palette.word(host.state))
        if host.state.hasNumbers {
            table.draw(subject, at: row, style: style, on: &canvas)
        } else if let name = table.placements.first {
            let at = Canvas.indent + name.width + 1
            canvas.frame.draw(
                SafeText(host.name).padded(to: name.width, ellipsis: canvas.glyphs.ellipsis), at: row, Canvas.indent,
                style: style)
            let word = SafeText(host.state.word).padded(to: max(6, host.state.word.utf8.count))
            let text = at + word.columns + 1
            canvas.frame.draw(SafeText(host.state.word), at: row, at, style: Palette.word(host.state))
            // The age keeps its column: how long ago the last sample came says more than any sentence.
            let age = host.sampledAt == nil ? nil : table.placement(of: "age")
            let room = (age.map { Canvas.indent + $0.start } ?? canvas.columns + 1) - text - 1
            canvas.draw(
                SafeText(host.sentence(now: canvas.now, columns: room) ?? ""), at: row, text, style: style, width: room)
            if let age {
                let value = Format.age(host.age(now: canvas.now)).leftPadded(to: age.width)
                canvas.frame.draw(value, at: row, Canvas.indent + age.start, style: style)
            }
        }
        if view.cursor == subject.number { canvas.select(row) }
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
    _ left: StyledLine, sort: SafeText, inverted: Bool, filter: String, first: Int, shown: Int, total: Int, at row: Int,
    on canvas: inout Canvas
) {
    var right: [SafeText] = []
    if !filter.isEmpty { right.append("filter: \(filter)") }
    right.append("sort \(sort)\(inverted ? " inverted" : "")")
    right.append(total == 0 ? "rows 0" : "rows \(first + 1)-\(first + shown)/\(total)")
    if filter.isEmpty { right.append("filter: -") }
    canvas.drawSides(left, right, at: row)
}
