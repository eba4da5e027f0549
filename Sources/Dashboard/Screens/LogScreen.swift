import Console
import Model

/// The log of a worker or app, a line to a row, or wrapped.
struct LogScreen {
    let host: FleetHost
    let view: LogView
    let anatomy: Anatomy

    private var columns: Int { anatomy.size.columns }

    func draw(_ way: StyledLine, on canvas: inout Canvas) {
        if let row = anatomy.summary { canvas.draw(sources, at: row, style: .dim) }
        guard view.problem == nil, !view.lines.isEmpty else {
            drawCrumb(way, to: nil, on: &canvas)
            return drawReasons(on: &canvas)
        }
        var row = anatomy.body.lowerBound
        var last = 0
        var cursor = row
        var skipped = view.top.row
        for line in view.visible {
            // Of a wrapped line it stands at the beginning.
            if view.follows || line.number == view.match { cursor = row }
            for styled in styled(line, canvas).dropFirst(skipped) where row < anatomy.body.upperBound {
                canvas.draw(styled, at: row)
                row += 1
                last = line.number
            }
            skipped = 0
            if row >= anatomy.body.upperBound { break }
        }
        drawCrumb(way, to: last, on: &canvas)
        canvas.frame.cursor = Position(row: cursor, column: 0)
    }

    /// Where it comes from.
    private var sources: SafeText { view.sources.map { SafeText($0.text) }.joined(separator: ";  ") }

    /// - Parameter last: the number of the last line that is drawn.
    private func drawCrumb(_ way: StyledLine, to last: Int?, on canvas: inout Canvas) {
        var right: [SafeText] = [view.follows ? "follow on" : "follow off"]
        if !view.filter.isEmpty { right.append("\(view.showsAll ? "marked" : "filter"): \(view.filter)") }
        if view.stream != .both { right.append(SafeText(view.stream.word)) }
        if !host.state.isCurrent { right.append("host \(host.state.word)") }
        if let first = view.lines.first, let last {
            let top = max(view.top.line - first.number, 0) + 1
            right.append("lines \(top)-\(last - first.number + 1)/\(view.lines.count)")
        }
        canvas.drawSides(way, right, at: anatomy.crumb)
    }

    /// Why there is nothing to see.
    private func drawReasons(on canvas: inout Canvas) {
        var lines: [StyledLine] = []
        if let problem = view.problem {
            lines += wrapped(SafeText(problem), columns: columns).map { StyledLine($0, Palette.style(.warn)) }
        } else if !view.hasAnswer {
            lines = [StyledLine("asking \(host.name) ...", .dim)]
        } else if view.sources.isEmpty {
            lines = [StyledLine("no worker that writes a log lives here now")]
        } else {
            if view.sources.contains(where: \.isReadable) {
                lines.append(StyledLine(view.filter.isEmpty ? "nothing was written yet" : "no line has that text"))
            }
            for source in view.sources where !source.isReadable || lines.isEmpty {
                lines += wrapped(SafeText(source.text), columns: columns).map { StyledLine($0) }
            }
        }
        for (row, line) in zip(anatomy.body, lines) { canvas.draw(line, at: row) }
        canvas.frame.cursor = Position(row: anatomy.body.lowerBound, column: 0)
    }

    private func styled(_ line: LogView.Line, _ canvas: Canvas) -> [StyledLine] {
        let room = columns - view.margin
        var style = line.isRemark ? .dim : Palette.style(line.level)
        style.selected = line.number == view.match
        return view.pieces(of: line.text, columns: room).enumerated().map { index, piece in
            var styled = index == 0 ? margin(line) : StyledLine(.spaces(view.margin))
            let shown =
                piece.columns > room ? piece.truncated(to: room - 1, ellipsis: "") + canvas.glyphs.ellipsis : piece
            if line.isRemark {
                styled.add("-- " + shown + " --", style)
            } else {
                for (text, isMatch) in marked(shown) {
                    var own = style
                    if isMatch { (own.bold, own.underline) = (true, true) }
                    styled.add(text, own)
                }
            }
            return styled
        }
    }

    private func margin(_ line: LogView.Line) -> StyledLine {
        var margin = StyledLine()
        if view.showsTime {
            let time = line.time.map { Format.clockWithMilliseconds($0) } ?? ""
            margin.add(time.padded(to: 13), .dim)
        }
        if view.slotColumns > 0 {
            let slot: SafeText = line.slot.map { "#\($0)" } ?? ""
            margin.add(slot.padded(to: view.slotColumns + 1), .dim)
        }
        return margin
    }

    /// The text in pieces, those that the filter wants apart from the rest.
    private func marked(_ text: SafeText) -> [(SafeText, Bool)] {
        guard !view.filter.isEmpty else { return [(text, false)] }
        let bytes = text.string.utf8
        var pieces: [(SafeText, Bool)] = []
        var from = 0
        func piece(_ range: Range<Int>) -> SafeText {
            let start = bytes.index(bytes.startIndex, offsetBy: range.lowerBound)
            let end = bytes.index(bytes.startIndex, offsetBy: range.upperBound)
            return SafeText(String(text.string[start..<end]))
        }
        for place in LogFilter(view.filter).places(in: text.string) {
            if place.lowerBound > from { pieces.append((piece(from..<place.lowerBound), false)) }
            pieces.append((piece(place), true))
            from = place.upperBound
        }
        if from < bytes.count { pieces.append((piece(from..<bytes.count), false)) }
        return pieces
    }
}
