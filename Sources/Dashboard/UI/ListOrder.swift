/// What a list is sorted by, where somebody chose it.
struct ListOrder: Hashable, Sendable {
    /// Key of the column.
    var column: String
    var inverted: Bool
}

extension UIState {
    /// From now on lists of this kind are sorted as the one on the screen.
    mutating func noteOrder() {
        if let list { orders[kind] = list.listOrder }
    }
}

extension Screen {
    /// Sorted as somebody chose it for lists of its kind.
    func sorted(as orders: [ScreenKind: ListOrder]) -> Screen {
        switch self {
        case .fleet(var tabs):
            tabs.sort(as: orders)
            return .fleet(tabs)
        case .host(let number, var view, let folded):
            if let order = orders[.host] { view.listOrder = order }
            return .host(number, view, folded: folded)
        case .app, .worker, .log, .agent, .compare: return self
        }
    }
}

extension ListView {
    fileprivate(set) var listOrder: ListOrder {
        get { ListOrder(column: order, inverted: inverted) }
        set { (order, inverted) = (newValue.column, newValue.inverted) }
    }
}

extension FleetTabs {
    fileprivate mutating func sort(as orders: [ScreenKind: ListOrder]) {
        let shown = tab
        for other in Tab.allCases {
            guard let order = orders[other.kind] else { continue }
            tab = other
            view.listOrder = order
        }
        tab = shown
    }
}
