import Console
import Model

/// What keys do while a dialog is open.
extension UIState {
    mutating func pressInDialog(
        _ key: Key, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        if let naming = dialog?.naming { return pressInNaming(key, naming, &fleet, now: now, wall: wall) }
        guard let dialog else { return [] }
        guard now - dialog.openedAt >= ActionDialog.guardTime else {
            say("what was typed before the dialog could be read is dropped", for: .seconds(3), now: now)
            return []
        }
        if key == .character("c") { return copyDialog(fleet, now: now, wall: wall) }
        switch dialog {
        case .action(let action): return press(key, in: action, &fleet, now: now, wall: wall)
        case .menu(let menu): return press(key, in: menu, fleet, now: now)
        case .quit: return pressInQuit(key)
        case .bulk(let bulk): return press(key, in: bulk, &fleet, now: now, wall: wall)
        case .running:
            pressInRun(key)
            return []
        }
    }

    private mutating func press(
        _ key: Key, in dialog: ActionDialog, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        var dialog = dialog
        switch key {
        case .escape, .character("n"), .character("q"):
            self.dialog = nil
            return []
        case .tab, .backTab, .left, .right:
            if dialog.canConfirm { dialog.focus = dialog.focus == .cancel ? .confirm : .cancel }
        case .up, .character("k"): dialog.scroll -= 1
        case .down, .character("j"): dialog.scroll += 1
        case .pageUp: dialog.scroll -= 5
        case .pageDown: dialog.scroll += 5
        case .character("o"): dialog.override()
        case .character("d"):
            dialog.showsPlan.toggle()
            dialog.scroll = 0
            if dialog.plan == nil { return rehearse(dialog) }
        case .character("+"), .character("="):
            if dialog.step(1) { return rehearse(dialog) }
        case .character("-"):
            if dialog.step(-1) { return rehearse(dialog) }
        case .enter where dialog.focus == .cancel:
            self.dialog = nil
            return []
        case .enter, .character("y"):
            guard dialog.canConfirm else { return [] }
            return confirm(dialog, &fleet, now: now, wall: wall)
        default: break
        }
        self.dialog = .action(dialog)
        return []
    }

    /// While a protected context's name is typed every character is of the name.
    private mutating func pressInNaming(
        _ key: Key, _ naming: Naming, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        var naming = naming
        switch key {
        case .character(let character): naming.type(String(character))
        case .paste(let text): naming.type(text)
        case .backspace, .delete: naming.erase()
        case .control("u"): naming.clear()
        case .escape:
            dialog = nil
            return []
        case .enter where naming.isRight:
            switch dialog {
            case .action(let action): return confirm(action, &fleet, now: now, wall: wall)
            case .bulk(let bulk): return begin(bulk, &fleet, now: now, wall: wall)
            case .menu, .quit, .running, nil: return []
            }
        case .enter: naming.isRefused = true
        default: return []
        }
        dialog?.naming = naming
        return []
    }

    /// Has the agent say what it would do; the dialog is open from here on.
    mutating func rehearse(_ dialog: ActionDialog) -> [UIEffect] {
        var dialog = dialog
        guard dialog.bar == nil, dialog.gone == nil else {
            self.dialog = .action(dialog)
            return []
        }
        let command = dialog.command(newCommandID(), dryRun: true)
        dialog.rehearsal = .asked(command.id)
        self.dialog = .action(dialog)
        return [.issue(host: dialog.subject.host, command)]
    }

    private mutating func confirm(
        _ dialog: ActionDialog, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        var dialog = dialog
        if dialog.warnings.isEmpty, let warnings = dialog.plan?.warnings, !warnings.isEmpty {
            dialog.warn(warnings, now: now)
            self.dialog = .action(dialog)
            return []
        }
        if let context = dialog.protectedBy, dialog.naming == nil {
            dialog.naming = Naming(context)
            self.dialog = .action(dialog)
            return []
        }
        let command = dialog.command(newCommandID(), dryRun: false)
        let subject = dialog.subject
        fleet.issued(command, to: subject.host, now: now, wall: wall)
        remember(dialog, as: command.id)
        self.dialog = nil
        let pid = subject.target.worker.map { " (pid \($0.pid))" } ?? ""
        say("\(dialog.action.word) of \(subject.label)\(pid) on \(subject.hostName) sent", now: now)
        return [.issue(host: subject.host, command)]
    }

    private mutating func press(_ key: Key, in menu: ActionMenu, _ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        var menu = menu
        switch key {
        case .escape, .character("n"), .character("q"), .character("b"), .backspace:
            dialog = nil
            return []
        case .up, .character("k"): menu.move(-1)
        case .down, .character("j"): menu.move(1)
        case .home, .character("g"): menu.move(-1000)
        case .end, .character("G"): menu.move(1000)
        case .enter:
            guard let item = menu.chosen, menu.gone == nil else { return [] }
            if let reason = item.offer.unavailable {
                say("\(item.offer.action.word): \(reason)", .warn, now: now)
                return []
            }
            return ask(item.offer.action, item.subject, fleet, now: now)
        default: return []
        }
        dialog = .menu(menu)
        return []
    }

    private mutating func pressInQuit(_ key: Key) -> [UIEffect] {
        switch key {
        case .character("y"): return [.quit]
        case .escape, .enter, .character("n"), .character("b"): dialog = nil
        case .up, .character("k"): dialog?.scroll -= 1
        case .down, .character("j"): dialog?.scroll += 1
        default: break
        }
        return []
    }
}
