import Console
import Model

/// The newest lines that a worker wrote, on its screen.
struct LogPanel {
    let host: FleetHost
    let track: WorkerTrack
    let columns: Int
    let ink: Ink

    /// How many lines there is room for on a body of so many rows: the newest, which come last, have to be seen.
    static func limit(rows: Int) -> Int { rows >= 44 ? 8 : 4 }

    static func question(_ info: WorkerInfo, rows: Int) -> Query.Body {
        .log(LogRequest(groupKey: info.groupKey, slot: info.slot, lines: UInt32(limit(rows: rows))))
    }

    func lines(rows: Int) -> [StyledLine] {
        switch host.answers[Self.question(track.info, rows: rows)]?.body {
        case .log(let page):
            var lines = [StyledLine("log  \(page.sources.map(\.text).joined(separator: ";  "))", .bold)]
            let newest = mergedByTime(page.lines, log: \.source, time: \.time).filter { !$0.isRemark }
                .suffix(Self.limit(rows: rows))
            for line in newest { lines.append(styled(line)) }
            if newest.isEmpty, page.sources.contains(where: \.isReadable) {
                lines.append(StyledLine("  nothing was written yet", .dim))
            }
            return lines
        case .denied(let why), .unknown(let why):
            return wrapped(SafeText("log: \(why)"), columns: columns).map { StyledLine($0, .dim) }
        default: return []
        }
    }

    private func styled(_ line: LogLine) -> StyledLine {
        var styled = StyledLine("  ")
        if !line.timeIsInText, let time = line.time {
            styled.add(Format.clockWithMilliseconds(host.ours(time)) + " ", .dim)
        }
        styled.add(logText(line.text), Palette.style(logLevel(line.text)))
        return styled
    }
}
