import Model

/// The lists of the whole fleet, or of a part of it: one is shown, each keeps its place, and the filter is of all.
struct FleetTabs: Sendable {
    enum Tab: Int, Hashable, Sendable, CaseIterable {
        case hosts = 1
        case apps, workers, events, rolls

        var word: String {
            switch self {
            case .hosts: "hosts"
            case .apps: "apps"
            case .workers: "workers"
            case .events: "events"
            case .rolls: "rolls"
            }
        }

        var kind: ScreenKind {
            switch self {
            case .hosts: .fleet
            case .apps: .apps
            case .workers: .workers
            case .events: .events
            case .rolls: .rolls
            }
        }

        /// What every host has to send for it.
        var interest: Interest {
            switch self {
            case .hosts, .events: .host
            case .apps, .rolls: .groups
            case .workers: .workers
            }
        }

        /// What `s` goes through.
        var orders: [String] {
            switch self {
            case .hosts: HostSubject.orders
            case .apps: FleetAppSubject.orders
            case .workers: WorkerSubject.orders
            case .events: EventSubject.orders
            case .rolls: AppSubject.orders
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
    private var views: [Tab: ListView<FleetRowID>] = [:]

    init(_ tab: Tab = .hosts, scope: Scope = Scope()) {
        self.tab = tab
        self.scope = scope
    }

    /// Of the tab that is shown.
    var view: ListView<FleetRowID> {
        get { views[tab] ?? ListView(order: tab.orders[0]) }
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
}
