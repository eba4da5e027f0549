import Console
import Model

extension Action {
    /// Leases are for programs, and only clutter what people read.
    var isShown: Bool { self != .hold && self != .release }
}

/// What was asked for, newest first, and what became of each.
func commandLines(
    _ records: [CommandRecord], of host: FleetHost, columns: Int, limit: Int, ink: Ink
) -> [StyledLine] {
    guard !records.isEmpty else { return [StyledLine("commands: none seen", .dim)] }
    var lines = [StyledLine("commands", .bold)]
    for record in records.prefix(limit) {
        let text: SafeText =
            "\(Format.moment(record.issuedWall, now: ink.wall))  \(host.text(of: record, now: ink.now))"
        let style = record.outcome.map { Palette.style($0.level) } ?? (record.lostAt == nil ? .plain : Palette.unknown)
        lines += wrapped(text, columns: columns - 2).map { StyledLine("  " + $0, style) }
    }
    return lines
}
