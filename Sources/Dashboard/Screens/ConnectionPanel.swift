import Console
import Model

/// Connections of a worker or app: queues that fill, connections that leak, peers that matter.
struct ConnectionPanel {
    /// `nil` while the host has not answered.
    let answer: KnownAnswer?
    let ofGroup: Bool
    let columns: Int
    let ink: Ink

    func lines(limit: Int) -> [StyledLine] {
        guard let answer else { return [StyledLine("connections: asking the host", .dim)] }
        guard case .connections(let report) = answer.body else {
            guard case .unknown(let reason) = answer.body else { return [] }
            return wrapped("connections: \(reason)", columns: columns).map { StyledLine($0, .dim) }
        }
        return [title(report, answer.at)] + listeners(report) + peers(report, limit) + stickiness(report)
    }

    private func title(_ report: ConnectionReport, _ at: MonotonicInstant) -> StyledLine {
        var line = StyledLine("connections  ", .bold)
        line.add("\(report.established) established")
        if report.closeWait > 0 {
            line.add(", \(report.closeWait) close-wait (the peer closed, it did not)", Palette.style(.warn))
        }
        line.add(", \(report.peerCount) \(report.peerCount == 1 ? "peer" : "peers")")
        let age = ink.now - at
        if age > .seconds(5) { line.add(", \(Format.age(age)) ago", .dim) }
        return line
    }

    private func listeners(_ report: ConnectionReport) -> [StyledLine] {
        report.listeners.prefix(4).map { listener in
            let text: SafeText =
                "  listens on \(listener.address), accept queue \(listener.queue) of \(listener.limit)"
            guard listener.queue > 0 else { return StyledLine(text) }
            if listener.queue > listener.limit {
                return StyledLine(text + ": full, newcomers are dropped", Palette.style(.crit))
            }
            let isHalfFull = listener.limit > 0 && listener.queue >= listener.limit / 2
            return StyledLine(text + ": they wait for accept", isHalfFull ? Palette.style(.warn) : .plain)
        }
    }

    private func peers(_ report: ConnectionReport, _ limit: Int) -> [StyledLine] {
        guard !report.peers.isEmpty else { return [] }
        let shown = report.peers.prefix(limit)
        let width = min(max(shown.map { SafeText($0.address).columns }.max() ?? 4, 4), 39)
        var head: SafeText = "  " + SafeText("PEER").padded(to: width) + "  CONNS  UNREAD  UNSENT    SEEN"
        if ofGroup { head += "  WORKERS" }
        var lines = [StyledLine(head, .dim)]
        for peer in shown {
            var text: SafeText = "  " + SafeText(peer.address).padded(to: width, ellipsis: ink.glyphs.ellipsis)
            text += "  " + SafeText("\(peer.connections)").leftPadded(to: 5)
            text += "  " + Format.bytes(peer.unreadBytes).leftPadded(to: 6)
            text += "  " + Format.bytes(peer.unsentBytes).leftPadded(to: 6)
            text += "  " + Format.age(peer.age).leftPadded(to: 6)
            if ofGroup { text += "  " + slots(peer.slots) }
            var line = StyledLine(text)
            switch peer.mark {
            case .none: break
            case .stoppedReading: line.add("  does not read", Palette.style(.crit))
            case .floods: line.add("  floods: sends faster than is read", Palette.style(.warn))
            }
            lines.append(line)
        }
        let rest = Int(report.peerCount) - shown.count
        if rest > 0 { lines.append(StyledLine("  and \(rest) more", .dim)) }
        return lines
    }

    private func slots(_ slots: [UInt32]) -> SafeText {
        SafeText(slots.prefix(6).map { "#\($0)" }.joined(separator: " ") + (slots.count > 6 ? " ..." : ""))
    }

    private func stickiness(_ report: ConnectionReport) -> [StyledLine] {
        guard ofGroup else { return [] }
        return wrapped(SafeText(report.stickiness.text), columns: columns - 2).map { StyledLine("  " + $0, .dim) }
    }
}

extension Stickiness {
    var text: String {
        switch self {
        case .unknown: "stickiness: too few peers came back to tell"
        case .proxy(let address):
            "stickiness cannot be told: most connections come from one peer, \(address): perhaps a proxy"
        case .share(let permille, let peers):
            "stickiness: of \(peers) peers that came back, \(Format.percent(Double(permille) / 1000)) touched one worker only"
        }
    }
}
