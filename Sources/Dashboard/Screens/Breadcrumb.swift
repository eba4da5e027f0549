import Console
import Model

/// The way from the fleet to what a screen shows: `Fleet > web-1 > api#2 > log`.
struct Breadcrumb {
    enum Place: Hashable, Sendable {
        case fleet
        case host(Int)
        case app(Int, String)
        case worker(Int, WorkerID)
    }

    /// Where a part leads; `nil` for where one is.
    private(set) var parts: [(text: SafeText, place: Place?)] = [("Fleet", .fleet)]

    init(_ screen: Screen, _ fleet: Fleet) {
        func add(_ text: SafeText, _ place: Place? = nil) { parts.append((text, place)) }
        func addHost(_ number: Int) { add(SafeText(fleet.hosts[number].name), .host(number)) }
        switch screen {
        case .fleet(let tabs):
            if let host = tabs.scope.host { addHost(host) }
            if let app = tabs.scope.app { add("app \(app)") }
            add(SafeText(tabs.tab.word))
        case .host(let number, _, _): add(SafeText(fleet.hosts[number].name))
        case .app(let number, let key, _):
            addHost(number)
            add(SafeText(fleet.hosts[number].distinctAppName(key)))
        case .worker(let number, let worker, _):
            let host = fleet.hosts[number]
            addHost(number)
            add(host.workers[worker] == nil ? "pid \(worker.pid)" : SafeText(host.distinctLabel(of: worker)))
        case .agent(let number, _):
            addHost(number)
            add("agent")
        case .compare(let comparison): add("compare \(comparison.members.count) workers")
        case .log(let view):
            let host = fleet.hosts[view.host]
            addHost(view.host)
            let app = host.distinctAppName(view.groupKey)
            let name = view.slot.map { "\(app)#\($0)" } ?? app
            let worker = host.workers.values.first {
                $0.end == nil && $0.info.slot == view.slot && $0.info.groupKey == view.groupKey
            }
            add(SafeText(name), worker.map { .worker(view.host, $0.info.id) } ?? .app(view.host, view.groupKey))
            add("log")
        }
    }

    static let separator: SafeText = " > "

    var line: StyledLine { StyledLine(parts.map(\.text).joined(separator: Self.separator), .bold) }
}

extension Canvas {
    /// Makes the parts of the way lead there.
    mutating func spots(of way: Breadcrumb, at row: Int) {
        var at = 0
        for (text, place) in way.parts {
            if let place { spot(.place(place), row: row, columns: at..<at + text.columns) }
            at += text.columns + Breadcrumb.separator.columns
        }
    }
}
