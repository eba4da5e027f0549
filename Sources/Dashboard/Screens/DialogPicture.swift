import Console
import Model

/// What a dialog says, before it is fitted into its box.
struct DialogPicture {
    struct Button {
        var text: SafeText
        /// What presses it.
        var key: Key
        var isFocused: Bool
    }

    var title: SafeText
    var lines: [StyledLine] = []
    var buttons: [Button] = []
    /// Beside the buttons, where there is room.
    var hint: SafeText = ""
    /// The lines of each thing that can be chosen.
    var choices: [Range<Int>] = []
    /// Lines that have to be seen.
    var cursor: Range<Int>?

    init(_ dialog: Dialog, _ host: FleetHost?, _ bulk: BulkRun?, columns: Int, ink: Ink) {
        switch dialog {
        case .action(let dialog): self = Self.action(dialog, host, columns: columns, ink: ink)
        case .menu(let menu): self = Self.menu(menu, columns: columns)
        case .quit(let dialog): self = Self.quit(dialog, columns: columns)
        case .bulk(let dialog): self = Self.bulk(dialog, columns: columns)
        case .running: self = bulk.map { Self.running($0, columns: columns) } ?? DialogPicture(title: "")
        }
    }

    init(title: SafeText) { self.title = title }

    /// A label and what it is, wrapped beside it.
    mutating func fact(_ label: SafeText, _ text: SafeText, _ style: Style = .plain, columns: Int) {
        for (index, line) in wrapped(text, columns: max(columns - 9, 8)).enumerated() {
            lines.append(StyledLine((index == 0 ? label : "").padded(to: 9), .bold).adding(line, style))
        }
    }

    mutating func say(_ text: SafeText, _ style: Style = .plain, columns: Int) {
        lines += wrapped(text, columns: columns).map { StyledLine($0, style) }
    }

    private static func menu(_ menu: ActionMenu, columns: Int) -> DialogPicture {
        var picture = DialogPicture(title: "Actions: \(menu.subject.label) on \(menu.subject.hostName)")
        picture.buttons = [Button(text: "Esc Close", key: .escape, isFocused: false)]
        picture.hint = "Up Down choose  Enter asks first"
        if let gone = menu.gone { picture.say(SafeText(gone), Palette.style(.crit), columns: columns) }
        guard !menu.items.isEmpty else {
            let text: SafeText = menu.problem.map { SafeText($0) } ?? "asking the host what can be done"
            picture.say(text, .dim, columns: columns)
            return picture
        }
        for (index, item) in menu.items.enumerated() {
            if menu.subjects.count > 1, index == 0 || menu.items[index - 1].subject.target != item.subject.target {
                let title = item.subject.slot.map { "worker \($0)" } ?? "the whole app"
                picture.lines.append(StyledLine(SafeText(title), .bold))
            }
            picture.item(item.offer, isChosen: index == menu.cursor, columns: columns)
        }
        if let text = menu.experience?.text {
            picture.lines.append(.empty)
            picture.say(SafeText(text), .dim, columns: columns)
        }
        return picture
    }

    private mutating func item(_ offer: Offer, isChosen: Bool, columns: Int) {
        let start = lines.count
        let style: Style = offer.unavailable == nil ? .plain : .dim
        let text = offer.unavailable.map { "not to be had: \($0)" } ?? offer.means
        for (index, line) in wrapped(SafeText(text), columns: max(columns - 10, 8)).enumerated() {
            let label: SafeText = index == 0 ? (isChosen ? "> " : "  ") + SafeText(offer.action.word) : ""
            let word = isChosen ? .focus : style.with(bold: true)
            var row = StyledLine(label.padded(to: 9), index == 0 ? word : style)
            row.add(" " + line, style)
            lines.append(row)
        }
        choices.append(start..<lines.count)
        if isChosen { cursor = start..<lines.count }
    }

    private static func quit(_ dialog: QuitDialog, columns: Int) -> DialogPicture {
        var picture = DialogPicture(title: "Quit?")
        picture.buttons = [
            Button(text: "Stay", key: .escape, isFocused: true),
            Button(text: "y Quit", key: .character("y"), isFocused: false),
        ]
        picture.hint = "y: quit  Esc: stay"
        if let undone = dialog.undone {
            picture.say("Under way, and what is not begun yet would be left: \(undone)", .warn, columns: columns)
            if dialog.unknown.isEmpty { return picture }
        }
        guard !dialog.unknown.isEmpty else {
            picture.say("Every command has its outcome by now.", columns: columns)
            return picture
        }
        picture.say("It is not known yet what became of:", columns: columns)
        for text in dialog.unknown { picture.say("? \(text)", Palette.unknown, columns: columns) }
        picture.lines.append(.empty)
        picture.say(
            "It resolves by itself when the host is back, as long as this dashboard runs. The host's audit.jsonl has it "
                + "in any case.", columns: columns)
        return picture
    }
}
