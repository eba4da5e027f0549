import Console
import Model

/// The tables of the lists.
extension FleetScreen {
    private func table<Subject: RowSubject>(
        _ columns: [RowColumn<Subject>], of subjects: [Subject], _ canvas: Canvas
    ) -> RowTable<Subject> {
        // Of all hosts, so that it does not change with the rows that are seen.
        let longest = fleet.hosts.indices.reduce(4) { max($0, SafeText(fleet.hosts[$1].name).columns) }
        return RowTable(
            columns, of: subjects, order: tabs.view.order, inverted: tabs.view.inverted,
            width: canvas.columns - Canvas.indent, ink: canvas.ink,
            widths: ["host": .flexible(max(min(longest, 14), 5), min(longest, 20))])
    }

    func drawHosts(_ shown: [FleetRowID], _ all: FleetRows, on canvas: inout Canvas) {
        let table = table(columns.columns(.hosts, of: HostSubject.self), of: all.hosts, canvas)
        table.drawHead(at: anatomy.body.lowerBound, on: &canvas)
        for (offset, row) in shown.enumerated() {
            guard case .host(let number) = row else { continue }
            let subject = HostSubject(fleet: fleet, number: number, now: canvas.now)
            draw(subject, table, at: anatomy.body.lowerBound + 1 + offset, on: &canvas)
        }
    }

    private func draw(_ subject: HostSubject, _ table: RowTable<HostSubject>, at row: Int, on canvas: inout Canvas) {
        let host = subject.host
        let style = Palette.row(host.state)
        canvas.frame.draw(Palette.glyph(host.state, canvas.glyphs), at: row, 1, style: Palette.word(host.state))
        if host.state.hasNumbers {
            table.draw(subject, at: row, style: style, on: &canvas)
        } else if let name = table.placements.first {
            let at = Canvas.indent + name.width + 1
            canvas.frame.draw(
                SafeText(host.name).padded(to: name.width, ellipsis: canvas.glyphs.ellipsis), at: row, Canvas.indent,
                style: style)
            let word = SafeText(host.state.word).padded(to: max(6, host.state.word.utf8.count))
            let text = at + word.columns + 1
            canvas.frame.draw(SafeText(host.state.word), at: row, at, style: Palette.word(host.state))
            // The age keeps its column: how long ago the last sample came says more than any sentence.
            let age = host.sampledAt == nil ? nil : table.placement(of: "age")
            let room = (age.map { Canvas.indent + $0.start } ?? canvas.columns + 1) - text - 1
            canvas.draw(
                SafeText(host.sentence(now: canvas.now, columns: room) ?? ""), at: row, text, style: style, width: room)
            if let age {
                let value = Format.age(host.age(now: canvas.now)).leftPadded(to: age.width)
                canvas.frame.draw(value, at: row, Canvas.indent + age.start, style: style)
            }
        }
    }

    func drawApps(_ shown: [FleetRowID], _ all: FleetRows, on canvas: inout Canvas) {
        let subjects = all.apps
        let named = Dictionary(subjects.map { ($0.name, $0) }) { first, _ in first }
        let table = table(columns.columns(.apps, of: FleetAppSubject.self), of: subjects, canvas)
        table.drawHead(at: anatomy.body.lowerBound, on: &canvas)
        for (offset, row) in shown.enumerated() {
            guard case .app(let name) = row, let subject = named[name] else { continue }
            draw(subject, subject.state, table, at: anatomy.body.lowerBound + 1 + offset, on: &canvas)
        }
    }

    func drawWorkers(_ shown: [FleetRowID], _ all: FleetRows, on canvas: inout Canvas) {
        // One that was forgotten since the rows were chosen leaves its line empty until they are again.
        let subjects = shown.map { row -> WorkerSubject? in
            guard case .worker(let number, let id) = row, let track = fleet.hosts[number].workers[id] else {
                return nil
            }
            return WorkerSubject(fleet: fleet, number: number, track: track, now: canvas.now)
        }
        let table = table(WorkerSubject.fleetColumns(columns), of: subjects.compactMap(\.self), canvas)
        table.drawHead(at: anatomy.body.lowerBound, on: &canvas)
        for (offset, subject) in subjects.enumerated() {
            guard let subject else { continue }
            draw(subject, subject.state, table, at: anatomy.body.lowerBound + 1 + offset, on: &canvas)
        }
    }

    private func draw<Subject: RowSubject>(
        _ subject: Subject, _ state: WorkerState, _ table: RowTable<Subject>, at row: Int, on canvas: inout Canvas
    ) {
        canvas.frame.draw(Palette.glyph(state, canvas.glyphs), at: row, 1, style: Palette.word(state))
        table.draw(subject, at: row, style: Palette.row(state), on: &canvas)
    }

    func drawEvents(_ shown: [FleetRowID], _ all: FleetRows, on canvas: inout Canvas) {
        let subjects = shown.map { row -> EventSubject? in
            guard case .event(let number, let serial) = row,
                let entry = fleet.hosts[number].log.first(where: { $0.serial == serial })
            else { return nil }
            return EventSubject(fleet: fleet, number: number, entry: entry, now: canvas.now, wall: canvas.wall)
        }
        let table = table(EventSubject.columns.shown(), of: subjects.compactMap(\.self), canvas)
        table.drawHead(at: anatomy.body.lowerBound, on: &canvas)
        for (offset, subject) in subjects.enumerated() {
            guard let subject else { continue }
            let row = anatomy.body.lowerBound + 1 + offset
            let level = subject.entry.level
            canvas.frame.draw(Palette.glyph(level, canvas.glyphs), at: row, 1, style: Palette.style(level))
            table.draw(subject, at: row, style: .plain, on: &canvas)
            guard shown[offset] == tabs.view.cursor else { continue }
            keepWhole(subject.whole, "what", subject, table, style: Palette.style(level), on: &canvas)
        }
    }

    /// A cell that has no room for all of it is read where the messages are while the cursor is on it.
    private func keepWhole<Subject: RowSubject>(
        _ whole: SafeText, _ key: String, _ subject: Subject, _ table: RowTable<Subject>, style: Style,
        on canvas: inout Canvas
    ) {
        guard let place = table.placement(of: key) else { return }
        let room = RowColumn<Subject>.Room(ink: canvas.ink, width: .max)
        guard table.columns[place.index].cell(subject, room).text.columns > place.width else { return }
        canvas.whole = (whole, style)
    }

    func drawAlerts(_ shown: [FleetRowID], _ all: FleetRows, on canvas: inout Canvas) {
        let listed = Dictionary(
            all.alerts.map { (FleetRowID.alert($0.alert.id, since: $0.alert.since), $0) }
        ) { first, _ in first }
        let subjects = shown.map { listed[$0] }
        let table = table(AlertSubject.columns.shown(), of: subjects.compactMap(\.self), canvas)
        table.drawHead(at: anatomy.body.lowerBound, on: &canvas)
        for (offset, subject) in subjects.enumerated() {
            guard let subject else { continue }
            let row = anatomy.body.lowerBound + 1 + offset
            canvas.frame.draw(
                Palette.glyph(subject.alert.level, canvas.glyphs), at: row, 1, style: subject.style)
            table.draw(subject, at: row, style: subject.isProblem ? .plain : .dim, on: &canvas)
            guard shown[offset] == tabs.view.cursor else { continue }
            keepWhole(subject.whole, "what", subject, table, style: subject.style, on: &canvas)
        }
        let below = anatomy.body.lowerBound + 1 + shown.count
        guard fleet.alerts.unlisted > 0, below < anatomy.body.upperBound else { return }
        canvas.draw("and \(fleet.alerts.unlisted) more: too many to list", at: below, style: .warn)
    }

    func drawRolls(_ shown: [FleetRowID], _ all: FleetRows, on canvas: inout Canvas) {
        let subjects = all.rolls
        let table = table(AppSubject.rollColumns, of: subjects, canvas)
        table.drawHead(at: anatomy.body.lowerBound, on: &canvas)
        for (offset, row) in shown.enumerated() {
            guard case .roll(let number, let key) = row,
                let subject = subjects.first(where: { $0.number == number && $0.key == key })
            else { continue }
            draw(subject, subject.state, table, at: anatomy.body.lowerBound + 1 + offset, on: &canvas)
        }
    }
}

extension WorkerSubject {
    /// With whose worker it is.
    static func fleetColumns(_ choices: ColumnChoices) -> [RowColumn<WorkerSubject>] {
        let host = RowColumn<WorkerSubject>.text(
            "host", "HOST", "where it runs", width: .content(14, 20), priority: 0
        ) { $0.host.names }
        let worker = columns.filter { $0.key == "slot" }.map {
            $0.drawn { worker, _ in "\(worker.host.distinctAppName(worker.track.info.groupKey))#\(worker.info.slot)" }
                .aligned(.left, .content(16, 28))
        }
        return [host] + worker + choices.columns(.workers, of: WorkerSubject.self).filter { $0.key != "slot" }
    }
}

extension AppSubject {
    static let rollColumns: [RowColumn<AppSubject>] = {
        let host = RowColumn<AppSubject>.text("host", "HOST", "where it runs", width: .content(14, 20), priority: 0) {
            $0.host.names
        }
        let progress = RowColumn<AppSubject>.picture(
            "progress", "NEWEST ROLL", "how it stands", width: .flexible(20, 200), priority: 0
        ) { app, room in
            guard let roll = app.group?.info.roll else { return "" }
            return TableCell(
                SafeText(roll.line(columns: room.width)),
                style: roll.state == .running ? .bold : Palette.style(roll.level))
        }
        return columns.chosen(["app"]) + [host] + columns.chosen(["state", "workers", "expected"]) + [progress]
    }()
}
