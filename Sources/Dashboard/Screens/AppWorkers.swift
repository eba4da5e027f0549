import Console
import Lag
import Model

/// The workers of one app, side by side: a few columns, as many as fit.
struct AppWorkers {
    private enum Field: CaseIterable {
        case slot, pid, state, cpu, memory, lag, cause, connections, uptime, age
    }

    let host: FleetHost
    let members: [WorkerTrack]
    /// So many of those that ended.
    let shown: Int
    let columns: Int
    let ink: Ink

    func lines() -> [StyledLine] {
        guard !members.isEmpty else {
            return [StyledLine(host.detailAt == nil ? "waiting for the workers' numbers" : "no worker lives", .dim)]
        }
        let layout = TableLayout(Field.allCases.map(column))
        let placements = layout.layout(width: columns - 2)
        var head = StyledLine("  ")
        for placement in placements {
            let title = layout.columns[placement.index].title
            head.add(padded(title, placement) + " ", .bold)
        }
        let (listed, more) = EndedWorkers.few(of: members, shown: shown)
        let lines = [head] + listed.sorted(by: EndedWorkers.precede).map { line($0, placements) }
        return lines + (more > 0 ? [StyledLine("  +\(more) more ended", .dim)] : [])
    }

    private func column(_ field: Field) -> Column {
        switch field {
        case .slot: Column("WORKER", minimum: 6, priority: 0)
        case .pid: Column("PID", alignment: .right, minimum: 7, priority: 1)
        case .state: Column("STATE", minimum: 6, priority: 0)
        case .cpu: Column("CPU", alignment: .right, minimum: 5, priority: 3)
        case .memory: Column("RSS", alignment: .right, minimum: 5, priority: 5)
        case .lag: Column("LAG", alignment: .right, minimum: 8, priority: 2)
        case .cause: Column("CAUSE", minimum: 12, priority: 7)
        case .connections: Column("CONN", alignment: .right, minimum: 5, priority: 4)
        case .uptime: Column("UP", alignment: .right, minimum: 6, priority: 6)
        // As wide as "9m59s": for so long those that ended are kept.
        case .age: Column("AGE", alignment: .right, minimum: 5, priority: 0)
        }
    }

    private func line(_ track: WorkerTrack, _ placements: [TableLayout.Placement]) -> StyledLine {
        let state = host.state(of: track, now: ink.now)
        var line = StyledLine(Palette.glyph(state, ink.glyphs) + " ", Palette.word(state))
        for placement in placements {
            let field = Field.allCases[placement.index]
            let style = field == .state ? Palette.word(state) : Palette.row(state)
            line.add(padded(text(field, track, state), placement), style)
            line.add(" ")
        }
        return line
    }

    private func padded(_ text: SafeText, _ placement: TableLayout.Placement) -> SafeText {
        placement.alignment == .left
            ? text.padded(to: placement.width, ellipsis: ink.glyphs.ellipsis)
            : text.leftPadded(to: placement.width, ellipsis: ink.glyphs.ellipsis)
    }

    private func text(_ field: Field, _ track: WorkerTrack, _ state: WorkerState) -> SafeText {
        let lives = track.end == nil
        switch field {
        case .slot: return "#\(track.info.slot)"
        case .pid: return "\(track.info.id.pid)"
        case .state: return SafeText(state.word)
        case .cpu: return Format.percent(lives ? track.rates.cpu : nil)
        case .memory: return lives ? Format.bytes(track.row[.residentBytes]) : Format.unknown
        case .lag: return lives ? track.lag.worstText : Format.unknown
        case .cause:
            if let end = track.end { return SafeText(exitStatusText(end.status, columns: 12)) }
            return track.lag.causeWord(columns: 12) ?? ""
        case .connections: return lives ? Format.count(track.row[.connections]) : Format.unknown
        case .uptime: return Format.age(host.uptime(of: track, now: ink.now))
        case .age: return Format.age(ink.now - (track.end?.at ?? track.sampledAt))
        }
    }
}
