import Model

/// The lists of the whole fleet, or of a part of it: one is shown, each keeps its place, and the filter is of all.
struct FleetTabs: Sendable {
    enum Tab: Int, Hashable, Sendable, CaseIterable {
        case hosts = 1
        case apps, workers, events, rolls, alerts

        var word: String {
            switch self {
            case .hosts: "hosts"
            case .apps: "apps"
            case .workers: "workers"
            case .events: "events"
            case .rolls: "rolls"
            case .alerts: "alerts"
            }
        }

        var kind: ScreenKind {
            switch self {
            case .hosts: .fleet
            case .apps: .apps
            case .workers: .workers
            case .events: .events
            case .rolls: .rolls
            case .alerts: .alerts
            }
        }

        /// What every host has to send for it.
        var interest: Interest {
            switch self {
            case .hosts, .events, .alerts: .host
            case .apps, .rolls: .groups
            case .workers: .workers
            }
        }

        func orders(_ choices: ColumnChoices) -> ListOrders {
            switch self {
            case .hosts:
                ListOrders(
                    choices.columns(.hosts, of: HostSubject.self), cycle: HostSubject.orders, memory: "mem",
                    name: "host")
            case .apps:
                ListOrders(
                    choices.columns(.apps, of: FleetAppSubject.self), cycle: FleetAppSubject.orders, name: "app")
            case .workers: .workers(choices)
            case .events: ListOrders(EventSubject.columns.shown(), cycle: EventSubject.orders, name: "host")
            case .rolls: ListOrders(AppSubject.columns.chosen(["app", "state"]), cycle: AppSubject.orders, name: "app")
            case .alerts: ListOrders(AlertSubject.columns.shown(), cycle: AlertSubject.orders, name: "where")
            }
        }

        /// What it is sorted by until somebody says otherwise.
        fileprivate var usualOrder: String {
            switch self {
            case .hosts: HostSubject.orders[0]
            case .apps: FleetAppSubject.orders[0]
            case .workers: WorkerSubject.orders[0]
            case .events: EventSubject.orders[0]
            case .rolls: AppSubject.orders[0]
            case .alerts: AlertSubject.orders[0]
            }
        }
    }

    /// What all tabs are about; everything where nothing is said.
    struct Scope: Hashable, Sendable {
        var host: Int?
        /// By its name, on whatever hosts.
        var app: String?
    }

    var tab: Tab
    let scope: Scope
    var filter = FilterEntry()
    /// Whether rows that are OK are left out, in all tabs.
    var problemsOnly = false
    /// Above the list of hosts, as it was laid out last; empty where there is none.
    var heatMap: [HeatMap.Line] = []
    private var views: [Tab: ListView<FleetRowID>] = [:]

    init(_ tab: Tab = .hosts, scope: Scope = Scope()) {
        self.tab = tab
        self.scope = scope
    }

    /// Of the tab that is shown.
    var view: ListView<FleetRowID> {
        get { views[tab] ?? ListView(order: tab.usualOrder) }
        set { views[tab] = newValue }
    }
}

extension Interest {
    /// What answers to both; of one worker it is asked of all.
    func joined(with other: Interest) -> Interest {
        switch (self, other) {
        case (.host, _): other
        case (_, .host): self
        case (.groups, .groups): .groups
        default: .workers
        }
    }
}

/// A row of one of the lists.
enum FleetRowID: Hashable, Sendable {
    case host(Int)
    /// On all its hosts.
    case app(String)
    case worker(host: Int, WorkerID)
    case event(host: Int, serial: UInt64)
    case roll(host: Int, key: String)
    case alert(AlertID, since: MonotonicInstant)

    /// Where it is; `nil` for what is on several hosts.
    var host: Int? {
        switch self {
        case .host(let host), .worker(let host, _), .event(let host, _), .roll(let host, _): host
        case .alert(let id, _): id.place.host
        case .app: nil
        }
    }
}
