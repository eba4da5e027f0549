import Console
import Model

/// What the worker screen says of the loop's lag: a heat strip over time, percentiles beside it, stalls in words below.
struct LagPanel {
    /// Lower edges of the rows, as indices of `LagColumn.edges`, the longest first; the labels say "this long or longer".
    struct Rows {
        let starts: [Int]
        let labels: [SafeText]

        static let few = Rows(starts: [7, 5, 4, 2, 0], labels: [">=1s", "250ms", "100ms", "25ms", "1ms"])
        static let many = Rows(
            starts: [8, 7, 6, 5, 4, 3, 2, 1, 0],
            labels: [">=3s", "1s", "500ms", "250ms", "100ms", "50ms", "25ms", "10ms", "1ms"])

        func range(_ row: Int) -> Range<Int> { starts[row]..<(row == 0 ? LagColumn.edges.count : starts[row - 1]) }
    }

    static let labelColumns = 6

    let host: FleetHost
    let track: WorkerTrack
    let columns: Int
    let isRoomy: Bool
    let window: HistogramPanel.Window
    let glyphs: Glyphs
    let now: MonotonicInstant

    private var lag: LagReading { track.end == nil ? track.lag : LagReading() }
    private var history: LagHistory { track.history.lag }
    private var missing: Int { track.end == nil ? host.missing(since: track.sampledAt, now: now) : 0 }
    private var isPast: Bool { missing > 0 || track.end != nil }

    /// Whether lag is measured or was, as far as the strip goes back.
    var isMeasured: Bool { lag.worst != nil || history.strip.suffix(columns).contains { $0.isKnown } }

    func lines() -> [StyledLine] {
        let runtime = track.end == nil ? track.runtime?.text(name: runtimeName) : nil
        let runtimeLines = runtime.map { wrapped($0, columns: columns).map { StyledLine($0) } } ?? []
        guard isMeasured else {
            return [label("lag").adding(SafeText(lag.methodText))] + runtimeLines
        }
        return strip() + words() + runtimeLines
    }

    private var runtimeName: String { track.info.name == "node" ? "node" : "the runtime" }

    private func label(_ text: SafeText) -> StyledLine { StyledLine(text.padded(to: Self.labelColumns), .bold) }

    // MARK: The strip

    private func strip() -> [StyledLine] {
        let rows = isRoomy && columns >= 120 ? Rows.many : Rows.few
        let histogram = isRoomy && columns >= 110 ? self.histogram(rows) : nil
        let table = columns >= 60 ? numbers(isLong: histogram != nil) : []
        let beside = besides(table, histogram)
        let besideColumns = beside.map(\.columns).max() ?? 0
        let room = max(columns - Self.labelColumns - (besideColumns > 0 ? besideColumns + 1 : 0), 1)
        let gap = min(missing, room)
        let shown = history.strip.suffix(room - gap) + Array(repeating: LagColumn(), count: gap)
        var lines = [title(room: room, beside: beside.first)]
        if table.isEmpty, let numbers = lineOfNumbers { lines.append(numbers) }
        for row in rows.labels.indices {
            var line = StyledLine(rows.labels[row].leftPadded(to: Self.labelColumns - 1) + " ")
            line.add(SafeText.spaces(room - shown.count))
            for piece in cells(of: shown, rows.range(row)) { line.add(piece.text, piece.style) }
            if row + 1 < beside.count { line = line.adding(" ").adding(beside[row + 1], isPast ? .dim : .plain) }
            lines.append(line)
        }
        lines.append(axis(room: room))
        return lines
    }

    /// Of as much of its window as is known.
    private func histogram(_ rows: Rows) -> HistogramPanel? {
        history.summary(over: window.length).map { HistogramPanel(summary: $0, rows: rows, glyphs: glyphs) }
    }

    /// What stands to the right of the strip, from its title on: the histogram, the numbers.
    private func besides(_ table: [SafeText], _ histogram: HistogramPanel?) -> [SafeText] {
        guard let histogram else { return table }
        let bars = [histogram.head] + histogram.lines
        return bars.enumerated().map { $1 + ($0 < table.count ? "  " + table[$0] : "") }
    }

    private func title(room: Int, beside: SafeText?) -> StyledLine {
        let method: SafeText = isPast ? "as last known" : SafeText(lag.methodText)
        var line = label("lag").adding(method)
        let hint: SafeText = "  shade: share of time in stretches this long"
        if line.columns + hint.columns <= Self.labelColumns + room { line.add(hint, .dim) }
        guard let beside else { return line }
        line.add(SafeText.spaces(Self.labelColumns + room + 1 - line.columns))
        line.add(beside, .dim)
        return line
    }

    /// Neighbours of one style are one piece.
    private func cells(of shown: [LagColumn], _ rows: Range<Int>) -> [(text: SafeText, style: Style)] {
        var pieces: [(text: SafeText, style: Style)] = []
        for column in shown {
            let glyph: SafeText
            var style: Style = isPast ? .dim : .plain
            if !column.isKnown {
                glyph = glyphs.gap
                style = .dim
            } else {
                glyph = glyphs.shade(column.share(of: rows))
                if !isPast, !lag.isBound || lag.isHung { style = Palette.style(level(of: rows)) }
            }
            if let last = pieces.last, last.style == style {
                pieces[pieces.count - 1].text = last.text + glyph
            } else {
                pieces.append((glyph, style))
            }
        }
        return pieces
    }

    private func level(of rows: Range<Int>) -> Level {
        Threshold.lagP99.level(of: LagColumn.edges[rows.lowerBound].seconds + 0.001)
    }

    /// How far back the strip goes, and its other end.
    private func axis(room: Int) -> StyledLine {
        let span = host.interval * room
        let left: SafeText = "-\(Format.age(span))"
        let middle = SafeText.spaces(Self.labelColumns) + left
        let right: SafeText = track.end == nil ? "now" : "end"
        let blanks = Self.labelColumns + room - middle.columns - right.columns
        guard blanks > 0 else { return StyledLine(middle, .dim) }
        return StyledLine(middle + SafeText.spaces(blanks) + right, .dim)
    }

    // MARK: Numbers

    /// Head and one line each for the longest and for percentiles: in the last window, of which fewer are told, in two
    /// minutes, in fifteen. Percentiles are of all stretches together, never of percentiles.
    private func numbers(isLong: Bool) -> [SafeText] {
        func few<Item>(_ all: [Item]) -> [Item] { isLong ? all : [all[0], all[1], all[3], all[5]] }
        let now = [lag.worstText, Format.unknown, lag.text(of: lag.p99WithOpen), Format.unknown, lag.text(of: lag.p50)]
        var columns: [[SafeText]] = [few(["now"] + now)]
        var last: Duration?
        for length in [Duration.seconds(120), .seconds(900)] {
            guard let summary = history.summary(over: length), last.map({ summary.span > $0 }) ?? true else {
                columns.append(few(Array(repeating: "", count: 6)))
                continue
            }
            last = summary.span
            let lengths = [summary.max, summary.p999, summary.p99, summary.p90, summary.p50]
            columns.append(
                few([Format.age(summary.span)] + lengths.map { LagText.length($0, isBound: lag.isBound) }))
        }
        let width = lag.isBound ? 9 : 8
        return few(["", "max", "p99.9", "p99", "p90", "p50"]).enumerated().map { row, name in
            columns.reduce(SafeText(name).padded(to: isLong ? 5 : 3)) { $0 + $1[row].leftPadded(to: width) }
        }
    }

    /// In place of the table, where there is no room for one.
    private var lineOfNumbers: StyledLine? {
        guard !isPast else { return nil }
        return label("").adding(
            "max \(lag.worstText)  p99 \(lag.text(of: lag.p99WithOpen))  p50 \(lag.text(of: lag.p50))")
    }

    // MARK: Words

    private func words() -> [StyledLine] {
        guard track.end == nil, missing == 0 else { return [] }
        var lines: [StyledLine] = []
        func add(_ name: SafeText, _ text: SafeText, _ style: Style = .plain) {
            for (index, line) in wrapped(text, columns: max(columns - Self.labelColumns, 8)).enumerated() {
                lines.append(label(index == 0 ? name : "").adding(line, style))
            }
        }
        let cores = host.info?.cores
        let nothing: SafeText = "no stall of 3 ms or more"
        let stall = lag.stall
        if let stall {
            let isCounted = stall.isOpen && (!stall.isBound || lag.isHung)
            let level = isCounted ? Threshold.openStall.level(of: stall.length.seconds) : .ok
            add("now", SafeText(stall.text(cores: cores)), Palette.style(level))
        } else {
            add("now", lag.worst == nil ? SafeText(lag.methodText) : nothing)
        }
        if let past = history.longestStall(now: now), past.stall == stall {
            add("1 min", "the same")
        } else if let past = history.longestStall(now: now) {
            let age: SafeText = past.stall.isOpen ? "" : ", \(Format.age(now - past.at)) ago"
            add("1 min", SafeText(past.stall.text(cores: cores)) + age)
        } else {
            add("1 min", nothing)
        }
        if lag.isBound, !lag.isHung, lag.worst ?? .zero >= LagText.shortestWithCause {
            add("<=", "at most: nothing told whether it turned meanwhile, so it raises no alarm")
        }
        for line in wrapped(items: lag.remarks, columns: columns) { lines.append(StyledLine(line, .info)) }
        return lines
    }
}
