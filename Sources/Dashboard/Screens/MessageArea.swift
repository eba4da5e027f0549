import Console
import Model

/// The newest events of some hosts, newest last, below the rule.
func drawMessages(_ fleet: Fleet, of numbers: [Int], rows: Range<Int>, on canvas: inout Canvas) {
    guard !rows.isEmpty else { return }
    let rows = drawUnknown(fleet, rows: rows, on: &canvas)
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

/// Commands whose outcome is not known stay on top of the events, on every screen, until it is; at least one event line is
/// left where there are two. Returns the rows that are left.
private func drawUnknown(_ fleet: Fleet, rows: Range<Int>, on canvas: inout Canvas) -> Range<Int> {
    let unknown = fleet.unknown
    guard !unknown.isEmpty else { return rows }
    let room = max(rows.count - 1, 1)
    for (offset, row) in rows.prefix(min(unknown.count, room)).enumerated() {
        let (host, record) = unknown[offset]
        let rest = unknown.count - offset - 1
        let mark = "? " + (offset == room - 1 && rest > 0 ? "(1 of \(rest + 1)) " : "")
        let whole = SafeText(mark + host.unknownText(of: record))
        let text = whole.columns <= canvas.columns ? whole : SafeText(mark + host.shortUnknownText(of: record))
        canvas.draw(text, at: row, style: Palette.unknown)
    }
    return rows.dropFirst(min(unknown.count, room))
}
