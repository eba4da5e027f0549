/// A grid of cells: what one screen draws. Drawing outside is clipped, whatever the numbers; nothing traps.
public struct Frame: Equatable, Sendable {
    public let size: Size
    private var cells: [Cell]
    /// Where the terminal's own cursor goes, for screen readers and input fields; `nil` hides it.
    public var cursor: Position?

    /// A blank frame. Sizes are clamped to 0...1,000 rows and 0...2,000 columns: a terminal may claim 65,535.
    public init(size: Size) {
        self.size = Size(rows: min(max(size.rows, 0), 1000), columns: min(max(size.columns, 0), 2000))
        cells = Array(repeating: .blank(.plain), count: self.size.rows * self.size.columns)
    }

    /// A cell; a plain blank outside of the frame.
    public subscript(row: Int, column: Int) -> Cell {
        guard 0..<size.rows ~= row, 0..<size.columns ~= column else { return .blank(.plain) }
        return cells[row * size.columns + column]
    }

    /// The cells of one row; empty outside of the frame.
    public subscript(row row: Int) -> ArraySlice<Cell> {
        guard 0..<size.rows ~= row else { return [] }
        return cells[row * size.columns..<(row + 1) * size.columns]
    }

    /// Draws text from `column` on, at most `width` columns of it, and returns the column after the last one drawn.
    ///
    /// What does not fit is cut off; a wide character cut in the middle leaves a blank.
    @discardableResult
    public mutating func draw(
        _ text: SafeText, at row: Int, _ column: Int = 0, style: Style = .plain, width: Int? = nil
    ) -> Int {
        // Limits far from Int's ends keep the sums below from overflowing.
        let start = min(max(column, -1_000_000), 1_000_000)
        let end = start + min(max(width ?? text.columns, 0), text.columns)
        guard 0..<size.rows ~= row else { return end }
        let right = min(end, size.columns)
        var at = start
        var last: Int?  // cell that takes marks
        for scalar in text.string.unicodeScalars {
            guard case .base(let columns) = CharacterWidth(scalar) else {
                if let last { cells[row * size.columns + last].add(mark: scalar) }
                continue
            }
            if at >= right { break }
            last = nil
            if columns == 1, at >= 0 {
                put(Cell(base: scalar, style: style), row, at)
                last = at
            } else if columns == 2, at >= 0, at + 2 <= right {
                put(Cell(base: scalar, style: style), row, at)
                put(Cell(continuationWith: style), row, at + 1, isSecondHalf: true)
                last = at
            } else if columns == 2 {
                for half in at..<min(at + 2, right) where half >= 0 { put(.blank(style), row, half) }
            }
            at += columns
        }
        return end
    }

    /// Blanks a row (or some columns of it) in a style.
    public mutating func fill(row: Int, columns: Range<Int>? = nil, style: Style = .plain) {
        guard 0..<size.rows ~= row else { return }
        for column in (columns ?? 0..<size.columns).clamped(to: 0..<size.columns) {
            put(.blank(style), row, column)
        }
    }

    /// Gives some columns of a row (all without a range) a style; the text stays.
    public mutating func style(row: Int, columns: Range<Int>? = nil, _ style: Style) {
        restyle(row: row, columns: columns) { $0 = style }
    }

    /// Changes the styles that are there, as for a selection over coloured text: `{ $0.reverse = true }`.
    public mutating func restyle(row: Int, columns: Range<Int>? = nil, _ change: (inout Style) -> Void) {
        guard 0..<size.rows ~= row else { return }
        for column in (columns ?? 0..<size.columns).clamped(to: 0..<size.columns) {
            change(&cells[row * size.columns + column].style)
        }
    }

    /// Writes one cell that lies inside, and blanks what is left of a wide character it cuts in two.
    private mutating func put(_ cell: Cell, _ row: Int, _ column: Int, isSecondHalf: Bool = false) {
        let index = row * size.columns + column
        if cells[index].isContinuation, !isSecondHalf, column > 0 {
            cells[index - 1] = .blank(cells[index - 1].style)
        }
        if column + 1 < size.columns, cells[index + 1].isContinuation {
            cells[index + 1] = .blank(cells[index + 1].style)
        }
        cells[index] = cell
    }
}

/// Reading a frame back, for tests and for plain output.
extension Frame {
    /// A row's text without blanks at its end.
    public func text(row: Int) -> String {
        var result = ""
        for cell in self[row: row] { result += cell.string }
        while result.last == " " { result.removeLast() }
        return result
    }

    /// All rows, joined by newlines; a golden file's content.
    public var text: String { (0..<size.rows).map { text(row: $0) }.joined(separator: "\n") }

    /// The style of each column of a row.
    public func styles(row: Int) -> [Style] { self[row: row].map(\.style) }
}
