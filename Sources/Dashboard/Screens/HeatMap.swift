import Console
import Model

/// The hosts of the list, a cell each, so that a thousand are seen at a glance; above the list, on terminals with room.
///
/// The shade is a number, a letter a state without numbers, and the style the state, which the list says in words.
struct HeatMap {
    /// What the shade is of.
    enum Metric: Sendable, CaseIterable {
        case lag, cpu, memory, off

        var word: String {
            switch self {
            case .lag: "lag p99"
            case .cpu: "CPU"
            case .memory: "memory used"
            case .off: "off"
            }
        }

        /// From where the shade is darker: the last two are those of WARN and CRIT.
        fileprivate var steps: [Double] {
            switch self {
            case .lag: [0.01, 0.05, 0.1, 0.25]
            case .cpu: [0.25, 0.5, 0.85, 0.95]
            case .memory: [0.5, 0.7, 0.85, 0.95]
            case .off: []
            }
        }

        /// `nil` is unknown; a lag that is only bounded is.
        fileprivate func value(of host: FleetHost) -> Double? {
            switch self {
            case .lag: host.rates.gradedLagP99
            case .cpu: host.rates.cpu
            case .memory: host.rates.memoryUsed
            case .off: nil
            }
        }

        fileprivate func text(_ value: Double?) -> SafeText {
            self == .lag ? Format.milliseconds(value.map { $0 * 1000 }) : Format.percent(value)
        }
    }

    /// Hosts beside each other, whose names begin alike where there is room for that.
    struct Line: Sendable, Equatable {
        var label: String
        var hosts: [Int]
    }

    private static let labelColumns = 14

    let fleet: Fleet
    let lines: [Line]
    /// Hosts in the list.
    let total: Int
    let metric: Metric
    /// Under the cursor of the list.
    let selected: Int?

    /// Room for it at all.
    static func fits(_ size: Size) -> Bool { size.rows >= 50 && size.columns >= 160 }

    /// How many rows it takes: a head, the cells, and what they mean.
    static func rows(_ lines: [Line]) -> Int { lines.isEmpty ? 0 : lines.count + 2 }

    /// Hosts keep their places while their numbers change. At most a third of the screen: what is left over is said.
    static func lines(_ rows: [FleetRowID], _ fleet: Fleet, _ metric: Metric, _ size: Size) -> [Line] {
        guard metric != .off, fits(size), let anatomy = Anatomy(size) else { return [] }
        let hosts = rows.compactMap { row in if case .host(let number) = row { number } else { nil } }.sorted()
        guard hosts.count > 1 else { return [] }
        let (most, width) = (max(anatomy.body.count / 3 - 2, 1), size.columns - labelColumns)
        var families: [Substring: Int] = [:]
        var lines: [Line] = []
        for number in hosts {
            let family = family(of: fleet.hosts[number].name)
            if let place = families[family], lines[place].hosts.count < width {
                lines[place].hosts.append(number)
            } else {
                families[family] = lines.count
                lines.append(Line(label: String(family), hosts: [number]))
                if lines.count > most { return packed(hosts, fleet, width: width, most: most) }
            }
        }
        return lines.sorted { ($0.label, $0.hosts[0]) < ($1.label, $1.hosts[0]) }
    }

    /// One after the other, each line under the name of its first.
    private static func packed(_ hosts: [Int], _ fleet: Fleet, width: Int, most: Int) -> [Line] {
        stride(from: 0, to: min(hosts.count, width * most), by: width).map { start in
            Line(label: fleet.hosts[hosts[start]].name, hosts: Array(hosts[start..<min(start + width, hosts.count)]))
        }
    }

    /// `web` of web-17.example.com.
    private static func family(of name: String) -> Substring {
        let end = name.utf8.firstIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") } ?? name.endIndex
        let first = name[..<end]
        var family = first
        while let last = family.utf8.last, UInt8(ascii: "0")...UInt8(ascii: "9") ~= last { family.removeLast() }
        while let last = family.last, last == "-" || last == "_" { family.removeLast() }
        return family.isEmpty ? first : family
    }

    func draw(on canvas: inout Canvas, at top: Int) {
        guard !lines.isEmpty else { return }
        drawHead(on: &canvas, at: top)
        var letters: Set<HostState> = []
        for (offset, line) in lines.enumerated() {
            let label = SafeText(line.label).padded(to: Self.labelColumns - 1, ellipsis: canvas.glyphs.ellipsis) + " "
            let cells = cells(line, canvas.glyphs, &letters)
            canvas.draw(
                cells.reduce(StyledLine(label, .dim)) { $0.adding($1.text, $1.style) }, at: top + 1 + offset)
            for (place, number) in line.hosts.enumerated() {
                let column = Self.labelColumns + place
                canvas.spot(.fleetRow(.host(number)), row: top + 1 + offset, columns: column..<column + 1)
            }
        }
        let missing = total - lines.reduce(0) { $0 + $1.hosts.count }
        canvas.draw(legend(letters, canvas.glyphs, missing: missing), at: top + 1 + lines.count, style: .dim)
    }

    private func drawHead(on canvas: inout Canvas, at row: Int) {
        var head = StyledLine("heat map: \(metric.word), one cell a host", .bold)
        if let selected, fleet.hosts.indices.contains(selected) {
            let host = fleet.hosts[selected]
            head.add("   > \(host.name) ")
            head.add(SafeText(host.state.word), Palette.word(host.state))
            if host.state.hasNumbers { head.add(" " + metric.text(metric.value(of: host))) }
            head.add("   (Left Right move, Enter opens)", .dim)
        }
        canvas.drawSides(head, ["v: \(metric.next().word)"], at: row)
    }

    /// Neighbours of one style are one piece.
    private func cells(
        _ line: Line, _ glyphs: Glyphs, _ letters: inout Set<HostState>
    ) -> [(text: SafeText, style: Style)] {
        var pieces: [(text: SafeText, style: Style)] = []
        let (steps, shades) = (metric.steps, glyphs.steps)
        for number in line.hosts {
            let host = fleet.hosts[number]
            let glyph: SafeText
            var style = Palette.word(host.state)
            if host.state.isCurrent {
                let step = metric.value(of: host).map { value in steps.count(where: { $0 <= value }) }
                glyph = step.map { shades[$0] } ?? Format.unknown
            } else {
                letters.insert(host.state)
                glyph = SafeText(host.state.word).prefix(columns: 1)
            }
            if number == selected { style.selected = true }
            if let last = pieces.last, last.style == style {
                pieces[pieces.count - 1].text = last.text + glyph
            } else {
                pieces.append((glyph, style))
            }
        }
        return pieces
    }

    private func legend(_ letters: Set<HostState>, _ glyphs: Glyphs, missing: Int) -> SafeText {
        var items: [SafeText] = metric.steps.enumerated().map { "\(glyphs.steps[$0]) <\(metric.text($1))" }
        if let last = metric.steps.last {
            items.append("\(glyphs.steps[metric.steps.count]) from \(metric.text(last))")
        }
        items.append("- not known")
        for state in letters.sorted(by: { $0.rank < $1.rank }) { items.append("\(state.word.prefix(1)) \(state.word)") }
        if missing > 0 { items.insert("\(missing) hosts more than there is room for", at: 0) }
        return SafeText.spaces(Self.labelColumns) + items.dropFirst().reduce(items.first ?? .empty) { $0 + "  " + $1 }
    }
}
