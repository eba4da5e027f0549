import Console
import Model

/// A roll: how far it is, whose, what is under way, and what can be done about it.
struct RollPanel {
    let roll: RollSummary
    let host: FleetHost
    let columns: Int
    let ink: Ink

    func lines() -> [StyledLine] {
        let style = roll.state == .running ? Style.bold : Palette.style(roll.level).with(bold: true)
        var title = StyledLine("roll  ", .bold)
        title.add(SafeText(roll.phase.word), style)
        title.add("  \(roll.replaced) of \(roll.total) replaced  by \(roll.issuer)")
        if let age = host.age(ofAgent: roll.began, now: ink.now) { title.add("  begun \(Format.age(age)) ago") }
        var lines = [title, StyledLine(bar, style)]
        if !roll.underWay.isEmpty {
            let slots = roll.underWay.prefix(12).map { "#\($0)" }.joined(separator: " ")
            lines.append(StyledLine("  under way: \(slots)"))
        }
        if !roll.reason.isEmpty {
            lines += wrapped(SafeText(roll.reason), columns: columns - 2).map { StyledLine("  " + $0, style) }
        }
        if let advice { lines += wrapped(advice, columns: columns - 2).map { StyledLine("  " + $0, .dim) } }
        return lines
    }

    /// `  [#######>                 ] 3/8`
    private var bar: SafeText {
        let room = min(max(columns - 14, 8), 60)
        let total = max(Int(roll.total), 1)
        let done = min(Int(roll.replaced), total) * room / total
        let head: SafeText = done < room && !roll.underWay.isEmpty ? ">" : ""
        let filled = SafeText(repeating: "#", count: done) + head
        return "  [" + filled.padded(to: room) + "] \(roll.replaced)/\(roll.total)"
    }

    private var advice: SafeText? {
        switch roll.phase {
        case .running: "It runs in the agent, with or without this dashboard. p: pause after this one, X: end it"
        case .pausing, .failing: "It rests once what is under way has ended. X: end it for good then"
        case .ending: "It is over once what is under way has ended."
        case .paused: "p: go on, X: end it here. What is replaced stays so."
        case .failed: "p: try the failed one again and go on, X: end it here."
        case .finished, .aborted: nil
        }
    }
}

extension FleetHost {
    /// How long ago an instant on the agent's clock was.
    func age(ofAgent instant: MonotonicInstant, now: MonotonicInstant) -> Duration? {
        guard let snapshot, let sampledAt else { return nil }
        return max(snapshot.monotonic - instant + (now - sampledAt), .zero)
    }
}
