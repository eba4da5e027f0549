import Console
import Model

/// Several workers on one chart with one scale: a letter each, and below what the letters stand for.
struct CompareScreen {
    let fleet: Fleet
    let comparison: Comparison
    let columns: Int
    let ink: Ink

    private static let scaleColumns = 8
    private static let letters = Array("abcdef")

    /// One worker on the chart.
    fileprivate struct Line {
        let letter: Character
        let host: FleetHost
        let track: WorkerTrack?
        /// One to each column, the newest last; `nil` is a gap.
        let points: [Double?]
    }

    /// The body, top to bottom; the screen scrolls through it.
    func lines(rows: Int) -> [StyledLine] {
        let room = max(columns - Self.scaleColumns, 1)
        let step = comparison.hosts.map { fleet.hosts[$0].interval }.max() ?? .seconds(1)
        let lines = comparison.members.enumerated().map { place, member in
            let host = fleet.hosts[member.host]
            let track = host.workers[member.worker]
            return Line(
                letter: Self.letters[place % Self.letters.count], host: host, track: track,
                points: track.map { points($0, host, step: step, room: room) } ?? [])
        }
        let legend =
            [legendHead] + zip(lines, comparison.members).map { legendLine($0, $1) } + lines.compactMap(absence)
        // Title and axis.
        let height = rows - legend.count - 2
        guard height >= 3 else { return legend }
        return [title] + chart(lines, rows: height, room: room, step: step) + legend
    }

    private var title: StyledLine {
        StyledLine(SafeText(comparison.metric.word), .bold).adding("   same scale for all", .dim)
            .adding("   v: " + SafeText(comparison.metric.next().word.prefix { $0 != "," }), .dim)
    }

    // MARK: The chart

    private func series(_ track: WorkerTrack) -> Series {
        switch comparison.metric {
        case .lag: track.history.lag.worst
        case .utilisation: track.history.utilisation
        case .cpu: track.history.cpu
        case .memory: track.history.residentBytes
        }
    }

    /// Agents may keep different cadences: where several samples fall into a column it shows the highest.
    private func points(_ track: WorkerTrack, _ host: FleetHost, step: Duration, room: Int) -> [Double?] {
        let ratio = max(Int((step.seconds / host.interval.seconds).rounded()), 1)
        let age = (ink.now - track.sampledAt).seconds
        let patience = track.end == nil ? host.interval.seconds * 3 : step.seconds
        let gap = age > patience ? min(Int(age / step.seconds), room) : 0
        let values = series(track).suffix((room - gap) * ratio)
        var points: [Double?] = []
        var end = values.count
        while end > 0 {
            let begin = max(end - ratio, 0)
            points.append(values[begin..<end].compactMap { $0 }.max())
            end = begin
        }
        return Array(points.reversed()) + Array(repeating: nil, count: gap)
    }

    private func chart(_ lines: [Line], rows: Int, room: Int, step: Duration) -> [StyledLine] {
        let scale = scale(of: lines)
        let range = Sparkline.range(lines.flatMap(\.points), columns: room * lines.count, scale: scale)
        var cells = [[Character]](repeating: Array(repeating: " ", count: room), count: rows)
        for column in 0..<room {
            for line in lines {
                let place = line.points.count - room + column
                guard place >= 0, let value = line.points[place],
                    let height = Sparkline.level(of: value, in: range, scale: scale, count: rows)
                else { continue }
                let row = rows - 1 - height
                cells[row][column] = cells[row][column] == " " ? line.letter : "+"
            }
        }
        let labels = labels(range, scale, rows: rows)
        var chart = cells.enumerated().map { row, line in
            StyledLine(labels[row].leftPadded(to: Self.scaleColumns - 2) + ink.glyphs.lines.vertical + " ", .dim)
                .adding(SafeText(String(line)))
        }
        let left: SafeText = "-\(Format.age(step * room))"
        let blanks = max(room - left.columns - 3, 1)
        chart.append(
            StyledLine(SafeText.spaces(Self.scaleColumns) + left + SafeText.spaces(blanks) + "now", .dim))
        return chart
    }

    private func scale(of lines: [Line]) -> Sparkline.Scale {
        let highest = lines.flatMap(\.points).compactMap { $0 }.filter(\.isFinite).max() ?? 0
        switch comparison.metric {
        case .lag: return .logarithmic(0.001...max(1, highest))
        case .utilisation: return .fixed(0...1)
        case .cpu: return .fixed(0...max(1, highest))
        case .memory: return .fixed(0...max(highest, 1))
        }
    }

    /// What the lower edge of the top, the middle and the bottom row stands for.
    private func labels(_ range: ClosedRange<Double>, _ scale: Sparkline.Scale, rows: Int) -> [SafeText] {
        var labels = [SafeText](repeating: "", count: rows)
        labels[0] = text(range.upperBound)
        labels[rows - 1] = text(range.lowerBound)
        if rows >= 5 {
            let middle: Double
            if case .logarithmic = scale {
                middle = (range.lowerBound * range.upperBound).squareRoot()
            } else {
                middle = (range.lowerBound + range.upperBound) / 2
            }
            labels[rows / 2] = text(middle)
        }
        return labels
    }

    private func text(_ value: Double?) -> SafeText {
        switch comparison.metric {
        case .lag: Format.milliseconds(value.map { $0 * 1000 })
        case .utilisation, .cpu: Format.percent(value)
        case .memory: Format.bytes(value.flatMap { Int64(exactly: $0.rounded()) })
        }
    }

    // MARK: The letters

    private var legendHead: StyledLine {
        var head = "  " + SafeText("WORKER").padded(to: nameColumns)
        head += SafeText("PID").leftPadded(to: 8) + " " + SafeText("STATE").padded(to: 7)
        for name in numbersShown.map(\.name) { head += SafeText(name).leftPadded(to: 8) }
        return StyledLine(head, .bold)
    }

    private var nameColumns: Int { max(columns - 2 - 8 - 8 - numbersShown.count * 8, 6) }

    private func name(_ member: Comparison.Member) -> SafeText {
        let host = fleet.hosts[member.host]
        return "\(host.name)/\(host.label(of: member.worker))"
    }

    /// As many as there is room for beside the names.
    private var numbersShown: [(name: String, text: (Line) -> SafeText)] {
        let all: [(name: String, text: (Line) -> SafeText)] = [
            ("LAG", { $0.living?.lag.worstText ?? Format.unknown }),
            ("P99/2m", { percentile($0, .seconds(120)) }),
            ("P99/15m", { percentile($0, .seconds(900)) }),
            ("UTIL", { Format.percent($0.living?.utilisation) }),
            ("CPU", { Format.percent($0.living?.rates.cpu) }),
            ("RSS", { Format.bytes($0.living?.row[.residentBytes]) }),
        ]
        let longest = comparison.members.map { name($0).columns }.max() ?? 0
        return Array(all.prefix(max((columns - 2 - 8 - 8 - min(longest + 1, 34)) / 8, 0)))
    }

    private func percentile(_ line: Line, _ span: Duration) -> SafeText {
        guard let track = line.track else { return Format.unknown }
        return LagText.length(track.history.lag.summary(over: span)?.p99, isBound: track.lag.isBound)
    }

    /// Why a worker has no line.
    private func absence(_ line: Line) -> StyledLine? {
        guard let track = line.living, line.host.state.hasNumbers, line.points.allSatisfy({ $0 == nil }) else {
            return nil
        }
        let isMissing = comparison.metric == .lag || comparison.metric == .utilisation
        let reason = isMissing && track.lag.worst == nil ? track.lag.methodText : "nothing is known of it yet"
        return StyledLine(SafeText("\(line.letter) has no line: \(reason)"), .info)
    }

    private func legendLine(_ line: Line, _ member: Comparison.Member) -> StyledLine {
        var text = StyledLine("\(String(line.letter)) ", .bold)
        let isLive = line.living != nil && line.host.state.hasNumbers
        let style: Style = isLive ? .plain : .dim
        text.add(name(member).padded(to: nameColumns, ellipsis: ink.glyphs.ellipsis), style)
        text.add(SafeText("\(member.worker.pid)").leftPadded(to: 8) + " ", style)
        if let track = line.track {
            let state = line.host.state(of: track, now: ink.now)
            text.add(SafeText(state.word).padded(to: 7), Palette.word(state))
        } else {
            text.add("unknown", .dim)
        }
        for number in numbersShown { text.add(number.text(line).leftPadded(to: 8), style) }
        return text
    }
}

extension CompareScreen.Line {
    /// `nil` once it ended: what it was last is not what it is.
    fileprivate var living: WorkerTrack? { track.flatMap { $0.end == nil ? $0 : nil } }
}
