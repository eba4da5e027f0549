import Console
import Model

extension UIState {
    mutating func pressInPrompt(
        _ key: Key, _ prompt: Prompt, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        var prompt = prompt
        let shown = time.picture(fleet, now: now, wall: wall).fleet
        switch key {
        case .character(let character): prompt.type(String(character), shown)
        case .paste(let text): prompt.type(text, shown)
        case .backspace, .delete:
            guard prompt.erase(shown) else { return closePrompt() }
        case .control("u"): prompt.clear(shown)
        case .up: prompt.move(-1)
        case .down: prompt.move(1)
        case .tab: prompt.take(shown)
        case .escape: return closePrompt()
        case .enter: return run(prompt, &fleet, now: now, wall: wall)
        default: break
        }
        self.prompt = prompt
        return []
    }

    /// What was wrong with the line is of no use to anybody any more.
    private mutating func closePrompt() -> [UIEffect] {
        prompt = nil
        message = nil
        return []
    }

    private mutating func run(
        _ typed: Prompt, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        do throws(PromptCommand.Problem) {
            let picture = time.picture(fleet, now: now, wall: wall)
            let command = try PromptCommand(typed.line, picture.fleet, columns: typed.columns)
            _ = closePrompt()
            return carryOut(command, &fleet, now: now, wall: wall)
        } catch {
            // The line stays, so that it can be mended.
            say(error.sentence + "; mend it, or leave with Esc", .warn, now: now)
            return []
        }
    }

    private mutating func carryOut(
        _ command: PromptCommand, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        switch command {
        case .show(let tab): show(tab)
        case .host(let number): push(.host(number, HostView(), folded: []))
        case .app(let name):
            let picture = time.picture(fleet, now: now, wall: wall)
            open(.app(name), of: FleetTabs.Scope(), picture.fleet, now: picture.now, wall: picture.wall)
        case .appOn(let host, let key): push(.app(host, key, scroll: 0))
        case .agent(let number): push(.agent(number, scroll: 0))
        case .worker(let host, let worker): push(.worker(host, worker, scroll: 0))
        case .filter(let text):
            guard list != nil else {
                say("filter: there is no list here; b goes back", now: now)
                return []
            }
            filter = text
        case .sort(let key): sort(by: key, now: now)
        case .columns(let changes): change(changes, now: now)
        case .mark where time.isPast: say(time.refusal, .warn, now: now)
        case .mark(let filter): mark(filter, fleet, now: now, wall: wall)
        case .bulk:
            if bulk == nil {
                say("nothing was done to several at once", now: now)
            } else {
                dialog = .running(openedAt: now)
            }
        case .time(let text): go(toText: text, fleet, now: now, wall: wall)
        case .set(let setting): return set(setting, now: now)
        case .intent(let intent):
            guard keys.bindings.contains(where: { $0.intent == intent && $0.screens.contains(kind) }) else {
                say("that means nothing here", now: now)
                return []
            }
            return carryOut(intent, &fleet, now: now, wall: wall)
        }
        return []
    }

    private mutating func set(_ setting: Setting, now: MonotonicInstant) -> [UIEffect] {
        switch setting {
        case .mouse(let isOurs):
            say(
                isOurs
                    ? "mouse on: click, double click, wheel; select text with Shift held. mouse: true in config.json5 keeps it"
                    : "mouse off: it is the terminal's", now: now)
            return [.mouse(isOurs)]
        }
    }

    /// Keys of what the list on the screen can be sorted by.
    var sortableColumns: [String] { listOrders?.columns ?? [] }

    /// `o`
    mutating func askColumns(_ fleet: Fleet, now: MonotonicInstant) {
        guard columnView != nil else { return say("the columns of this list are fixed", now: now) }
        var asking = openPrompt(fleet)
        asking.type("columns ", fleet)
        prompt = asking
    }

    /// The line behind `:`, on this screen.
    func openPrompt(_ fleet: Fleet) -> Prompt {
        let shown = columnView.map { view in
            let hidden = Set(columns.hidden(view))
            return view.columns.map { hidden.contains($0.key) ? "+\($0.key)" : "-\($0.key)" }
        }
        return Prompt(fleet, columns: sortableColumns, changes: shown ?? [])
    }

    private mutating func change(_ changes: [ColumnChange], now: MonotonicInstant) {
        guard let view = columnView else { return say("the columns of this list are fixed", now: now) }
        if let problem = changes.lazy.compactMap({ $0.problem(in: view) }).first {
            return say(problem, .warn, now: now)
        }
        columns.change(view, changes)
        say(changes.isEmpty ? "columns as usual" : "the columns of \(view.rawValue) are kept", now: now)
    }

    private mutating func sort(by key: String, now: MonotonicInstant) {
        guard sortableColumns.contains(key) else { return say("there is no column \(key) here", .warn, now: now) }
        list?.sort(by: key, among: nil)
        noteOrder()
    }
}
