/// What keys and the mouse do to a list, whatever its rows are.
protocol ListControl {
    var listOrder: ListOrder { get }
    mutating func move(by step: Int)
    mutating func scroll(by step: Int)
    mutating func touch()
    mutating func reorder(_ intent: Intent, _ orders: ListOrders)
    mutating func sort(by key: String, among orders: ListOrders?)
    mutating func sort(byHead key: String, _ orders: ListOrders)
}

extension ListView: ListControl {}

extension UIState {
    /// That of the screen; `nil` on screens without one.
    var list: (any ListControl)? {
        get {
            switch screen {
            case .fleet(let tabs): tabs.view
            case .host(_, let view, _): view
            case .app, .worker, .log, .agent, .compare: nil
            }
        }
        set {
            switch (screen, newValue) {
            case (.fleet(var tabs), let view as ListView<FleetRowID>):
                tabs.view = view
                screen = .fleet(tabs)
            case (.host(let number, _, let folded), let view as HostView):
                screen = .host(number, view, folded: folded)
            default: break
            }
        }
    }

    /// How it can be sorted.
    var listOrders: ListOrders? {
        switch screen {
        case .fleet(let tabs): tabs.tab.orders(columns)
        case .host: .workers(columns)
        case .app, .worker, .log, .agent, .compare: nil
        }
    }
}
