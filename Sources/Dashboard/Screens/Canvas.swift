import Console
import Model

/// A line made of differently styled pieces.
struct StyledLine: Sendable {
    var pieces: [(text: SafeText, style: Style)] = []

    static let empty = StyledLine()

    init() {}
    init(_ text: SafeText, _ style: Style = .plain) { pieces = [(text, style)] }

    var columns: Int { pieces.reduce(0) { $0 + $1.text.columns } }

    mutating func add(_ text: SafeText, _ style: Style = .plain) { pieces.append((text, style)) }

    /// Without its first columns.
    func dropFirst(columns: Int) -> StyledLine {
        var (line, left) = (StyledLine(), columns)
        for (text, style) in pieces {
            let cut = min(left, text.columns)
            line.add(text.dropFirst(columns: cut), style)
            left -= cut
        }
        return line
    }

    func adding(_ line: StyledLine) -> StyledLine {
        var result = self
        result.pieces += line.pieces
        return result
    }

    func adding(_ text: SafeText, _ style: Style = .plain) -> StyledLine {
        var line = self
        line.add(text, style)
        return line
    }
}

/// What every text is made with: the glyphs and the time.
struct Ink {
    let glyphs: Glyphs
    let now: MonotonicInstant
    let wall: WallTime

    /// The newest points of a series with a trailing gap for `missing` samples.
    func sparkline(_ series: Series, missing: Int, columns: Int, scale: Sparkline.Scale) -> SafeText {
        let gap = min(missing, max(columns, 0))
        let values = series.suffix(columns - gap) + Array(repeating: nil, count: gap)
        return Sparkline.text(values, columns: columns, scale: scale, glyphs: glyphs)
    }
}

/// What every screen draws on.
struct Canvas {
    var frame: Frame
    var ink: Ink
    var spots: [Spot] = []
    /// What is shown, in a few words.
    var heading = SafeText.empty
    /// What the selected row says, where it has no room for all of it.
    var whole: (text: SafeText, style: Style)?

    var glyphs: Glyphs { ink.glyphs }
    var now: MonotonicInstant { ink.now }
    var wall: WallTime { ink.wall }
    var columns: Int { frame.size.columns }

    /// Draws a line into `width` columns; what does not fit ends in an ellipsis.
    mutating func draw(_ line: StyledLine, at row: Int, _ column: Int = 0, width: Int? = nil) {
        let right = min(column + (width ?? columns - column), columns)
        let cut = line.columns > right - column
        var at = column
        for (text, style) in line.pieces where at < right {
            let room = right - at
            let rest = cut && text.columns >= room ? text.truncated(to: room - 1, ellipsis: "") + glyphs.ellipsis : text
            at = frame.draw(rest, at: row, at, style: style, width: room)
        }
    }

    mutating func draw(_ text: SafeText, at row: Int, _ column: Int = 0, style: Style = .plain, width: Int? = nil) {
        draw(StyledLine(text, style), at: row, column, width: width)
    }

    /// `left` at the left edge and as many of `right` as fit at the right edge: the first of them are the most needed.
    mutating func drawSides(_ left: StyledLine, _ right: [SafeText], at row: Int, style: Style = .plain) {
        var shown = right
        func width() -> Int { shown.reduce(0) { $0 + $1.columns + 2 } }
        while !shown.isEmpty, left.columns + width() > columns { shown.removeLast() }
        draw(left, at: row, width: columns - width())
        var at = columns - width() + 2
        for text in shown { at = frame.draw(text, at: row, at, style: style) + 2 }
    }
}

/// As many items as fit, whole, from the first one on; two blanks between them.
func fitting(_ items: [SafeText], columns: Int) -> SafeText {
    guard var text = items.first else { return .empty }
    for item in items.dropFirst() {
        if text.columns + 2 + item.columns > columns { break }
        text += "  " + item
    }
    return text
}

/// Items in lines of at most `columns`, broken between items where possible.
func wrapped(items: [SafeText], columns: Int) -> [SafeText] {
    var lines: [SafeText] = []
    for item in items {
        if let last = lines.last, last.columns + 2 + item.columns <= columns {
            lines[lines.count - 1] = last + "  " + item
        } else {
            lines += wrapped(item, columns: columns)
        }
    }
    return lines
}

/// Breaks text at blanks into lines of at most `columns`; longer words are cut.
func wrapped(_ text: SafeText, columns: Int) -> [SafeText] {
    let columns = max(columns, 1)
    var lines: [SafeText] = []
    var line = SafeText.empty
    for word in text.string.split(separator: " ") {
        var word = SafeText(word)
        if !line.isEmpty, line.columns + 1 + word.columns <= columns {
            line += " " + word
            continue
        }
        if !line.isEmpty { lines.append(line) }
        while word.columns > columns {
            let start = word.prefix(columns: columns)
            // A wide character in one column: nothing fits, so stop instead of going round for ever.
            guard start.columns > 0 else { return lines }
            lines.append(start)
            word = word.dropFirst(columns: start.columns)
        }
        line = word
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines
}
