import Console
import Model

/// The newest events of some hosts, newest last, below the rule.
func drawMessages(_ fleet: Fleet, of numbers: [Int], rows: Range<Int>, on canvas: inout Canvas) {
    guard !rows.isEmpty else { return }
    var entries: [(host: Int, entry: LogEntry)] = []
    for number in numbers where fleet.hosts.indices.contains(number) {
        for entry in fleet.hosts[number].log.suffix(rows.count) { entries.append((number, entry)) }
    }
    entries.sort { ($0.entry.at, $0.host) < ($1.entry.at, $1.host) }
    let shown = entries.suffix(rows.count)
    let wide = canvas.columns >= 60
    for (row, (number, entry)) in zip(rows, shown) {
        let host = fleet.hosts[number]
        var line = StyledLine("\(Format.clock(entry.wall)) ", .dim)
        line.add(Palette.glyph(entry.level, canvas.glyphs) + " ", Palette.style(entry.level))
        if numbers.count > 1 { line.add(SafeText(host.name).truncated(to: wide ? 20 : 8) + "  ", .bold) }
        line.add(SafeText(host.text(of: entry)), Palette.style(entry.level))
        canvas.draw(line, at: row)
    }
}
