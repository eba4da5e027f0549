import Console
import Model

/// Takes in one event and says what has to be done. Pure but for the ids of new commands, whose source the state holds.
///
/// What links tell only changes the fleet: fitting the screen to it, which sorts all that there is, is for `settle`, once
/// for each frame. A key fits the screen at once; one that moves the cursor moves it in the rows as they were drawn.
func update(
    _ state: inout UIState, fleet: inout Fleet, event: UIEvent, now: MonotonicInstant, wall: WallTime
) -> [UIEffect] {
    var effects: [UIEffect] = []
    switch event {
    case .tick:
        fleet.tick(now: now, wall: wall)
        effects += state.notices(of: fleet.followAlerts(state.rules, now: now, wall: wall))
        state.time.refresh()
        state.isUnsettled = true
    case .work:
        state.time.work()
        state.isUnsettled = state.isUnsettled || !state.time.isBuilding
    case .resize(let size):
        state.size = size
        effects += state.settle(fleet, now: now, wall: wall)
    case .link(let number, let event):
        fleet.handle(event, from: number, now: now, wall: wall)
        state.time.record(event, from: number, fleet: fleet, now: now, wall: wall)
        state.heard(event, from: number, fleet, now: now)
        effects += state.followBulk(event, from: number, &fleet, now: now, wall: wall)
        state.isUnsettled = true
    case .key(.line(let line)):
        for key in UIState.keys(ofLine: line) {
            effects += update(&state, fleet: &fleet, event: .key(key), now: now, wall: wall)
        }
        // The end of the line ends the text. What is wrong in it is told, and not left to be mended.
        if state.takesText, !line.isEmpty {
            effects += update(&state, fleet: &fleet, event: .key(.enter), now: now, wall: wall)
        }
        if let problem = state.textProblem {
            effects += update(&state, fleet: &fleet, event: .key(.escape), now: now, wall: wall)
            state.say(problem, .warn, now: now)
        }
    case .key(let key):
        if state.isUnsettled { state.dialog?.check(fleet) }
        let isMove = state.isMove(key)
        effects += state.press(key, &fleet, now: now, wall: wall)
        effects += state.settle(fleet, rows: !isMove, now: now, wall: wall)
    case .mouse(let mouse, let target):
        if state.isUnsettled { state.dialog?.check(fleet) }
        let depth = state.screens.count
        effects += state.point(mouse, at: target, &fleet, now: now, wall: wall)
        let isMove = (mouse.action != .click || target?.isRow ?? true) && state.screens.count == depth
        effects += state.settle(fleet, rows: !isMove, now: now, wall: wall)
    }
    return effects
}

extension UIState {
    /// Tells the answer to what was asked for here.
    mutating func heard(_ event: LinkEvent, from number: Int, _ fleet: Fleet, now: MonotonicInstant) {
        guard fleet.hosts.indices.contains(number) else { return }
        let host = fleet.hosts[number]
        switch event {
        case .rehearsed(let id, let verdict): rehearsed(id, verdict)
        case .answer(.log(let request), let answer): heardLog(answer, to: request, from: number, fleet, now: now)
        case .outcome(let outcome): heard(outcome, host, now: now)
        case .event(let event):
            guard case .commandEnded(let outcome) = event.body else { return }
            heard(outcome, host, now: now)
        case .forgotten(let id):
            guard let record = host.commands.last(where: { $0.command == id }) else { return }
            say("? \(host.unknownText(of: record))", .warn, for: .seconds(30), now: now)
        default: return
        }
    }

    private mutating func rehearsed(_ id: CommandID, _ verdict: Verdict) {
        guard var action = dialog?.action, case .asked(id)? = action.rehearsal else { return }
        action.rehearsal = .told(verdict)
        if !action.canConfirm { action.focus = .cancel }
        dialog = .action(action)
    }

    private mutating func heard(_ outcome: Outcome, _ host: FleetHost, now: MonotonicInstant) {
        guard host.commands.contains(where: { $0.command == outcome.id && $0.ours }) else { return }
        if let index = sent.firstIndex(where: { $0.id == outcome.id }) {
            var asking = sent.remove(at: index).dialog
            if case .refused(.warning(let warning)) = outcome.verdict, dialog == nil {
                asking.warn([warning], now: now)
                dialog = .action(asking)
                return
            }
        }
        let text = verdictText(outcome.verdict, target: outcome.target)
        let word = outcome.verdict.namesItsAction ? "" : outcome.action.word + " "
        say("\(host.label(of: outcome.target)) \(word)\(text)", outcome.level, for: .seconds(30), now: now)
    }

    /// One for all that came at once: a bell that rings forty times says no more.
    func notices(of alerts: [Alert]) -> [UIEffect] {
        guard let first = alerts.first else { return [] }
        let more = alerts.count > 1 ? " and \(alerts.count - 1) more" : ""
        return [.notify("\(first.level.word) \(first.place): \(first.text)\(more)")]
    }

    /// Fits everything to what is there now; returns what the links have to be told.
    ///
    /// - Parameter rows: whether lists are chosen and sorted anew; else they stay as they were drawn.
    mutating func settle(_ fleet: Fleet, rows: Bool = true, now: MonotonicInstant, wall: WallTime) -> [UIEffect] {
        if rows { isUnsettled = false }
        if let message, now >= message.until { self.message = nil }
        dialog?.check(fleet)
        time.look(at: timeScope)
        let picture = time.picture(fleet, now: now, wall: wall)
        settleScreen(picture.fleet, rows: rows, now: picture.now, wall: picture.wall)
        settleScrolls(picture, fleet, now: now, wall: wall)
        hiddenKeys = hidden(fleet).union(time.holdsOrder || time.still != nil ? [] : [.hold])
        if kind == .worker, !HistogramPanel.fits(size) { hiddenKeys.insert(.nextView) }
        let step = (screen.host ?? rowHost).flatMap { openRoll(on: fleet.hosts[$0]) }?.phase.step
        keyWords = step == .resume ? [.pauseRoll: "p resume"] : [:]
        keyWords[.hold] = time.holdWord
        return interestEffects(fleet) + lookEffects(fleet) + askEffects(fleet, now: now) + logEffects(fleet, now: now)
    }

    /// Whether a key does nothing but move in the rows that are there.
    fileprivate func isMove(_ key: Key) -> Bool {
        guard dialog == nil, help == nil, prompt == nil, !isFiltering, time.input == nil,
            let intent = keys.intent(of: key, on: kind)
        else { return false }
        return [.up, .down, .pageUp, .pageDown, .first, .last].contains(intent)
    }

    /// Keys that mean nothing here now.
    private func hidden(_ fleet: Fleet) -> Set<Intent> {
        let acting: Set<Intent> = [.restart, .roll, .pauseRoll, .abortRoll]
        if time.isPast {
            return acting.union([.actions, .reconnect, .hold, .acknowledge, .silence, .mark])
                .union(time.file == nil ? [] : [.live])
        }
        return hiddenLive(fleet, acting).union([.live, .stepBack, .eventBack, .goToTime])
    }

    private func hiddenLive(_ fleet: Fleet, _ acting: Set<Intent>) -> Set<Intent> {
        guard let number = screen.host ?? rowHost else { return [] }
        let host = fleet.hosts[number]
        if case .fleet = screen { return hiddenByRight(host, acting) }
        if !host.state.hasNumbers { return acting.union([.mark, .actions, .open, .filter, .sort, .invert, .fold]) }
        let hiddenHere = hiddenByRight(host, acting)
        if !hiddenHere.isEmpty { return hiddenHere }
        let phase = openRoll(on: host)?.phase
        var hidden: Set<Intent> = []
        if phase?.step == nil { hidden.insert(.pauseRoll) }
        if phase?.canBeEnded != true { hidden.insert(.abortRoll) }
        return hidden
    }

    private func hiddenByRight(_ host: FleetHost, _ acting: Set<Intent>) -> Set<Intent> {
        host.role.map { $0 < .operator } ?? false ? acting : []
    }

    /// Of the row under the cursor, on lists of the whole fleet that show what can be acted upon.
    private var rowHost: Int? {
        guard case .fleet(let tabs) = screen else { return nil }
        switch tabs.view.selected {
        case .host?, .event?: return nil
        case let row: return row?.host
        }
    }

    /// Of the app that the keys are about.
    private func openRoll(on host: FleetHost) -> RollSummary? {
        let key: String?
        switch screen {
        case .fleet(let tabs):
            if case .roll(_, let app)? = tabs.view.selected { key = app } else { key = nil }
        case .app(_, let app, _): key = app
        case .worker(_, let worker, _): key = host.workers[worker]?.info.groupKey
        case .log, .agent, .compare: key = nil
        case .host(_, let view, _):
            switch view.selected {
            case .app(let app)?, .ended(let app)?: key = app
            case .worker(let worker)?: key = host.workers[worker]?.info.groupKey
            case nil: key = nil
            }
        }
        return key.flatMap { host.group($0)?.info.roll }.flatMap { $0.isOpen ? $0 : nil }
    }

    private mutating func settleScreen(_ fleet: Fleet, rows: Bool, now: MonotonicInstant, wall: WallTime) {
        let anatomy = Anatomy(size)
        switch screen {
        case .fleet(var tabs):
            if !time.holdsOrder { tabs.view.release() }
            let rows = rows ? fleetRows(fleet, tabs, now: now, wall: wall) : tabs.view.rows
            if time.holdsOrder { tabs.view.hold(rows) }
            tabs.heatMap = tabs.tab == .hosts ? HeatMap.lines(rows, fleet, heat, size) : []
            let visible = anatomy.map { FleetScreen.visibleRows($0.under(HeatMap.rows(tabs.heatMap))) } ?? 1
            func next(_ row: FleetRowID) -> FleetRowID? {
                guard case .worker(let host, let worker) = row else { return nil }
                return fleet.hosts[host].next(after: worker).map { .worker(host: host, $0) }
            }
            tabs.view.settle(rows: rows, visible: visible, next: next, heir: next)
            screen = .fleet(tabs)
        case .host(let number, var view, let folded):
            let host = fleet.hosts[number]
            if !time.holdsOrder { view.release() }
            let rows = rows ? hostRows(fleet, number, view, folded: folded, now: now) : view.rows
            if time.holdsOrder { view.hold(rows) }
            let visible = anatomy.map { HostScreen.visibleRows(host, $0) } ?? 1
            view.settle(rows: rows, visible: visible) { row in
                guard case .worker(let worker) = row else { return nil }
                return host.next(after: worker).map { .worker($0) }
            } heir: {
                heir(of: $0, on: host)
            }
            screen = .host(number, view, folded: folded)
        case .log(var view):
            if !isFiltering { view.apply() }
            view.go(to: time.moment)
            if let anatomy { view.settle(rows: anatomy.body.count, columns: size.columns) }
            screen = .log(view)
        case .app, .worker, .agent, .compare: break
        }
    }

    /// Whom the cursor goes to when a row is no longer listed: the worker that took the slot, or the folded app.
    private func heir(of row: HostRowID, on host: FleetHost) -> HostRowID? {
        if case .ended(let key) = row { return .app(key) }
        guard case .worker(let worker) = row, let info = host.workers[worker]?.info else { return nil }
        if let next = host.successor(of: info) { return .worker(next.info.id) }
        return .app(info.groupKey)
    }

    private mutating func settleScrolls(_ picture: Picture, _ live: Fleet, now: MonotonicInstant, wall: WallTime) {
        let fleet = picture.fleet
        if let anatomy = Anatomy(size) {
            let rows = anatomy.body.count
            let ink = Ink(glyphs: .ascii, now: picture.now, wall: picture.wall)
            switch screen {
            case .worker(let number, let worker, let scroll):
                let lines = WorkerScreen(
                    host: fleet.hosts[number], worker: worker, columns: size.columns, unfolds: unfolds,
                    window: histogram,
                    ink: ink
                ).lines(rows: rows)
                screen = .worker(number, worker, scroll: clamped(scroll, lines.count - rows))
            case .app(let number, let key, let scroll):
                let lines = AppScreen(host: fleet.hosts[number], key: key, columns: size.columns, ink: ink)
                    .lines(rows: rows)
                screen = .app(number, key, scroll: clamped(scroll, lines.count - rows))
            case .agent(let number, let scroll):
                let lines = AgentScreen(host: fleet.hosts[number], columns: size.columns, ink: ink).lines(rows: rows)
                screen = .agent(number, scroll: clamped(scroll, lines.count - rows))
            case .compare(var comparison):
                let lines = CompareScreen(fleet: fleet, comparison: comparison, columns: size.columns, ink: ink)
                    .lines(rows: rows)
                comparison.scroll = clamped(comparison.scroll, lines.count - rows)
                screen = .compare(comparison)
            case .fleet, .host, .log: break
            }
        }
        if let help {
            self.help = clamped(
                help, HelpText(for: kind, keys: keys, columns: size.columns).lines.count - (size.rows - 3))
        }
        if let dialog {
            let host = dialog.host.flatMap { live.hosts.indices.contains($0) ? live.hosts[$0] : nil }
            let ink = Ink(glyphs: .ascii, now: now, wall: wall)
            let picture = DialogPicture(
                dialog, host, bulk, columns: DialogBox.textColumns(of: size), ink: ink)
            let room = DialogBox.room(rows: size.rows, lines: picture.lines.count)
            let wanted = if case .running = dialog { bulk?.scroll ?? 0 } else { dialog.scroll }
            let scroll = picture.cursor.map { min(max(wanted, $0.upperBound - room), $0.lowerBound) }
            let place = clamped(scroll ?? wanted, picture.lines.count - room)
            self.dialog?.scroll = place
            if case .running = dialog { bulk?.scroll = place }
        }
    }

    private func clamped(_ scroll: Int, _ last: Int) -> Int { min(max(scroll, 0), max(last, 0)) }

    /// The worker on the screen is probed most closely, while it lives.
    private mutating func lookEffects(_ fleet: Fleet) -> [UIEffect] {
        var wanted: Look?
        if !time.isPast, case .worker(let number, let worker, _) = screen,
            let track = fleet.hosts[number].workers[worker],
            track.end == nil
        {
            wanted = Look(host: number, worker: worker)
        }
        guard wanted != look else { return [] }
        defer { look = wanted }
        var effects: [UIEffect] = []
        if let look, look.host != wanted?.host { effects.append(.look(host: look.host, nil)) }
        if let wanted { effects.append(.look(host: wanted.host, wanted.worker)) }
        return effects
    }

    /// So many hosts in a bad state are asked which worker it is.
    static let namedAtOnce = 8

    /// The host on the screen sends its workers, all others their own row only, or what the
    /// tab shows and a filter asks for; on the fleet's screen the first few that
    /// are CRIT send them, too, so that the reason can name one.
    private mutating func interestEffects(_ fleet: Fleet) -> [UIEffect] {
        var watched = Set([screen.host].compactMap { $0 })
        if case .fleet(let tabs) = screen, tabs.tab == .hosts {
            watched = Set(fleet.hosts.indices.lazy.filter { fleet.hosts[$0].state == .crit }.prefix(Self.namedAtOnce))
        }
        if case .fleet(let tabs) = screen, tabs.tab == .alerts {
            let ill = fleet.hosts.indices.lazy.filter { [.crit, .warn].contains(fleet.hosts[$0].state) }
            watched = Set(ill.prefix(Self.namedAtOnce * 4))
        }
        if case .compare(let comparison) = screen { watched = Set(comparison.hosts) }
        var effects: [UIEffect] = []
        // A filter may ask for what only apps or workers can tell.
        var others = rules.interest
        if case .fleet(let tabs) = screen {
            others = others.joined(with: filterEntry.filter.interest).joined(with: tabs.tab.interest)
        }
        while interests.count < fleet.hosts.count { interests.append(.host) }
        for number in fleet.hosts.indices {
            let wanted: Interest = watched.contains(number) ? .workers : others
            guard interests[number] != wanted else { continue }
            interests[number] = wanted
            effects.append(.interest(host: number, wanted))
        }
        return effects
    }
}

extension Verdict {
    /// Whether its words tell what was asked for; "done" and "refused" are said of anything.
    fileprivate var namesItsAction: Bool {
        switch self {
        case .refused, .targetChanged, .managerFailed, .interrupted, .done, .failed: false
        default: true
        }
    }
}
