import Console
import Model

extension DialogPicture {
    /// Warnings that are shown one by one.
    private static let fewWarnings = 4

    static func bulk(_ dialog: BulkDialog, columns: Int) -> DialogPicture {
        let verb: SafeText = dialog.action == .roll ? "Roll" : "Restart"
        let noun: SafeText = (dialog.action == .roll ? "app" : "worker") + (dialog.parts.count == 1 ? "" : "s")
        var picture = DialogPicture(title: "\(verb) \(dialog.parts.count) marked \(noun)")
        picture.buttons = [Button(text: "Cancel", key: .escape, isFocused: dialog.focus == .cancel)]
        if let naming = dialog.naming {
            picture.naming(naming, dialog.planned.count, columns: columns)
            return picture
        }
        if dialog.canConfirm {
            let text: SafeText = "y \(verb) \(dialog.planned.count)"
            picture.buttons.append(Button(text: text, key: .character("y"), isFocused: dialog.focus == .confirm))
            picture.hint = "y: yes  Esc: no"
        } else if dialog.waiting > 0 {
            picture.hint = "\(dialog.waiting) not asked yet"
        }
        picture.say("One after the other; the first that goes wrong is the last one.", columns: columns)
        for warning in Set(dialog.planned.flatMap(\.warnings)).sorted().prefix(Self.fewWarnings) {
            picture.fact("careful", SafeText(warning), Palette.style(.warn), columns: columns)
        }
        if let context = dialog.protectedBy {
            picture.fact("careful", "context \(context) is protected", Palette.style(.warn), columns: columns)
        }
        picture.lines.append(.empty)
        for part in dialog.parts { picture.part(part, columns: columns) }
        return picture
    }

    private mutating func part(_ part: BulkDialog.Part, columns: Int) {
        let subject = part.subject
        var text: SafeText = "\(subject.hostName)/\(subject.label)"
        if let worker = subject.target.worker { text += ", pid \(worker.pid)" }
        if let count = subject.workers, subject.slot == nil { text += ", \(count) workers" }
        if let bar = part.bar {
            for line in wrapped("- \(text): left out, \(bar)", columns: columns) {
                lines.append(StyledLine(line, .warn))
            }
        } else {
            lines.append(StyledLine("  " + text + (part.isWaiting ? "  asking" : ""), part.isWaiting ? .dim : .plain))
        }
    }

    /// The last question in a protected context.
    mutating func naming(_ naming: Naming, _ count: Int, columns: Int) {
        let what: SafeText = count > 1 ? "\(count) targets" : "this"
        say(
            "Context \(naming.name) is protected. Type its name to go on with \(what), and behind it why:",
            columns: columns)
        lines.append(.empty)
        cursor = lines.count..<lines.count + 1
        lines.append(StyledLine("> \(naming.text)", naming.isRight ? .bold : .plain))
        if naming.isRefused { say("The first word is not \(naming.name).", .warn, columns: columns) }
        lines.append(.empty)
        say(
            "For example: \(naming.name) memory leak, INC-4411. The reason goes to the host's audit log.", .dim,
            columns: columns)
        buttons = [Button(text: "Esc Cancel", key: .escape, isFocused: false)]
        if naming.isRight { buttons.append(Button(text: "Enter Go on", key: .enter, isFocused: true)) }
    }

    static func running(_ run: BulkRun, columns: Int) -> DialogPicture {
        var picture = DialogPicture(title: SafeText("\(run.action.word) of \(run.count)"))
        picture.buttons = [Button(text: "Esc Close", key: .escape, isFocused: false)]
        picture.hint = run.isOver ? "" : run.isStopped ? "nothing more is begun" : "X: stop after this one"
        for report in run.reports {
            for line in wrapped(SafeText(report), columns: columns) { picture.lines.append(StyledLine(line)) }
        }
        picture.say(SafeText(run.line), Palette.style(run.level).with(bold: true), columns: columns)
        if !run.isOver {
            picture.say(
                "It goes on when this is closed, and ends with the dashboard: :bulk shows it.", .dim, columns: columns)
        }
        // The newest is what somebody waits for.
        picture.cursor = run.isOver ? nil : picture.lines.count - 1..<picture.lines.count
        return picture
    }
}
