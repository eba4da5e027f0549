import Console
import Model

extension Action {
    /// The title of its dialog.
    fileprivate var title: SafeText {
        switch self {
        case .restart: "Restart worker"
        case .roll: "Roll the app: all workers, a few at a time"
        case .reload: "Reload the app by its master"
        case .signal: "Send a signal"
        case .scale: "Change the number of workers"
        case .stop: "Stop the app"
        case .start: "Start the app"
        case .pause: "Pause the roll"
        case .resume: "Go on with the roll"
        case .abort: "End the roll where it is"
        case .hold: "Hold the app"
        case .release: "Release the app"
        }
    }

    /// It steers a roll, and has no steps of its own.
    fileprivate var isOfRoll: Bool { self == .pause || self == .resume || self == .abort }

    /// What it comes to, for a roll that stands so.
    fileprivate func then(_ roll: RollSummary?) -> SafeText {
        switch self {
        case .pause: return "what is under way ends and is replaced; nothing more is begun until it is resumed"
        case .resume:
            return "it goes on as it was begun" + (roll?.state == .failed ? ", first with the one that failed" : "")
        case .abort:
            let isMoving = roll?.underWay.isEmpty == false
            return (isMoving ? "what is under way ends and is replaced" : "nothing is under way")
                + "; the rest stays as it is, and the roll cannot be resumed"
        default: return ""
        }
    }

    fileprivate var button: SafeText {
        switch self {
        case .restart: "Restart"
        case .roll: "Roll"
        case .reload: "Reload"
        case .signal: "Send"
        case .scale: "Scale"
        case .stop: "Stop it"
        case .start: "Start it"
        case .pause: "Pause"
        case .resume: "Go on"
        case .abort: "End it"
        case .hold: "Hold"
        case .release: "Release"
        }
    }
}

extension DialogPicture {
    /// Steps that are shown before somebody asks for all.
    private static let fewSteps = 3

    static func action(_ dialog: ActionDialog, _ host: FleetHost?, columns: Int, ink: Ink) -> DialogPicture {
        var picture = DialogPicture(title: dialog.action.title)
        if let naming = dialog.naming {
            picture.naming(naming, 1, columns: columns)
            return picture
        }
        // What stands against it comes first: on a small terminal the rest is scrolled to.
        picture.objections(dialog, columns: columns)
        if !picture.lines.isEmpty { picture.lines.append(.empty) }
        picture.about(dialog, host, columns: columns, ink: ink)
        // Also beside the second question: it is about this value.
        if dialog.bar == nil, dialog.gone == nil { picture.value(dialog, columns: columns) }
        if dialog.bar == nil, dialog.gone == nil, dialog.warnings.isEmpty {
            picture.intent(dialog, host, columns: columns, ink: ink)
        }
        picture.decide(dialog)
        return picture
    }

    private mutating func objections(_ dialog: ActionDialog, columns: Int) {
        if let bar = dialog.bar {
            return fact("not now", SafeText(bar), Palette.style(.warn), columns: columns)
        }
        if let gone = dialog.gone {
            return fact("gone", "\(gone). Nothing was sent.", Palette.style(.crit), columns: columns)
        }
        if let unknown = dialog.unknown, !dialog.isOverridden {
            fact("blocked", "? \(unknown)", Palette.unknown, columns: columns)
            let advice: SafeText = "It may have been done. It resolves by itself when the host answers."
            fact("", advice + " o: do it all the same", columns: columns)
        }
        if let refusal = dialog.refusal {
            fact("not now", SafeText(refusal), Palette.style(.warn), columns: columns)
        }
        for warning in dialog.warnings {
            fact("warned", SafeText(warning), Palette.style(.warn).with(bold: true), columns: columns)
        }
        if !dialog.warnings.isEmpty { fact("", "Nothing was done yet. Do it all the same?", .bold, columns: columns) }
    }

    private mutating func decide(_ dialog: ActionDialog) {
        buttons = [
            Button(text: dialog.canConfirm ? "Cancel" : "Close", key: .escape, isFocused: dialog.focus == .cancel)
        ]
        if dialog.canConfirm {
            let text = "y " + dialog.action.button
            buttons.append(Button(text: text, key: .character("y"), isFocused: dialog.focus == .confirm))
            hint = "y: yes  Esc: no"
        } else {
            hint = dialog.refusal == nil ? "" : "d: ask again"
        }
        if dialog.warnings.isEmpty, dialog.plan != nil, !dialog.action.isOfRoll {
            hint = (dialog.showsPlan ? "d: less  " : "d: plan  ") + hint
        }
    }

    /// Whom it is about.
    private mutating func about(_ dialog: ActionDialog, _ host: FleetHost?, columns: Int, ink: Ink) {
        let subject = dialog.subject
        let address: SafeText = subject.hostName == subject.address ? "" : " (\(subject.address))"
        fact("host", SafeText(subject.hostName) + address, columns: columns)
        let kind: SafeText = subject.kind.map { " (\($0.word))" } ?? ""
        if let worker = subject.target.worker, let slot = subject.slot {
            fact("app", "\(subject.app), worker \(slot), name \(subject.name ?? "-")", columns: columns)
            var uptime: SafeText = ""
            if let host, let track = host.workers[worker], let age = host.uptime(of: track, now: ink.now) {
                uptime = ", \(Format.age(age)) ago"
            }
            let started = Format.moment(subject.started, now: ink.wall)
            fact("pid", "\(worker.pid), started \(started)" + uptime, columns: columns)
            // Where there is little room, the plan is more.
            if columns >= 50, let host, let track = host.workers[worker], track.end == nil {
                let state = host.state(of: track, now: ink.now)
                let lag99 = track.lag.text(of: track.lag.p99WithOpen)
                fact(
                    "now", "\(state.word), lag \(track.lag.worstText), lag99 \(lag99)", Palette.word(state),
                    columns: columns)
            }
        } else {
            let count: SafeText =
                subject.workers.map { ", \($0)\(subject.expected.map { " of \($0)" } ?? "") workers" } ?? ""
            fact("app", "\(subject.app)" + kind + count, columns: columns)
            let master = subject.target.group?.master.map { "pid \($0.pid)" } ?? "none known"
            fact("master", SafeText(master), columns: columns)
        }
        if let manager = subject.manager { fact("kept by", SafeText(manager), columns: columns) }
        if let roll = subject.roll, [.pause, .resume, .abort].contains(dialog.action) {
            fact("roll", SafeText(roll.line(columns: 200)), columns: columns)
        }
    }

    /// What would be done, as the agent says.
    private mutating func intent(_ dialog: ActionDialog, _ host: FleetHost?, columns: Int, ink: Ink) {
        switch dialog.rehearsal {
        case .told(.planned) where dialog.action.isOfRoll:
            fact("then", dialog.action.then(dialog.subject.roll), columns: columns)
        case .told(.planned(let plan)):
            steps(plan, all: dialog.showsPlan, columns: columns)
            capacity(dialog, columns: columns)
            for warning in plan.warnings { fact("careful", SafeText(warning), Palette.style(.warn), columns: columns) }
        case .told: break
        case .asked, nil:
            fact("plan", "asking the agent", .dim, columns: columns)
            if dialog.action == .restart { fact("then", SafeText(dialog.subject.respawn), columns: columns) }
        }
        careful(dialog, host, columns: columns, ink: ink)
    }

    private mutating func value(_ dialog: ActionDialog, columns: Int) {
        let keys = " (+ - changes it)"
        switch dialog.action {
        case .signal:
            fact("signal", SafeText(SignalNumber.name(dialog.parameters.signal ?? 0) + keys), .bold, columns: columns)
        case .scale:
            guard case .to(let size) = dialog.parameters.size else { return }
            fact("workers", "\(dialog.subject.workers ?? 0) -> \(size)\(keys)", .bold, columns: columns)
        case .roll:
            fact("at once", "\(dialog.parameters.roll.maxUnavailable) down at most\(keys)", .bold, columns: columns)
        default: break
        }
    }

    private mutating func steps(_ plan: Plan, all: Bool, columns: Int) {
        let shown = all ? plan.steps : Array(plan.steps.prefix(Self.fewSteps))
        for (index, step) in shown.enumerated() {
            fact(index == 0 ? "plan" : "", "\(index + 1). \(step.text)", columns: columns)
        }
        if plan.steps.isEmpty { fact("plan", "nothing is sent", columns: columns) }
        let rest = plan.steps.count - shown.count + Int(plan.omittedSteps)
        if rest > 0 { fact("", "and \(rest) more\(all ? "" : ", d: all")", .dim, columns: columns) }
        let sentences = all ? plan.success : Array(plan.success.prefix(3))
        for (index, sentence) in sentences.enumerated() {
            fact(index == 0 ? "success" : "", SafeText(sentence), columns: columns)
        }
    }

    private mutating func capacity(_ dialog: ActionDialog, columns: Int) {
        guard dialog.action == .roll || dialog.action == .restart, let workers = dialog.subject.workers, workers > 0
        else { return }
        let down = dialog.action == .roll ? UInt64(dialog.parameters.roll.maxUnavailable) : 1
        let left = workers - min(down, workers)
        let style: Style = left == 0 ? Palette.style(.warn) : .plain
        fact("effect", "\(left) of \(workers) workers serve meanwhile", style, columns: columns)
    }

    private mutating func careful(_ dialog: ActionDialog, _ host: FleetHost?, columns: Int, ink: Ink) {
        guard let host else { return }
        if let worker = dialog.subject.target.worker, let track = host.workers[worker],
            host.missing(since: track.sampledAt, now: ink.now) > 0
        {
            fact(
                "careful", "this data is \(Format.age(ink.now - track.sampledAt)) old", Palette.style(.warn),
                columns: columns)
        }
        if host.snapshot?.limitations.contains(.signalsDenied) == true {
            fact(
                "careful", "the agent lacks CAP_KILL: refused if the worker is another user's", Palette.style(.warn),
                columns: columns)
        }
        guard dialog.canConfirm else { return }
        lines.append(.empty)
        say(
            dialog.subject.target.worker == nil
                ? "The agent checks the master once more and refuses any other."
                : "The agent checks pid and start time again and refuses any other process.", .dim, columns: columns)
    }
}

extension PlanStep {
    /// `SIGTERM to worker 3, pid 4711, after 10 s, if it still lives`
    var text: SafeText {
        let whom = role + (process.map { ", pid \($0.pid)" } ?? "")
        let text: String
        switch deed {
        case .signal(let number): text = "\(SignalNumber.name(number)) to \(whom)"
        case .call(let words): text = whom.isEmpty ? words : "\(words) (\(whom))"
        }
        return SafeText(text + (condition.isEmpty ? "" : ", \(condition)"))
    }
}
