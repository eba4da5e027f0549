/// Boxes and rules.
extension Frame {
    /// Draws a box's outline, with the title in its upper edge; the inside stays. Too small for a box: nothing.
    public mutating func box(
        rows: Range<Int>, columns: Range<Int>, title: SafeText = .empty, glyphs: Glyphs, style: Style = .plain,
        titleStyle: Style? = nil
    ) {
        guard rows.count >= 2, columns.count >= 2 else { return }
        let lines = glyphs.lines
        // Edges far outside are not worth drawing; the corners' places stay true.
        let inside = min(columns.count - 2, 4000)
        let edge = SafeText(repeating: lines.horizontal, count: inside)
        let (left, right) = (columns.lowerBound, columns.upperBound - 1)
        draw(lines.topLeft + edge + lines.topRight, at: rows.lowerBound, left, style: style)
        draw(lines.bottomLeft + edge + lines.bottomRight, at: rows.upperBound - 1, left, style: style)
        for row in (rows.lowerBound + 1..<rows.upperBound - 1).clamped(to: 0..<size.rows) {
            draw(lines.vertical, at: row, left, style: style)
            draw(lines.vertical, at: row, right, style: style)
        }
        let room = inside - 4  // a piece of line and a blank at either side
        if !title.isEmpty, room > 0 {
            let shown = " " + title.truncated(to: room, ellipsis: glyphs.ellipsis) + " "
            draw(shown, at: rows.lowerBound, left + 2, style: titleStyle ?? style)
        }
    }

    /// A horizontal line over some columns (all without a range).
    public mutating func rule(row: Int, columns: Range<Int>? = nil, glyphs: Glyphs, style: Style = .plain) {
        let columns = (columns ?? 0..<size.columns).clamped(to: 0..<size.columns)
        draw(
            SafeText(repeating: glyphs.lines.horizontal, count: columns.count), at: row, columns.lowerBound,
            style: style)
    }
}
