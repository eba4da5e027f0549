import Console

/// The line behind `:` at the bottom, above it what could be meant, and on top why a line was no command.
func drawPrompt(_ prompt: Prompt, _ message: UIState.Message?, _ anatomy: Anatomy, on canvas: inout Canvas) {
    let room = max(min(prompt.candidates.count, anatomy.keys - anatomy.body.lowerBound - 1), 0)
    if let message {
        let row = anatomy.keys - room - 1
        canvas.frame.fill(row: row)
        canvas.draw(SafeText(message.text), at: row, style: Palette.style(message.level).with(bold: true))
    }
    let widest = prompt.candidates.prefix(room).reduce(0) { max($0, SafeText($1.line).columns) }
    for (offset, candidate) in prompt.candidates.prefix(room).enumerated() {
        let row = anatomy.keys - room + offset
        let isChosen = prompt.chosen == offset
        canvas.frame.fill(row: row)
        var line = StyledLine(isChosen ? canvas.glyphs.selection + " " : "  ")
        line.add(SafeText(candidate.line).padded(to: widest + 2), .bold)
        line.add(SafeText(candidate.meaning), .dim)
        canvas.draw(line, at: row)
        if isChosen { canvas.frame.restyle(row: row) { $0.selected = true } }
    }
    canvas.frame.fill(row: anatomy.keys)
    let text: SafeText = ":\(prompt.text)"
    let shown = text.dropFirst(columns: max(text.columns - (canvas.columns - 1), 0))
    let end = canvas.frame.draw(shown, at: anatomy.keys, style: .bold)
    canvas.draw("   Tab complete  Up Down choose  Enter run  Esc close", at: anatomy.keys, end + 1, style: .dim)
    canvas.frame.cursor = Position(row: anatomy.keys, column: min(end, canvas.columns - 1))
}
