import Model

/// Which columns lists show where that is not as usual.
struct ColumnChoices: Hashable, Sendable {
    /// A list whose columns can be chosen, as configurations call it.
    enum View: String, CaseIterable, Sendable {
        case hosts, apps, workers

        /// Keys of all columns that there are, and whether each is shown where nothing is chosen.
        var columns: [(key: String, isUsual: Bool)] {
            func of<Subject: RowSubject>(_ subject: Subject.Type) -> [(String, Bool)] {
                Subject.columns.map { ($0.key, $0.priority < hiddenColumn) }
            }
            return switch self {
            case .hosts: of(HostSubject.self)
            case .apps: of(FleetAppSubject.self)
            case .workers: of(WorkerSubject.self)
            }
        }

        /// What rows are called by: never hidden.
        var identity: String {
            switch self {
            case .hosts: "host"
            case .apps: "app"
            case .workers: "slot"
            }
        }
    }

    private(set) var changes: [View: [ColumnChange]] = [:]

    init(_ changes: [View: [ColumnChange]] = [:]) { self.changes = changes }

    /// Other columns for a view; none: as usual again.
    mutating func change(_ view: View, _ more: [ColumnChange]) {
        if more.isEmpty { changes[view] = nil } else { changes[view, default: []] += more }
    }

    /// Keys of those that are not shown.
    func hidden(_ view: View) -> [String] {
        let shown =
            switch view {
            case .hosts: columns(view, of: HostSubject.self).map(\.key)
            case .apps: columns(view, of: FleetAppSubject.self).map(\.key)
            case .workers: columns(view, of: WorkerSubject.self).map(\.key)
            }
        return view.columns.map(\.key).filter { !shown.contains($0) }
    }

    func columns<Subject: RowSubject>(_ view: View, of subject: Subject.Type) -> [RowColumn<Subject>] {
        var shown: [RowColumn<Subject>] = Subject.columns.shown()
        for change in changes[view] ?? [] {
            switch change {
            case .show(let key, let place):
                guard let column = Subject.byKey[key] else { continue }
                shown.removeAll { $0.key == key }
                // Somebody wants it: it stays longer than what is shown by itself.
                let kept = column.with(priority: min(column.priority, 1))
                shown.insert(kept, at: place.map { min(max($0 - 1, 0), shown.count) } ?? shown.count)
            case .hide(let key): shown.removeAll { $0.key == key && key != view.identity }
            case .move(let key, let place):
                guard let from = shown.firstIndex(where: { $0.key == key }) else { continue }
                let column = shown.remove(at: from)
                shown.insert(column, at: min(max(place - 1, 0), shown.count))
            }
        }
        return shown
    }
}

extension ColumnChange {
    var key: String {
        switch self {
        case .show(let key, _), .hide(let key), .move(let key, _): key
        }
    }

    /// Why it is nothing for this view; `nil` where it is.
    func problem(in view: ColumnChoices.View) -> String? {
        let known = view.columns.map(\.key)
        if !known.contains(key) {
            return NearestWord.advice("\(view.rawValue) have no column \"\(key)\"", for: key, among: known)
        }
        if case .hide = self, key == view.identity { return "\(key) is what rows are called by, and is always shown" }
        return nil
    }
}

extension FleetTabs.Tab {
    var view: ColumnChoices.View? {
        switch self {
        case .hosts: .hosts
        case .apps: .apps
        case .workers: .workers
        case .events, .rolls, .alerts: nil
        }
    }
}

extension UIState {
    /// Of the list on the screen, where its columns can be chosen.
    var columnView: ColumnChoices.View? {
        switch screen {
        case .fleet(let tabs): tabs.tab.view
        case .host: .workers
        case .app, .worker, .log, .agent, .compare: nil
        }
    }
}
