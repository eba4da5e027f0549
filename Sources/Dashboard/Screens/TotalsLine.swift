import Console
import Model

/// Line 1: the fleet's totals by state, the mode and the clock.
func totalsLine(_ fleet: Fleet, columns: Int, now: MonotonicInstant) -> StyledLine {
    var counts: [HostState: Int] = [:]
    for number in fleet.shown { counts[fleet.hosts[number].state, default: 0] += 1 }
    let states = HostState.allCases.sorted { $0.rank < $1.rank }.filter { $0 == .ok || counts[$0] != nil }
    // Without room our own name goes first, then the alerts, then the mildest states.
    var shown = states
    var named = true
    var tellsAlerts = true
    let gap: SafeText = columns < 45 ? " " : "  "
    let unknown = fleet.hosts.indices.reduce(0) { $0 + fleet.hosts[$1].commands.count(where: \.isUnknown) }
    let (crit, warn) = (fleet.alerts.new(.crit, now: now), fleet.alerts.new(.warn, now: now))
    while true {
        var line = StyledLine()
        if named { line.add("looptop \(fleet.context.map { "\($0)  " } ?? " ")", .bold) }
        // What somebody asked for and nobody can tell yet is never left out.
        if unknown > 0 { line.add("?\(unknown) unknown", Palette.unknown) }
        if unknown > 0 { line.add(gap) }
        line.add("hosts \(fleet.shown.count)")
        for state in [.ok] + shown.filter({ $0 != .ok }) where shown.contains(state) {
            line.add(gap)
            let count = counts[state] ?? 0
            line.add("\(state.word.lowercased()) \(count)", count > 0 ? Palette.total(state) : .plain)
        }
        // How many nobody has seen to yet.
        if tellsAlerts, crit + warn > 0 { line.add(gap + "alerts \(crit + warn)", crit > 0 ? .crit : .warn) }
        let hidden = states.filter { !shown.contains($0) }.reduce(0) { $0 + (counts[$1] ?? 0) }
        if hidden > 0 { line.add(gap + "other \(hidden)") }
        if line.columns <= columns || (shown.isEmpty && !named) { return line }
        if named {
            named = false
        } else if tellsAlerts {
            tellsAlerts = false
        } else {
            shown.removeLast()
        }
    }
}

/// Below the smallest size: one line that still says what is wrong.
func statusLine(_ fleet: Fleet) -> SafeText {
    var counts: [HostState: Int] = [:]
    for number in fleet.shown { counts[fleet.hosts[number].state, default: 0] += 1 }
    let parts = HostState.allCases.sorted { $0.rank < $1.rank }.compactMap { state in
        counts[state].map { "\($0) \(state.word.lowercased())" }
    }
    return "\(fleet.shown.count) hosts: \(parts.joined(separator: " "))"
}
