import Console
import Model

/// From a key that would change something to the dialog that asks.
extension UIState {
    /// What the keys that act are about here.
    enum Actee: Sendable {
        case none
        case worker(host: Int, WorkerID)
        case app(host: Int, key: String)
        /// On several hosts.
        case apps(String, count: Int)

        fileprivate init(_ mark: Marks.Mark?) {
            switch mark {
            case .worker(let host, let worker)?: self = .worker(host: host, worker)
            case .app(let host, let key)?: self = .app(host: host, key: key)
            case nil: self = .none
            }
        }

        var host: Int? {
            switch self {
            case .none, .apps: nil
            case .worker(let host, _), .app(let host, _): host
            }
        }
    }

    /// The row under the cursor, or what the screen shows.
    mutating func actee(_ fleet: Fleet) -> Actee {
        list?.touch()
        switch screen {
        case .fleet(let tabs):
            let parts = tabs.view.selected.map { fleet.marks(of: $0) } ?? []
            if case .app(let name)? = tabs.view.selected, parts.count != 1 { return .apps(name, count: parts.count) }
            return Actee(parts.first)
        case .worker(let host, let worker, _): return .worker(host: host, worker)
        case .log, .agent, .compare: return .none
        case .app(let host, let key, _): return .app(host: host, key: key)
        case .host(let host, let view, _):
            return Actee(view.selected.flatMap { fleet.marks(of: $0, on: host).first })
        }
    }

    /// `r`, `R`, `a`, `p`, `X`.
    mutating func act(_ intent: Intent, _ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        if time.isPast {
            say(time.refusal, .warn, now: now)
            return []
        }
        if !marks.isEmpty, intent == .restart || intent == .roll, kind != .app, kind != .worker {
            return actOnMarks(intent, fleet, now: now)
        }
        if [.fleet, .events].contains(kind) {
            say(
                "\(intent == .restart ? "restart" : "act"): open a host with Enter and choose a worker or app first",
                now: now)
            return []
        }
        if let number = screen.host, !fleet.hosts[number].state.hasNumbers {
            say(fleet.hosts[number].actionBar ?? "", .warn, now: now)
            return []
        }
        let actee = actee(fleet)
        if let number = actee.host, !fleet.hosts[number].state.hasNumbers {
            say(fleet.hosts[number].actionBar ?? "", .warn, now: now)
            return []
        }
        switch actee {
        case .none:
            say("nothing is selected", now: now)
            return []
        case .apps(let name, let count):
            say(
                "\(name) is \(count) apps: open a host and choose one there; all: looptop roll \"app=\(name)\"",
                for: .seconds(15),
                now: now)
            return []
        case .worker(let number, let worker):
            let host = fleet.hosts[number]
            guard let track = host.workers[worker] else { return [] }
            let key = track.info.groupKey
            switch intent {
            case .restart, .actions:
                if let end = track.end {
                    let verb = intent == .restart ? "restart" : "act upon"
                    let status = exitStatusText(end.status)
                    say("pid \(worker.pid) has exited (\(status)): nothing to \(verb)", .warn, now: now)
                    return []
                }
                guard let subject = ActionSubject(host: number, host, worker: worker) else { return [] }
                if intent == .restart { return ask(.restart, subject, fleet, now: now) }
                openMenu([subject] + [ActionSubject(host: number, host, groupKey: key)].compactMap(\.self), now: now)
                return []
            default: return act(intent, onGroup: key, of: number, fleet, now: now)
            }
        case .app(let number, let key):
            if intent == .restart {
                say("restart is of one worker: choose one; R rolls the whole app, one worker after the other", now: now)
                return []
            }
            return act(intent, onGroup: key, of: number, fleet, now: now)
        }
    }

    private mutating func act(
        _ intent: Intent, onGroup key: String, of number: Int, _ fleet: Fleet, now: MonotonicInstant
    ) -> [UIEffect] {
        guard let subject = ActionSubject(host: number, fleet.hosts[number], groupKey: key) else { return [] }
        switch intent {
        case .actions:
            openMenu([subject], now: now)
            return []
        case .roll:
            if let roll = subject.roll, roll.isOpen {
                say("\(subject.app): \(roll.line(columns: 60)); p pauses or resumes it, X ends it", .warn, now: now)
                return []
            }
            return ask(.roll, subject, fleet, now: now)
        case .pauseRoll:
            guard let step = subject.roll?.phase.step else {
                sayHowTheRollStands(subject, now: now)
                return []
            }
            return ask(step, subject, fleet, now: now)
        case .abortRoll:
            guard subject.roll?.phase.canBeEnded ?? false else {
                sayHowTheRollStands(subject, now: now)
                return []
            }
            return ask(.abort, subject, fleet, now: now)
        default: return []
        }
    }

    private mutating func sayHowTheRollStands(_ subject: ActionSubject, now: MonotonicInstant) {
        let open = subject.roll.flatMap { $0.isOpen ? $0 : nil }
        say("\(subject.app): \(open.map { $0.line(columns: 200) } ?? "no roll is under way")", now: now)
    }

    mutating func ask(_ action: Action, _ subject: ActionSubject, _ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        guard fleet.hosts.indices.contains(subject.host) else { return [] }
        return rehearse(ActionDialog(action, subject, on: fleet.hosts[subject.host], now: now))
    }

    /// What it wants to know is asked when the screen settles.
    private mutating func openMenu(_ subjects: [ActionSubject], now: MonotonicInstant) {
        dialog = ActionMenu(subjects, now: now).map { .menu($0) }
    }

    /// Quits, or first asks where it is not known what became of a command.
    mutating func askQuit(_ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        let unknown = fleet.unknownTexts
        let undone = bulk.flatMap { $0.isOver ? nil : $0.line }
        guard !unknown.isEmpty || undone != nil else { return [.quit] }
        if case .quit? = dialog { return [.quit] }
        dialog = .quit(QuitDialog(openedAt: now, unknown: unknown, undone: undone))
        return []
    }

    /// For an answer that asks back.
    mutating func remember(_ dialog: ActionDialog, as id: CommandID) {
        if sent.count >= 8 { sent.removeFirst() }
        sent.append(Sent(id: id, dialog: dialog))
    }
}
