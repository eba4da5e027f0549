import Console
import Model

/// A screen of the stack, with what the user did to it.
enum Screen: Sendable {
    case fleet(FleetTabs)
    case host(Int, HostView, folded: Set<String>)
    /// An app, by its group's key.
    case app(Int, String, scroll: Int)
    case worker(Int, WorkerID, scroll: Int)
    case log(LogView)
    /// A host's agent.
    case agent(Int, scroll: Int)
    case compare(Comparison)

    var kind: ScreenKind {
        switch self {
        case .fleet(let tabs): tabs.tab.kind
        case .host: .host
        case .app: .app
        case .worker: .worker
        case .log: .log
        case .agent: .agent
        case .compare: .compare
        }
    }

    /// The host whose workers are looked at; `nil` where it may be any.
    var host: Int? {
        switch self {
        case .fleet(let tabs): tabs.scope.host
        case .host(let number, _, _), .app(let number, _, _), .worker(let number, _, _): number
        case .log(let view): view.host
        case .agent(let number, _): number
        case .compare: nil
        }
    }
}

/// What the user sees and has done: everything about the screen that is not the fleet itself.
struct UIState: Sendable {
    struct Look: Hashable, Sendable {
        var host: Int
        var worker: WorkerID
    }

    /// What was confirmed, in case the agent asks back.
    struct Sent: Sendable {
        let id: CommandID
        let dialog: ActionDialog
    }

    struct Message: Sendable, Equatable {
        var text: String
        var level: Level
        var until: MonotonicInstant
    }

    var size: Size
    var time = TimeTravel()
    /// Never empty; the fleet screen is at the bottom.
    private(set) var screens: [Screen]
    var dialog: Dialog?
    var marks = Marks()
    /// What is, or was last, done to several at once.
    var bulk: BulkRun?
    /// The newest last, at most eight.
    var sent: [Sent] = []
    /// What was asked of hosts for this screen, and when.
    var asked: [Wanted: MonotonicInstant] = [:]
    /// On worker screens: the processes folded into it, one by one.
    var unfolds = false
    /// First visible line of the help, while it is open.
    var help: Int?
    /// Whether typing goes to the filter.
    var isFiltering = false
    /// The line behind `:`, while it is open.
    var prompt: Prompt?
    var message: Message?
    /// The last click.
    var click: Click?
    /// Keys that mean nothing here now, such as restart for a viewer.
    var hiddenKeys: Set<Intent> = []
    /// What keys mean just now, where that changes.
    var keyWords: [Intent: String] = [:]
    /// The fleet changed since the screen was last fitted to it.
    var isUnsettled = true
    /// What each host's link was told last.
    var interests: [Interest]
    /// The worker on the screen, as its host's link was told last.
    var look: Look?
    /// What alerts are raised for, besides what makes rows WARN or CRIT.
    let rules: [AlertRule]
    let keys: KeyTable
    var columns: ColumnChoices
    /// What lists that are opened from now on are sorted by.
    var orders: [ScreenKind: ListOrder]
    /// What the cells of the heat map are of.
    var heat = HeatMap.Metric.lag
    /// Of how long the histogram of a worker's lag is.
    var histogram = HistogramPanel.Window.quarter
    let newCommandID: @Sendable () -> CommandID

    init(
        size: Size, hosts: Int, rules: [AlertRule] = [], keys: KeyTable = .usual,
        columns: ColumnChoices = ColumnChoices(), orders: [ScreenKind: ListOrder] = [:],
        newCommandID: @escaping @Sendable () -> CommandID = { .random() }
    ) {
        self.size = size
        self.rules = rules
        self.keys = keys
        self.columns = columns
        self.orders = orders
        screens = [Screen.fleet(FleetTabs()).sorted(as: orders)]
        interests = Array(repeating: .host, count: max(hosts, 0))
        self.newCommandID = newCommandID
    }

    var screen: Screen {
        get { screens[screens.count - 1] }
        set { screens[screens.count - 1] = newValue }
    }

    var kind: ScreenKind { screen.kind }

    /// Where the screen's list is; `nil` where the terminal is too small for a screen.
    var anatomy: Anatomy? {
        guard case .fleet(let tabs) = screen, tabs.tab == .hosts else { return Anatomy(size) }
        return Anatomy(size)?.under(HeatMap.rows(tabs.heatMap))
    }

    mutating func push(_ screen: Screen) { screens.append(screen.sorted(as: orders)) }

    /// Back to the screen before; `false` at the bottom.
    @discardableResult
    mutating func pop() -> Bool {
        guard screens.count > 1 else { return false }
        screens.removeLast()
        return true
    }

    /// The filter of the screen; empty on screens without one.
    var filterEntry: FilterEntry {
        switch screen {
        case .fleet(let tabs): tabs.filter
        case .host(_, let view, _): view.filter
        case .log(let view): FilterEntry(plain: view.draft)
        case .app, .worker, .agent, .compare: FilterEntry()
        }
    }

    /// As it is typed; screens without one ignore it.
    var filter: String {
        get { filterEntry.text }
        set {
            let text = String(newValue.prefix(FilterParser.longest))
            switch screen {
            case .fleet(var tabs):
                tabs.filter.set(text)
                screen = .fleet(tabs)
            case .host(let number, var view, let folded):
                view.filter.set(text)
                screen = .host(number, view, folded: folded)
            case .log(var view):
                view.draft = text
                screen = .log(view)
            case .app, .worker, .agent, .compare: break
            }
        }
    }

    mutating func say(_ text: String, _ level: Level = .ok, for duration: Duration = .seconds(8), now: MonotonicInstant)
    {
        message = Message(text: text, level: level, until: now + duration)
    }
}
