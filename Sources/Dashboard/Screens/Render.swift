import Console
import Model

/// Draws what the state says. Pure: the same arguments give the same frame.
func render(
    _ state: UIState, fleet live: Fleet, size: Size, glyphs: Glyphs, now: MonotonicInstant, wall: WallTime
) -> Frame {
    let picture = state.time.picture(live, now: now, wall: wall)
    let fleet = picture.fleet
    var canvas = Canvas(frame: Frame(size: size), ink: Ink(glyphs: glyphs, now: picture.now, wall: picture.wall))
    guard let anatomy = Anatomy(canvas.frame.size) else {
        canvas.draw(statusLine(fleet), at: 0)
        canvas.frame.cursor = Position(row: 0, column: 0)
        return canvas.frame
    }
    let mode = modeField(state.time, wall: wall, columns: canvas.columns)
    canvas.draw(totalsLine(fleet, columns: canvas.columns - mode.columns - 2), at: anatomy.totals)
    canvas.draw(mode, at: anatomy.totals, canvas.columns - mode.columns)
    if let help = state.help {
        drawHelp(help, state.kind, anatomy, on: &canvas)
    } else {
        drawScreen(state, fleet, anatomy, on: &canvas)
    }
    if let dialog = state.dialog {
        // What is asked for is done now, whatever moment the screen shows.
        let host = dialog.host.flatMap { live.hosts.indices.contains($0) ? live.hosts[$0] : nil }
        canvas.ink = Ink(glyphs: glyphs, now: now, wall: wall)
        DialogBox(dialog: dialog, host: host).draw(on: &canvas)
    }
    return canvas.frame
}

private func drawScreen(_ state: UIState, _ fleet: Fleet, _ anatomy: Anatomy, on canvas: inout Canvas) {
    var numbers = Array(fleet.hosts.indices)
    switch state.screen {
    case .fleet(let tabs):
        FleetScreen(fleet: fleet, tabs: tabs, anatomy: anatomy).draw(on: &canvas)
    case .host(let number, let view, let folded):
        numbers = [number]
        let host = fleet.hosts[number]
        let crumb = StyledLine("Fleet > \(host.name)", .bold).adding("  ")
            .adding(SafeText(host.state.word), Palette.word(host.state))
        HostScreen(fleet: fleet, number: number, view: view, folded: folded, anatomy: anatomy).draw(
            on: &canvas, crumb: crumb)
    case .worker(let number, let worker, let scroll):
        numbers = [number]
        drawWorker(fleet.hosts[number], worker, scroll, unfolds: state.unfolds, anatomy, on: &canvas)
    case .app(let number, let key, let scroll):
        numbers = [number]
        drawApp(fleet.hosts[number], key, scroll, anatomy, on: &canvas)
    }
    if let rule = anatomy.rule { canvas.frame.rule(row: rule, glyphs: canvas.glyphs, style: .dim) }
    drawMessages(fleet, of: numbers, rows: anatomy.messages, on: &canvas)
    drawBottom(state, anatomy, on: &canvas)
}

private func drawWorker(
    _ host: FleetHost, _ worker: WorkerID, _ scroll: Int, unfolds: Bool, _ anatomy: Anatomy, on canvas: inout Canvas
) {
    var crumb = StyledLine("Fleet > \(host.name) > ", .bold)
    if let track = host.workers[worker] {
        let state = host.state(of: track, now: canvas.now)
        crumb.add("\(host.label(of: worker))", .bold)
        crumb.add("  pid \(worker.pid)  ")
        crumb.add(SafeText(state.word), Palette.word(state))
    } else {
        crumb.add("pid \(worker.pid)")
    }
    let lines = WorkerScreen(host: host, worker: worker, columns: canvas.columns, unfolds: unfolds, ink: canvas.ink)
        .lines(rows: anatomy.body.count)
    drawLines(lines, of: host, crumb, scroll, anatomy, on: &canvas)
}

private func drawApp(_ host: FleetHost, _ key: String, _ scroll: Int, _ anatomy: Anatomy, on canvas: inout Canvas) {
    var crumb = StyledLine("Fleet > \(host.name) > \(host.appName(key))", .bold)
    if let group = host.group(key) {
        let members = host.workers.values.filter { $0.info.groupKey == key }
        let state = appState(host, key, members, now: canvas.now)
        crumb.add("  \(group.missingText ?? Format.count(group.row[.workers]).string) workers  ")
        crumb.add(SafeText(state.word), Palette.word(state))
    } else if host.isLost(key) {
        crumb.add("  ")
        crumb.add(SafeText(WorkerState.crit.word), Palette.word(WorkerState.crit))
    }
    let lines = AppScreen(host: host, key: key, columns: canvas.columns, ink: canvas.ink).lines(
        rows: anatomy.body.count)
    drawLines(lines, of: host, crumb, scroll, anatomy, on: &canvas)
}

/// A body that scrolls as a whole.
private func drawLines(
    _ lines: [StyledLine], of host: FleetHost, _ crumb: StyledLine, _ scroll: Int, _ anatomy: Anatomy,
    on canvas: inout Canvas
) {
    drawHostSummary(host, anatomy, on: &canvas)
    let shown = lines.dropFirst(scroll).prefix(anatomy.body.count)
    let range: [SafeText] =
        lines.count > anatomy.body.count ? ["lines \(scroll + 1)-\(scroll + shown.count)/\(lines.count)"] : []
    var right = range
    if !host.state.hasNumbers || host.state == .stale { right.insert("host \(host.state.word)", at: 0) }
    canvas.drawSides(crumb, right, at: anatomy.crumb)
    for (row, line) in zip(anatomy.body, shown) { canvas.draw(line, at: row) }
    canvas.frame.cursor = Position(row: anatomy.body.lowerBound, column: 0)
}

private func drawHelp(_ scroll: Int, _ kind: ScreenKind, _ anatomy: Anatomy, on canvas: inout Canvas) {
    let rows = 2..<anatomy.keys
    let lines = HelpText(for: kind, columns: canvas.columns).lines
    let shown = lines.dropFirst(scroll).prefix(rows.count)
    canvas.drawSides(
        StyledLine("Help: \(kind.word)", .bold), ["lines \(scroll + 1)-\(scroll + shown.count)/\(lines.count)"], at: 1)
    for (row, line) in zip(rows, shown) { canvas.draw(line, at: row) }
    let keys = ["? Tab next part", "Esc close", "Up Down PgUp PgDn scroll"]
    canvas.draw(fitting(keys.map { SafeText($0) }, columns: canvas.columns), at: anatomy.keys)
    canvas.frame.cursor = Position(row: 2, column: 0)
}

/// The last line: what is being typed, else a message for who just did something, else the keys. From 16 rows on a
/// message stands in the message area instead, so that the keys never move.
private func drawBottom(_ state: UIState, _ anatomy: Anatomy, on canvas: inout Canvas) {
    if let prompt = state.prompt { return drawPrompt(prompt, state.message, anatomy, on: &canvas) }
    if state.isFiltering { return drawFilter(state.filterEntry, anatomy, on: &canvas) }
    if let message = state.message {
        let style = Palette.style(message.level).with(bold: true)
        guard !anatomy.messages.isEmpty else {
            canvas.draw(SafeText(message.text), at: anatomy.keys, style: style)
            return
        }
        let lines = wrapped(SafeText(message.text), columns: canvas.columns).prefix(anatomy.messages.count)
        for (row, line) in zip(anatomy.messages.suffix(lines.count), lines) {
            canvas.frame.fill(row: row)
            canvas.draw(line, at: row, style: style)
        }
    }
    let keys = KeyTable.line(for: state.kind, columns: canvas.columns, without: state.hiddenKeys, words: state.keyWords)
    canvas.draw(SafeText(keys), at: anatomy.keys)
}

/// What is being typed: what is wrong in it underlined, and why behind it.
private func drawFilter(_ entry: FilterEntry, _ anatomy: Anatomy, on canvas: inout Canvas) {
    let wrong = entry.problem?.place ?? entry.text.count..<entry.text.count
    var prompt = StyledLine("filter: ", .bold)
    prompt.add(SafeText(String(entry.text.prefix(wrong.lowerBound))), .bold)
    // Where something is missing at the end, the place where it belongs is marked.
    let part = String(entry.text.dropFirst(wrong.lowerBound).prefix(wrong.count))
    prompt.add(SafeText(part), Style(.mistake, bold: true))
    prompt.add(SafeText(String(entry.text.dropFirst(wrong.upperBound))), .bold)
    // The end of a long filter is what is being typed, and what is wrong is told above the line in any case.
    let surplus = max(prompt.columns - (canvas.columns - 1), 0)
    let shown = surplus > 0 ? prompt.dropFirst(columns: surplus) : prompt
    canvas.frame.fill(row: anatomy.keys)
    canvas.draw(shown, at: anatomy.keys)
    let end = shown.columns
    if let problem = entry.problem, !entry.text.isEmpty {
        let row = anatomy.messages.last ?? anatomy.keys
        let text = SafeText(problem.sentence)
        if row == anatomy.keys {
            canvas.draw("   " + text, at: row, end + 1, style: Palette.style(.warn))
        } else {
            canvas.frame.fill(row: row)
            canvas.draw(text, at: row, style: Palette.style(.warn).with(bold: true))
        }
    } else {
        canvas.draw("   Enter keep  Esc clear", at: anatomy.keys, end + 1, style: .dim)
    }
    canvas.frame.cursor = Position(row: anatomy.keys, column: min(end, canvas.columns - 1))
}
