import Console
import Model

/// The newest events of some hosts, newest last, below the rule; in their place what the selected row had no room for.
func drawMessages(_ fleet: Fleet, of numbers: [Int], _ bulk: BulkRun?, rows: Range<Int>, on canvas: inout Canvas) {
    guard !rows.isEmpty else { return }
    var rows = drawUnknown(fleet, rows: rows, on: &canvas)
    if let bulk, !bulk.isOver, let row = rows.popFirst() {
        canvas.draw(SafeText("> \(bulk.line)"), at: row, style: .bold)
    }
    if let (text, style) = canvas.whole {
        let lines = wrapped(text, columns: canvas.columns)
        for (offset, row) in rows.enumerated() where offset < lines.count {
            // The last line has all the rest, and its ellipsis.
            let rest = lines.dropFirst(offset)
            let line = offset == rows.count - 1 ? rest.dropFirst().reduce(rest[offset]) { $0 + " " + $1 } : rest[offset]
            canvas.draw(line, at: row, style: style)
        }
        return
    }
    let wide = canvas.columns >= 60
    for (row, (number, place)) in zip(rows, newest(rows.count, of: numbers, in: fleet)) {
        let host = fleet.hosts[number]
        let entry = host.log[place]
        var line = StyledLine("\(Format.clock(entry.wall)) ", .dim)
        line.add(Palette.glyph(entry.level, canvas.glyphs) + " ", Palette.style(entry.level))
        if numbers.count > 1 { line.add(SafeText(host.name).truncated(to: wide ? 20 : 8) + "  ", .bold) }
        line.add(SafeText(host.text(of: entry)), Palette.style(entry.level))
        canvas.draw(line, at: row)
    }
}

/// The last `count` entries of all logs, oldest first, each by its host and its place there.
private func newest(_ count: Int, of numbers: [Int], in fleet: Fleet) -> [(host: Int, place: Int)] {
    var found: [(at: MonotonicInstant, host: Int, place: Int)] = []
    for number in numbers where fleet.hosts.indices.contains(number) {
        for place in fleet.hosts[number].log.indices.reversed() {
            let at = fleet.hosts[number].log[place].at
            // Of one host the rest is older still.
            if found.count == count, let oldest = found.first, (at, number) < (oldest.at, oldest.host) { break }
            let behind = found.firstIndex { (at, number, place) < ($0.at, $0.host, $0.place) } ?? found.count
            found.insert((at, number, place), at: behind)
            if found.count > count { found.removeFirst() }
        }
    }
    return found.map { ($0.host, $0.place) }
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
