import FoundationEssentials
import Model
import Trust

/// What somebody changed about lists, kept for the next dashboard in `views.json` of the state directory. The
/// configuration is the user's own and is never written.
struct KeptViews: Hashable, Sendable, Codable {
    struct View: Hashable, Sendable, Codable {
        /// Key of a column, and whether its smallest comes first.
        var sort: String?
        var inverted: Bool?
        /// As they are typed behind `:columns`.
        var columns: [String]?
        /// What the configuration said of them then. Once it says something else, that counts.
        var configured: [String]?
    }

    static let file = "views.json"

    /// By the list's word: hosts, apps, workers, events, rolls, alerts, and host for that of one host.
    private(set) var lists: [String: View] = [:]

    init() {}

    init(orders: [ScreenKind: ListOrder], columns: ColumnChoices, configured: ColumnChoices) {
        for (kind, word) in Self.words {
            var view = View()
            if let order = orders[kind] { (view.sort, view.inverted) = (order.column, order.inverted) }
            if let list = ColumnChoices.View(rawValue: word), columns.changes[list] != configured.changes[list] {
                view.columns = columns.texts(list)
                view.configured = configured.texts(list)
            }
            if view != View() { lists[word] = view }
        }
    }

    /// - Throws: `Problem` where it cannot be understood.
    init(parsing bytes: [UInt8]) throws(Problem) {
        do { self = try JSONDecoder().decode(KeptViews.self, from: Data(bytes)) } catch { throw Problem() }
    }

    /// It is no list of views.
    struct Problem: Error {}

    func text() throws -> String { try JSONText.encode(self, pretty: true) }

    /// The columns to begin with.
    func columns(over configured: ColumnChoices) -> ColumnChoices {
        var result = configured
        for list in ColumnChoices.View.allCases {
            guard let view = lists[list.rawValue], let texts = view.columns, view.configured == configured.texts(list)
            else { continue }
            let changes = texts.compactMap { ColumnChange($0) }.filter { $0.problem(in: list) == nil }
            result.change(list, [])
            if !changes.isEmpty { result.change(list, changes) }
        }
        return result
    }

    /// What lists are sorted by. Columns that this version does not have are left out.
    func orders(_ columns: ColumnChoices) -> [ScreenKind: ListOrder] {
        var orders: [ScreenKind: ListOrder] = [:]
        for (kind, word) in Self.words {
            guard let view = lists[word], let column = view.sort else { continue }
            let tab = FleetTabs.Tab.allCases.first { $0.kind == kind }
            let known = tab?.orders(columns) ?? .workers(columns)
            if known.columns.contains(column) {
                orders[kind] = ListOrder(column: column, inverted: view.inverted ?? false)
            }
        }
        return orders
    }

    private static let words = FleetTabs.Tab.allCases.map { ($0.kind, $0.word) } + [(ScreenKind.host, "host")]
}

extension ColumnChoices {
    fileprivate func texts(_ view: View) -> [String] { (changes[view] ?? []).map(\.text) }
}

extension ColumnChange {
    /// As it is typed.
    var text: String {
        switch self {
        case .show(let key, let place): "+" + key + (place.map { "@\($0)" } ?? "")
        case .hide(let key): "-" + key
        case .move(let key, let place): "\(key)@\(place)"
        }
    }
}
