import Console
import Model

/// Draws the restart dialog in the middle of the screen; too much text scrolls, the buttons stay.
struct DialogBox {
    let dialog: RestartDialog
    let host: FleetHost?

    func draw(on canvas: inout Canvas) {
        let width = min(canvas.columns, 70)
        let lines = Self.lines(dialog, host, columns: width - 4, now: canvas.now, wall: canvas.wall)
        let height = min(lines.count + 4, canvas.frame.size.rows)
        let top = max((canvas.frame.size.rows - height) / 2, 0)
        let left = (canvas.columns - width) / 2
        for row in top..<top + height { canvas.frame.fill(row: row, columns: left..<left + width) }
        canvas.frame.box(
            rows: top..<top + height, columns: left..<left + width, title: "Restart worker", glyphs: canvas.glyphs,
            titleStyle: .bold)
        let room = height - 4
        let scroll = min(dialog.scroll, max(lines.count - room, 0))
        for (offset, line) in lines.dropFirst(scroll).prefix(room).enumerated() {
            canvas.draw(line, at: top + 1 + offset, left + 2, width: width - 4)
        }
        if lines.count > room { canvas.draw("more: Up Down", at: top + height - 3, left + 2, style: .dim) }
        drawButtons(at: top + height - 2, left + 2, on: &canvas)
    }

    static func room(rows: Int, lines: Int) -> Int { min(lines + 4, rows) - 4 }

    static func lines(
        _ dialog: RestartDialog, _ host: FleetHost?, columns: Int, now: MonotonicInstant, wall: WallTime
    ) -> [StyledLine] {
        var lines: [StyledLine] = []
        func fact(_ label: SafeText, _ text: SafeText, _ style: Style = .plain) {
            for (index, line) in wrapped(text, columns: max(columns - 9, 8)).enumerated() {
                lines.append(StyledLine((index == 0 ? label : "").padded(to: 9), .bold).adding(line, style))
            }
        }
        let track = host?.workers[dialog.target]
        let address: SafeText = dialog.hostName == dialog.address ? "" : " (\(dialog.address))"
        fact("host", SafeText(dialog.hostName) + address)
        fact("app", "\(dialog.app), worker \(dialog.slot), name \(dialog.name)")
        var uptime: SafeText = ""
        if let host, let track, let age = host.uptime(of: track, now: now) { uptime = ", \(Format.age(age)) ago" }
        fact("pid", "\(dialog.target.pid), started \(Format.moment(dialog.started, now: wall))" + uptime)
        fact("signals", "SIGTERM, wait \(RestartDialog.grace.components.seconds) s, then SIGKILL")
        fact("then", SafeText(dialog.respawn))
        if let bar = dialog.bar {
            lines.append(.empty)
            fact("not now", SafeText(bar), Palette.style(.warn))
            return lines
        }
        if let gone = dialog.gone {
            lines.append(.empty)
            fact("gone", "\(gone). Nothing was sent.", Palette.style(.crit))
            return lines
        }
        if let host, let track, host.missing(since: track.sampledAt, now: now) > 0 {
            fact("careful", "this data is \(Format.age(now - track.sampledAt)) old", Palette.style(.warn))
        }
        if host?.snapshot?.limitations.contains(.signalsDenied) == true {
            fact("careful", "the agent lacks CAP_KILL: refused if the worker is another user's", Palette.style(.warn))
        }
        lines.append(.empty)
        lines += wrapped("The agent checks pid and start time again and refuses any other process.", columns: columns)
            .map { StyledLine($0, .dim) }
        return lines
    }

    private func drawButtons(at row: Int, _ column: Int, on canvas: inout Canvas) {
        func label(_ text: SafeText, focused: Bool) -> SafeText { focused ? "[>\(text)<]" : "[ \(text) ]" }
        let cancel = label(dialog.canConfirm ? "Cancel" : "Close", focused: dialog.focus == .cancel)
        let focused = Style(bold: true, reverse: true)
        var at = canvas.frame.draw(cancel, at: row, column, style: dialog.focus == .cancel ? focused : .plain)
        if dialog.focus == .cancel { canvas.frame.cursor = Position(row: row, column: column) }
        guard dialog.canConfirm else { return }
        at += 2
        let confirm = label("y Restart", focused: dialog.focus == .confirm)
        if dialog.focus == .confirm { canvas.frame.cursor = Position(row: row, column: at) }
        at = canvas.frame.draw(confirm, at: row, at, style: dialog.focus == .confirm ? focused : .plain)
        let hint: SafeText = "  y: yes  Esc: no"
        let right = column + min(canvas.columns, 70) - 4
        if at + hint.columns <= right { canvas.frame.draw(hint, at: row, at, style: .dim) }
    }
}
