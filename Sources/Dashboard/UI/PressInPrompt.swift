import Console
import Model

extension UIState {
    mutating func pressInPrompt(
        _ key: Key, _ prompt: Prompt, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        var prompt = prompt
        switch key {
        case .character(let character): prompt.type(String(character), fleet)
        case .paste(let text): prompt.type(text, fleet)
        case .backspace, .delete:
            guard prompt.erase(fleet) else {
                self.prompt = nil
                return []
            }
        case .control("u"): prompt.clear(fleet)
        case .up: prompt.move(-1)
        case .down: prompt.move(1)
        case .tab: prompt.take(fleet)
        case .escape:
            self.prompt = nil
            return []
        case .enter: return run(prompt, fleet, now: now, wall: wall)
        default: break
        }
        self.prompt = prompt
        return []
    }

    private mutating func run(
        _ typed: Prompt, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        do throws(PromptCommand.Problem) {
            let command = try PromptCommand(typed.line, fleet, columns: typed.columns)
            prompt = nil
            return carryOut(command, fleet, now: now, wall: wall)
        } catch {
            // The line stays, so that it can be mended.
            say(error.sentence, .warn, now: now)
            return []
        }
    }

    private mutating func carryOut(
        _ command: PromptCommand, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        switch command {
        case .show(let tab): show(tab)
        case .host(let number): push(.host(number, HostView(), folded: []))
        case .app(let name):
            open(.app(name), of: FleetTabs.Scope(), fleet, now: now, wall: wall)
        case .worker(let host, let worker): push(.worker(host, worker, scroll: 0))
        case .filter(let text):
            guard hasList else {
                say("filter: there is no list here; b goes back", now: now)
                return []
            }
            filter = text
        case .sort(let key): sort(by: key, now: now)
        case .intent(let intent):
            guard KeyTable.bindings.contains(where: { $0.intent == intent && $0.screens.contains(kind) }) else {
                say("that means nothing here", now: now)
                return []
            }
            return carryOut(intent, fleet, now: now, wall: wall)
        }
        return []
    }

    /// Keys of what the list on the screen can be sorted by.
    var sortableColumns: [String] {
        switch screen {
        case .fleet(let tabs): tabs.tab.orders.columns
        case .host: ListOrders.workers.columns
        case .app, .worker: []
        }
    }

    private var hasList: Bool { ScreenKind.lists.contains(kind) || kind == .host }

    private mutating func sort(by key: String, now: MonotonicInstant) {
        switch screen {
        case .fleet(var tabs) where tabs.tab.orders.columns.contains(key):
            tabs.view.sort(by: key)
            screen = .fleet(tabs)
        case .host(let number, var view, let folded) where ListOrders.workers.columns.contains(key):
            view.sort(by: key)
            screen = .host(number, view, folded: folded)
        default: say("there is no column \(key) here", .warn, now: now)
        }
    }
}
