import Console
import Model

/// What `c` copies: the name of what the cursor is on, as the command line takes it, or the line under it.
extension UIState {
    mutating func copy(_ fleet: Fleet, now: MonotonicInstant, wall: WallTime) -> [UIEffect] {
        let picture = time.picture(fleet, now: now, wall: wall)
        guard let text = name(picture) else {
            say("copy: there is nothing under the cursor", now: now)
            return []
        }
        return copy(text, called: SafeText(text), now: now)
    }

    /// What the dialog says, line by line.
    mutating func copyDialog(_ fleet: Fleet, now: MonotonicInstant, wall: WallTime) -> [UIEffect] {
        guard let dialog else { return [] }
        let host = dialog.host.flatMap { fleet.hosts.indices.contains($0) ? fleet.hosts[$0] : nil }
        let picture = DialogPicture(
            dialog, host, bulk, columns: DialogBox.widest, ink: Ink(glyphs: .ascii, now: now, wall: wall))
        let lines = [picture.title.string] + picture.lines.map { $0.pieces.map(\.text.string).joined() }
        return copy(lines.joined(separator: "\n"), called: "\(picture.title), \(lines.count) lines", now: now)
    }

    private mutating func copy(_ text: String, called name: SafeText, now: MonotonicInstant) -> [UIEffect] {
        // Whether the terminal did nobody tells.
        say("copied, where the terminal allows it: \(name)", now: now)
        return [.copy(text)]
    }

    mutating func heard(_ refusal: CopyRefusal, now: MonotonicInstant) {
        switch refusal {
        case .noClipboard: say("not copied: this kind of terminal has no clipboard (TERM)", .warn, now: now)
        case .tooLong(let bytes, let most):
            let (long, limit) = (Format.bytes(Int64(bytes)), Format.bytes(Int64(most)))
            say("not copied: \(long) is more than terminals take (\(limit))", .warn, now: now)
        }
    }

    /// Of the row under the cursor, or of what the screen shows: `web-1`, `web-1/api`, `web-1/api#2 pid 4711`. Safe to draw.
    private func name(_ picture: Picture) -> String? {
        let fleet = picture.fleet
        let text: String? =
            switch screen {
            case .app(let number, let key, _): fleet.name(of: .app(host: number, key: key))
            case .worker(let number, let worker, _): fleet.name(of: .worker(host: number, worker))
            case .agent(let number, _): fleet.hosts[number].name
            case .compare(let comparison):
                comparison.members.map { fleet.name(of: .worker(host: $0.host, $0.worker)) }.joined(separator: "\n")
            case .log(let view): view.cursorLine.map(\.text.string)
            case .host(let number, let view, _):
                view.selected.flatMap { fleet.marks(of: $0, on: number).first }.map { fleet.name(of: $0) }
                    ?? fleet.hosts[number].name
            case .fleet(let tabs): tabs.view.selected.flatMap { name(of: $0, tabs, picture) }
            }
        return text.flatMap { $0.isEmpty ? nil : SafeText($0).string }
    }

    private func name(of row: FleetRowID, _ tabs: FleetTabs, _ picture: Picture) -> String? {
        let fleet = picture.fleet
        switch row {
        case .host(let number): return fleet.hosts[number].name
        case .app(let name): return name
        case .worker, .roll: return fleet.marks(of: row).first.map { fleet.name(of: $0) }
        case .event(let number, let serial):
            let host = fleet.hosts[number]
            guard let entry = host.log.first(where: { $0.serial == serial }) else { return nil }
            return "\(host.name) \(Format.dateAndClock(entry.wall)) \(host.text(of: entry))"
        case .alert(let id, let since):
            let rows = FleetRows(fleet: fleet, scope: tabs.scope, now: picture.now, wall: picture.wall)
            guard let alert = rows.alerts.first(where: { $0.alert.id == id && $0.alert.since == since })?.alert else {
                return nil
            }
            let begin = Format.dateAndClock(alert.sinceWall)
            return "\(alert.place) \(alert.level.word) since \(begin): \(alert.text)"
        }
    }
}

extension Fleet {
    fileprivate func name(of mark: Marks.Mark) -> String {
        let host = hosts[mark.host]
        switch mark {
        case .app(_, let key): return "\(host.name)/\(host.appName(key))"
        case .worker(_, let worker):
            let (label, pid) = (host.label(of: worker), "pid \(worker.pid)")
            return label == pid ? "\(host.name) \(pid)" : "\(host.name)/\(label) \(pid)"
        }
    }
}

extension LogView {
    /// The line that the terminal's cursor is on.
    fileprivate var cursorLine: Line? {
        if follows { return lines.last }
        return lines.first { $0.number == match } ?? visible.first
    }
}
