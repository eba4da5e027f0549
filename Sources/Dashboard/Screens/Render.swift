import Console
import Model

/// What is on the screen, and where in it a click means what.
struct Rendering {
    var frame: Frame
    var spots: [Spot] = []
    /// What is shown, in a few words: another one is another screen.
    var heading = SafeText.empty
}

/// Draws what the state says. Pure: the same arguments give the same frame.
func render(
    _ state: UIState, fleet live: Fleet, size: Size, glyphs: Glyphs, now: MonotonicInstant, wall: WallTime
) -> Rendering {
    let picture = state.time.picture(live, now: now, wall: wall)
    let fleet = picture.fleet
    var canvas = Canvas(frame: Frame(size: size), ink: Ink(glyphs: glyphs, now: picture.now, wall: picture.wall))
    guard let anatomy = Anatomy(canvas.frame.size) else {
        canvas.draw(statusLine(fleet), at: 0)
        canvas.frame.cursor = Position(row: 0, column: 0)
        return Rendering(frame: canvas.frame)
    }
    let mode = modeField(state.time, wall: wall, columns: canvas.columns)
    canvas.draw(totalsLine(fleet, columns: canvas.columns - mode.columns - 2, now: canvas.now), at: anatomy.totals)
    canvas.draw(mode, at: anatomy.totals, canvas.columns - mode.columns)
    if let help = state.help {
        drawHelp(
            help, HelpText(for: state.kind, keys: state.keys, columns: canvas.columns), state.kind, anatomy, on: &canvas
        )
    } else {
        drawScreen(state, fleet, anatomy, on: &canvas)
    }
    if let dialog = state.dialog {
        // What is asked for is done now, whatever moment the screen shows.
        let host = dialog.host.flatMap { live.hosts.indices.contains($0) ? live.hosts[$0] : nil }
        canvas.ink = Ink(glyphs: glyphs, now: now, wall: wall)
        canvas.spots = []  // what is behind it waits
        DialogBox(dialog: dialog, host: host, bulk: state.bulk).draw(on: &canvas)
    }
    return Rendering(frame: canvas.frame, spots: canvas.spots, heading: canvas.heading)
}

private func drawScreen(_ state: UIState, _ fleet: Fleet, _ anatomy: Anatomy, on canvas: inout Canvas) {
    var numbers = fleet.shown
    let way = Breadcrumb(state.screen, fleet)
    canvas.spots(of: way, at: anatomy.crumb)
    canvas.heading = way.line.pieces.map(\.text).joined()
    switch state.screen {
    case .fleet(let tabs):
        FleetScreen(
            fleet: fleet, tabs: tabs, marks: state.marks, columns: state.columns, anatomy: state.anatomy ?? anatomy,
            heat: state.heat
        ).draw(way.line, on: &canvas)
    case .host(let number, let view, let folded):
        numbers = [number]
        let host = fleet.hosts[number]
        let crumb = way.line.adding("  ").adding(SafeText(host.state.word), Palette.word(host.state))
        HostScreen(
            fleet: fleet, number: number, view: view, folded: folded, marks: state.marks, columns: state.columns,
            anatomy: anatomy
        ).draw(on: &canvas, crumb: crumb)
    case .worker(let number, let worker, let scroll):
        numbers = [number]
        drawWorker(fleet.hosts[number], worker, way.line, scroll, state, anatomy, on: &canvas)
    case .app(let number, let key, let scroll):
        numbers = [number]
        drawApp(fleet.hosts[number], key, way.line, scroll, anatomy, on: &canvas)
    case .agent(let number, let scroll):
        numbers = [number]
        let host = fleet.hosts[number]
        let crumb = way.line.adding("  host ").adding(SafeText(host.state.word), Palette.word(host.state))
        let lines = AgentScreen(host: host, columns: canvas.columns, ink: canvas.ink).lines(rows: anatomy.body.count)
        drawLines(lines, of: host, crumb, scroll, anatomy, on: &canvas)
    case .compare(let comparison):
        numbers = comparison.hosts
        let lines = CompareScreen(fleet: fleet, comparison: comparison, columns: canvas.columns, ink: canvas.ink)
            .lines(rows: anatomy.body.count)
        if let row = anatomy.summary {
            let names = comparison.hosts.map { fleet.hosts[$0].name }
            canvas.draw("workers of \(names.joined(separator: ", "))", at: row)
        }
        canvas.drawScrolled(lines, comparison.scroll, way.line, [], anatomy)
    case .log(let view):
        numbers = [view.host]
        LogScreen(host: fleet.hosts[view.host], view: view, anatomy: anatomy).draw(way.line, on: &canvas)
    }
    if let rule = anatomy.rule { canvas.frame.rule(row: rule, glyphs: canvas.glyphs, style: .dim) }
    drawMessages(fleet, of: numbers, state.bulk, rows: anatomy.messages, on: &canvas)
    drawBottom(state, anatomy, on: &canvas)
}

private func drawWorker(
    _ host: FleetHost, _ worker: WorkerID, _ way: StyledLine, _ scroll: Int, _ state: UIState, _ anatomy: Anatomy,
    on canvas: inout Canvas
) {
    var crumb = way
    if let track = host.workers[worker] {
        let word = host.state(of: track, now: canvas.now)
        crumb.add("  pid \(worker.pid)  ")
        crumb.add(SafeText(word.word), Palette.word(word))
    }
    let lines = WorkerScreen(
        host: host, worker: worker, columns: canvas.columns, unfolds: state.unfolds, window: state.histogram,
        ink: canvas.ink
    ).lines(rows: anatomy.body.count)
    drawLines(lines, of: host, crumb, scroll, anatomy, on: &canvas)
}

private func drawApp(
    _ host: FleetHost, _ key: String, _ way: StyledLine, _ scroll: Int, _ anatomy: Anatomy, on canvas: inout Canvas
) {
    var crumb = way
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
    let right: [SafeText] = host.state.isCurrent ? [] : ["host \(host.state.word)"]
    canvas.drawScrolled(lines, scroll, crumb, right, anatomy)
}

extension Canvas {
    /// A body with its line above it; `right` before which of the lines are seen.
    fileprivate mutating func drawScrolled(
        _ lines: [StyledLine], _ scroll: Int, _ crumb: StyledLine, _ right: [SafeText], _ anatomy: Anatomy
    ) {
        let shown = lines.dropFirst(scroll).prefix(anatomy.body.count)
        let range: [SafeText] =
            lines.count > anatomy.body.count ? ["lines \(scroll + 1)-\(scroll + shown.count)/\(lines.count)"] : []
        drawSides(crumb, right + range, at: anatomy.crumb)
        for (row, line) in zip(anatomy.body, shown) { draw(line, at: row) }
        frame.cursor = Position(row: anatomy.body.lowerBound, column: 0)
    }
}

private func drawHelp(
    _ scroll: Int, _ text: HelpText, _ kind: ScreenKind, _ anatomy: Anatomy, on canvas: inout Canvas
) {
    let rows = 2..<anatomy.keys
    let lines = text.lines
    canvas.heading = "Help: \(kind.word)"
    let shown = lines.dropFirst(scroll).prefix(rows.count)
    canvas.drawSides(
        StyledLine("Help: \(kind.word)", .bold), ["lines \(scroll + 1)-\(scroll + shown.count)/\(lines.count)"], at: 1)
    for (row, line) in zip(rows, shown) { canvas.draw(line, at: row) }
    canvas.drawKeys(
        [("? Tab next part", .tab), ("Esc close", .escape), ("Up Down PgUp PgDn scroll", nil)], at: anatomy.keys)
    canvas.frame.cursor = Position(row: 2, column: 0)
}

/// The last line: what is being typed, else a message for who just did something, else the keys. From 16 rows on a
/// message stands in the message area instead, so that the keys never move.
private func drawBottom(_ state: UIState, _ anatomy: Anatomy, on canvas: inout Canvas) {
    if state.prompt != nil || state.time.input != nil { canvas.spots = [] }  // it has to be finished first
    if let prompt = state.prompt { return drawPrompt(prompt, state.message, anatomy, on: &canvas) }
    if state.isFiltering { return drawFilter(state.filterEntry, anatomy, on: &canvas) }
    if let input = state.time.input {
        let end = canvas.frame.draw("go to time: \(input)", at: anatomy.keys, style: .bold)
        canvas.draw("   \(TimeText.forms)  Esc cancel", at: anatomy.keys, end + 1, style: .dim)
        canvas.frame.cursor = Position(row: anatomy.keys, column: min(end, canvas.columns - 1))
        return
    }
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
    let keys = state.keys.line(
        for: state.kind, columns: canvas.columns, without: state.hiddenKeys, words: state.keyWords)
    canvas.drawKeys(keys.map { (SafeText($0.text), $0.key) }, at: anatomy.keys)
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
