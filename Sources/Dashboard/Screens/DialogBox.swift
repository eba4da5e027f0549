import Console
import Model

/// Draws a dialog in the middle of the screen; too much text scrolls, the buttons stay.
struct DialogBox {
    let dialog: Dialog
    let host: FleetHost?
    let bulk: BulkRun?

    static let widest = 76

    static func textColumns(of size: Size) -> Int { min(size.columns, widest) - 4 }

    static func room(rows: Int, lines: Int) -> Int { max(min(lines + 4, rows) - 4, 1) }

    func draw(on canvas: inout Canvas) {
        let size = canvas.frame.size
        let width = min(canvas.columns, Self.widest)
        let picture = DialogPicture(dialog, host, bulk, columns: Self.textColumns(of: size), ink: canvas.ink)
        let lines = picture.lines
        canvas.heading += "; " + picture.title
        let height = min(lines.count + 4, size.rows)
        let top = max((size.rows - height) / 2, 0)
        let left = (canvas.columns - width) / 2
        for row in top..<top + height { canvas.frame.fill(row: row, columns: left..<left + width) }
        canvas.frame.box(
            rows: top..<top + height, columns: left..<left + width, title: picture.title, glyphs: canvas.glyphs,
            titleStyle: .bold)
        let room = height - 4
        let wanted = if case .running = dialog { bulk?.scroll ?? 0 } else { dialog.scroll }
        let scroll = min(max(wanted, 0), max(lines.count - room, 0))
        for (offset, line) in lines.dropFirst(scroll).prefix(room).enumerated() {
            let row = top + 1 + offset
            canvas.draw(line, at: row, left + 2, width: width - 4)
            if let choice = picture.choices.firstIndex(where: { $0.contains(scroll + offset) }) {
                canvas.spot(.choice(choice), row: row, columns: left + 1..<left + width - 1)
            }
        }
        if lines.count > room {
            let range: SafeText = "more: Up Down (\(scroll + 1)-\(min(scroll + room, lines.count)) of \(lines.count))"
            canvas.draw(range, at: top + height - 3, left + 2, style: .dim)
        }
        drawButtons(picture, at: top + height - 2, left + 2, width: width - 4, on: &canvas)
        if let cursor = picture.cursor, (scroll..<scroll + room).contains(cursor.lowerBound) {
            canvas.frame.cursor = Position(row: top + 1 + cursor.lowerBound - scroll, column: left + 2)
        }
    }

    private func drawButtons(
        _ picture: DialogPicture, at row: Int, _ column: Int, width: Int, on canvas: inout Canvas
    ) {
        var at = column
        canvas.frame.cursor = Position(row: row, column: column)
        for button in picture.buttons {
            let text: SafeText = button.isFocused ? "[>\(button.text)<]" : "[ \(button.text) ]"
            if button.isFocused { canvas.frame.cursor = Position(row: row, column: at) }
            let style: Style = button.isFocused ? .focus : .plain
            let end = canvas.frame.draw(text, at: row, at, style: style)
            canvas.spot(.button(button.key), row: row, columns: at..<end)
            at = end + 2
        }
        if at + picture.hint.columns <= column + width {
            canvas.frame.draw(picture.hint, at: row, at, style: .dim)
        }
    }
}
