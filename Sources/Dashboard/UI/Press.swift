import Console
import Model

/// What keys do.
extension UIState {
    mutating func press(_ key: Key, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime) -> [UIEffect] {
        if key == .control("c") { return askQuit(fleet, now: now) }
        if dialog != nil { return pressInDialog(key, &fleet, now: now, wall: wall) }
        if let help {
            pressInHelp(key, help)
            return []
        }
        if let prompt { return pressInPrompt(key, prompt, fleet, now: now, wall: wall) }
        if isFiltering, typeFilter(key) { return [] }
        guard let intent = KeyTable.intent(of: key, on: kind) else { return [] }
        return carryOut(intent, fleet, now: now, wall: wall)
    }

    /// Typing into the filter; `false` for keys that mean what they always mean, such as arrows.
    private mutating func typeFilter(_ key: Key) -> Bool {
        switch key {
        case .character(let character): filter.append(character)
        case .paste(let text): filter += text
        case .backspace, .delete: if !filter.isEmpty { filter.removeLast() }
        case .control("u"): filter = ""
        // A wrong one is not left standing as if it held.
        case .enter: isFiltering = filterEntry.problem != nil
        case .escape:
            filter = ""
            isFiltering = false
        default: return false
        }
        return true
    }

    private mutating func pressInHelp(_ key: Key, _ scroll: Int) {
        let page = max(size.rows - 4, 1)
        let text = HelpText(for: kind, columns: size.columns)
        switch KeyTable.intent(of: key, on: kind) {
        case .up: help = scroll - 1
        case .down: help = scroll + 1
        case .pageUp: help = scroll - page
        case .pageDown: help = scroll + page
        case .first: help = 0
        case .last: help = Int.max / 2
        case .help: help = text.next(after: scroll, page: page)
        case .back, .quit, .open: help = nil
        default:
            if key == .tab { help = text.next(after: scroll, page: page) ?? 0 }
            if key == .character(" ") { help = scroll + page }
        }
    }

    mutating func carryOut(
        _ intent: Intent, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        let picture = time.picture(fleet, now: now, wall: wall)
        switch intent {
        case .quit: return askQuit(fleet, now: now)
        case .redraw: return [.redraw]
        case .help: help = 0
        case .filter: isFiltering = true
        case .back: if filter.isEmpty { pop() } else { filter = "" }
        case .sort, .invert, .sortByCPU, .sortByMemory, .sortByLag, .sortByName, .sortLeft, .sortRight: reorder(intent)
        case .problems: toggleProblems()
        case .prompt: prompt = Prompt(fleet, columns: sortableColumns)
        case .up: move(-1, picture)
        case .down: move(1, picture)
        case .pageUp: move(-page(picture.fleet), picture)
        case .pageDown: move(page(picture.fleet), picture)
        case .first: move(-1_000_000, picture)
        case .last: move(1_000_000, picture)
        case .open: open(picture, now: now)
        case .hosts: show(.hosts)
        case .apps: show(.apps)
        case .workers: show(.workers)
        case .events: show(.events)
        case .rolls: show(.rolls)
        case .nextTab: stepTab(1)
        case .previousTab: stepTab(-1)
        case .fold: fold(picture.fleet)
        case .hold: time.hold(fleet, now: now, wall: wall)
        case .live: time.goLive()
        case .restart, .roll, .actions, .pauseRoll, .abortRoll: return act(intent, fleet, now: now)
        case .reconnect: return reconnect(fleet, now: now)
        }
        return []
    }

    private mutating func reorder(_ intent: Intent) {
        switch screen {
        case .fleet(var tabs):
            tabs.view.reorder(intent, tabs.tab.orders)
            screen = .fleet(tabs)
        case .host(let number, var view, let folded):
            view.reorder(intent, .workers)
            screen = .host(number, view, folded: folded)
        case .app, .worker: break
        }
    }

    private mutating func toggleProblems() {
        switch screen {
        case .fleet(var tabs):
            tabs.problemsOnly.toggle()
            screen = .fleet(tabs)
        case .host(let number, var view, let folded):
            view.problemsOnly.toggle()
            screen = .host(number, view, folded: folded)
        case .app, .worker: break
        }
    }

    private func page(_ fleet: Fleet) -> Int {
        guard let anatomy = Anatomy(size) else { return 1 }
        switch screen {
        case .fleet: return FleetScreen.visibleRows(anatomy)
        case .host(let number, _, _): return HostScreen.visibleRows(fleet.hosts[number], anatomy)
        case .app, .worker: return anatomy.body.count
        }
    }

    private mutating func move(_ step: Int, _ picture: Picture) {
        let (fleet, now) = (picture.fleet, picture.now)
        switch screen {
        case .fleet(var tabs):
            tabs.view.move(by: step, in: fleetRows(fleet, tabs, now: now, wall: picture.wall))
            screen = .fleet(tabs)
        case .host(let number, var view, let folded):
            view.move(by: step, in: hostRows(fleet, number, view, folded: folded, now: now))
            screen = .host(number, view, folded: folded)
        case .app(let number, let key, let scroll):
            screen = .app(number, key, scroll: max(scroll + step, 0))
        case .worker(let number, let worker, let scroll):
            screen = .worker(number, worker, scroll: max(scroll + step, 0))
        }
    }

    private mutating func open(_ picture: Picture, now: MonotonicInstant) {
        let fleet = picture.fleet
        switch screen {
        case .fleet(var tabs):
            guard let row = tabs.view.cursor,
                fleetRows(fleet, tabs, now: picture.now, wall: picture.wall).contains(row)
            else { return }
            tabs.view.touch()
            screen = .fleet(tabs)
            open(row, of: tabs.scope, fleet, now: picture.now, wall: picture.wall)
        case .host(let number, var view, let folded):
            guard fleet.hosts[number].state.hasNumbers, let row = view.cursor,
                hostRows(fleet, number, view, folded: folded, now: picture.now).contains(row)
            else { return }
            view.touch()
            screen = .host(number, view, folded: folded)
            switch row {
            case .app(let key), .ended(let key): push(.app(number, key, scroll: 0))
            case .worker(let worker): push(.worker(number, worker, scroll: 0))
            }
        case .app: break
        case .worker(let number, let worker, _):
            let host = fleet.hosts[number]
            guard let track = host.workers[worker], track.end != nil else { return }
            guard let next = host.successor(of: track.info) else {
                say("nothing has taken the slot of pid \(worker.pid) yet", now: now)
                return
            }
            screen = .worker(number, next.info.id, scroll: 0)
        }
    }

    /// Folds or unfolds the app of the row, or what is folded into the worker.
    private mutating func fold(_ fleet: Fleet) {
        switch screen {
        case .host(let number, var view, var folded):
            let host = fleet.hosts[number]
            guard host.state.hasNumbers, let row = view.cursor else { return }
            let key: String?
            switch row {
            case .app(let app), .ended(let app): key = app
            case .worker(let worker): key = host.workers[worker]?.info.groupKey
            }
            guard let key else { return }
            if folded.remove(key) == nil { folded.insert(key) }
            view.touch()
            screen = .host(number, view, folded: folded)
        case .worker: unfolds.toggle()
        case .fleet, .app: break
        }
    }

    private mutating func reconnect(_ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        var number = screen.host
        if case .fleet(let tabs) = screen, case .host(let host)? = tabs.view.cursor { number = host }
        guard let number, fleet.hosts.indices.contains(number) else { return [] }
        let host = fleet.hosts[number]
        switch host.state {
        case .ok, .warn, .crit:
            // The key stands in the rows of hosts that are down, and the cursor may be on another one.
            let down = fleet.hosts.indices.filter { !fleet.hosts[$0].state.hasNumbers }
            say(down.isEmpty ? "\(host.name) is connected" : "connecting to \(down.count) hosts now", now: now)
            return down.map { .reconnect(host: $0) }
        default:
            say("connecting to \(host.name) now", now: now)
            return [.reconnect(host: number)]
        }
    }
}
