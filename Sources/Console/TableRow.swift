/// What one column shows in one row.
public struct TableCell: Hashable, Sendable, ExpressibleByStringInterpolation {
    public var text: SafeText
    /// `nil`: the row's style.
    public var style: Style?

    public init(_ text: SafeText, style: Style? = nil) {
        self.text = text
        self.style = style
    }

    public init(stringLiteral value: String) { self.init(SafeText(value)) }

    public init(stringInterpolation: SafeText.StringInterpolation) {
        self.init(SafeText(stringInterpolation: stringInterpolation))
    }
}

/// Drawing a table's rows where a `TableLayout` placed its columns.
extension Frame {
    /// Draws one row, asking only for the columns that are shown. The row's style covers the gaps, too.
    ///
    /// Text too long for its column ends in an ellipsis, numbers too, so that a cut number does not look whole.
    public mutating func drawTableRow(
        _ placements: [TableLayout.Placement], at row: Int, _ column: Int = 0, style: Style = .plain, glyphs: Glyphs,
        cell: (Int) -> TableCell
    ) {
        if let first = placements.first, let last = placements.last {
            draw(.spaces(last.range.upperBound - first.start), at: row, column + first.start, style: style)
        }
        for placement in placements {
            let content = cell(placement.index)
            let text =
                switch placement.alignment {
                case .left: content.text.padded(to: placement.width, ellipsis: glyphs.ellipsis)
                case .right: content.text.leftPadded(to: placement.width, ellipsis: glyphs.ellipsis)
                }
            draw(text, at: row, column + placement.start, style: content.style ?? style)
        }
    }

    /// Draws the titles of the columns that are shown.
    public mutating func drawTableHead(
        _ placements: [TableLayout.Placement], of layout: TableLayout, at row: Int, _ column: Int = 0,
        style: Style = .bold, glyphs: Glyphs
    ) {
        drawTableRow(placements, at: row, column, style: style, glyphs: glyphs) { index in
            TableCell(layout.columns.indices.contains(index) ? layout.columns[index].title : "")
        }
    }
}
