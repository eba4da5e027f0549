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
        if let prompt { return pressInPrompt(key, prompt, &fleet, now: now, wall: wall) }
        if isFiltering, typeFilter(key) { return [] }
        if typeTime(key, fleet, now: now, wall: wall) { return [] }
        guard let intent = keys.intent(of: key, on: kind) else { return [] }
        return carryOut(intent, &fleet, now: now, wall: wall)
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
        let text = HelpText(for: kind, keys: keys, columns: size.columns)
        switch keys.intent(of: key, on: kind) {
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
        _ intent: Intent, _ fleet: inout Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [UIEffect] {
        let picture = time.picture(fleet, now: now, wall: wall)
        switch intent {
        case .quit: return askQuit(fleet, now: now)
        case .redraw: return [.redraw]
        case .help: help = 0
        case .filter:
            if list == nil, kind != .log { show(.workers) }
            isFiltering = true
        case .back: if filter.isEmpty { pop() } else { filter = "" }
        case .sort, .invert, .sortByCPU, .sortByMemory, .sortByLag, .sortByName, .sortLeft, .sortRight: reorder(intent)
        case .cellLeft: moveInMap(-1)
        case .cellRight: moveInMap(1)
        case .problems: toggleProblems()
        case .prompt: prompt = openPrompt(picture.fleet)
        case .up: move(-1)
        case .down: move(1)
        case .pageUp: move(-page(picture.fleet))
        case .pageDown: move(page(picture.fleet))
        case .first: move(-1_000_000)
        case .last: move(1_000_000)
        case .open: open(picture, now: now)
        case .hosts: showAllHosts()
        case .apps: show(.apps)
        case .workers: show(.workers)
        case .events: show(.events)
        case .rolls: show(.rolls)
        case .alerts: show(.alerts)
        case .acknowledge, .silence:
            guard let alert = selectedAlert else { break }
            guard !time.isPast else {
                say(time.refusal, .warn, now: now)
                break
            }
            if intent == .acknowledge { fleet.acknowledge(alert, now: now) } else { fleet.silence(alert, now: now) }
        case .nextTab: stepTab(1)
        case .previousTab: stepTab(-1)
        case .fold: fold(picture.fleet)
        case .hold, .live, .stepBack, .stepForward, .eventBack, .eventForward, .goToTime, .recordingStart,
            .recordingEnd:
            travel(intent, fleet, now: now, wall: wall)
        case .mark where time.isPast: say(time.refusal, .warn, now: now)
        case .mark: mark(fleet, now: now)
        case .unmark:
            marks.clear()
            say("nothing is marked", now: now)
        case .columns: askColumns(picture.fleet, now: now)
        case .copy: return copy(fleet, now: now, wall: wall)
        case .agent: openAgent(now: now)
        case .nextView: nextView(now: now)
        case .compare: compare(picture.fleet, now: now)
        case .log: openLog(picture.fleet, now: now)
        case .follow, .wrap, .context, .stream, .nextMatch, .previousMatch: pressInLog(intent, now: now)
        case .restart, .roll, .actions, .pauseRoll, .abortRoll: return act(intent, fleet, now: now)
        case .reconnect: return reconnect(fleet, now: now)
        }
        return []
    }

    /// Under the cursor of the list of alerts.
    private var selectedAlert: AlertID? {
        guard case .fleet(let tabs) = screen, case .alert(let id, _)? = tabs.view.selected else { return nil }
        return id
    }

    private mutating func reorder(_ intent: Intent) {
        guard let listOrders else { return }
        list?.reorder(intent, listOrders)
        noteOrder()
    }

    /// The cursor of the list is that of the map, too.
    private mutating func moveInMap(_ step: Int) {
        guard case .fleet(var tabs) = screen, !tabs.heatMap.isEmpty else {
            return reorder(step < 0 ? .sortLeft : .sortRight)
        }
        let hosts = tabs.heatMap.flatMap(\.hosts)
        var place = 0
        if case .host(let number)? = tabs.view.selected, let known = hosts.firstIndex(of: number) {
            place = min(max(known + step, 0), hosts.count - 1)
        }
        if tabs.view.select(.host(hosts[place])) { screen = .fleet(tabs) }
    }

    private mutating func toggleProblems() {
        switch screen {
        case .fleet(var tabs):
            tabs.problemsOnly.toggle()
            screen = .fleet(tabs)
        case .host(let number, var view, let folded):
            view.problemsOnly.toggle()
            screen = .host(number, view, folded: folded)
        case .app, .worker, .log, .agent, .compare: break
        }
    }

    private func page(_ fleet: Fleet) -> Int {
        guard let anatomy else { return 1 }
        switch screen {
        case .fleet: return FleetScreen.visibleRows(anatomy)
        case .host(let number, _, _): return HostScreen.visibleRows(fleet.hosts[number], anatomy)
        case .app, .worker, .log, .agent, .compare: return anatomy.body.count
        }
    }

    mutating func move(_ step: Int) {
        switch screen {
        case .fleet, .host: list?.move(by: step)
        case .app(let number, let key, let scroll):
            screen = .app(number, key, scroll: max(scroll + step, 0))
        case .worker(let number, let worker, let scroll):
            screen = .worker(number, worker, scroll: max(scroll + step, 0))
        case .agent(let number, let scroll): screen = .agent(number, scroll: max(scroll + step, 0))
        case .compare(var comparison):
            comparison.scroll = max(comparison.scroll + step, 0)
            screen = .compare(comparison)
        case .log(var view):
            guard let anatomy = Anatomy(size) else { return }
            view.move(by: step, rows: anatomy.body.count, columns: size.columns)
            screen = .log(view)
        }
    }

    private mutating func open(_ picture: Picture, now: MonotonicInstant) {
        let fleet = picture.fleet
        switch screen {
        case .fleet(var tabs):
            guard let row = tabs.view.current else { return }
            tabs.view.touch()
            screen = .fleet(tabs)
            open(row, of: tabs.scope, fleet, now: picture.now, wall: picture.wall)
        case .host(let number, var view, let folded):
            guard fleet.hosts[number].state.hasNumbers, let row = view.current else { return }
            view.touch()
            screen = .host(number, view, folded: folded)
            switch row {
            case .app(let key), .ended(let key): push(.app(number, key, scroll: 0))
            case .worker(let worker): push(.worker(number, worker, scroll: 0))
            }
        case .app, .log, .agent, .compare: break
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

    /// `v`
    private mutating func nextView(now: MonotonicInstant) {
        if case .compare(var comparison) = screen {
            comparison.metric = comparison.metric.next()
            screen = .compare(comparison)
            return
        }
        if case .worker = screen {
            guard HistogramPanel.fits(size) else {
                return say("the histogram needs 110x38, and here are \(size.columns)x\(size.rows)", now: now)
            }
            histogram = histogram.next()
            return say(
                "the histogram is of the last \(Format.age(histogram.length)), or of as long as is known", now: now)
        }
        guard HeatMap.fits(size) else {
            return say("the heat map needs 160x50, and here are \(size.columns)x\(size.rows)", now: now)
        }
        heat = heat.next()
        if heat == .off { say("no heat map; v shows it again", now: now) }
    }

    /// `d`: of the host that is on the screen, or under the cursor.
    private mutating func openAgent(now: MonotonicInstant) {
        if case .fleet(let tabs) = screen, tabs.scope.host == nil {
            guard case .host(let number)? = tabs.view.selected else {
                return say("agent: choose a host first; 1 lists them", now: now)
            }
            list?.touch()
            push(.agent(number, scroll: 0))
        } else if let number = screen.host {
            push(.agent(number, scroll: 0))
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
        case .fleet, .app, .log, .agent, .compare: break
        }
    }

    private mutating func reconnect(_ fleet: Fleet, now: MonotonicInstant) -> [UIEffect] {
        guard time.file == nil else {
            say(time.refusal, now: now)
            return []
        }
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
