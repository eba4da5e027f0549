import Console
import Model

/// A screen of the stack, with what the user did to it.
enum Screen: Sendable {
    case fleet(FleetTabs)
    case host(Int, HostView, folded: Set<String>)
    /// An app, by its group's key.
    case app(Int, String, scroll: Int)
    case worker(Int, WorkerID, scroll: Int)

    var kind: ScreenKind {
        switch self {
        case .fleet(let tabs): tabs.tab.kind
        case .host: .host
        case .app: .app
        case .worker: .worker
        }
    }

    /// The host whose workers are looked at.
    var host: Int? {
        switch self {
        case .fleet(let tabs): tabs.scope.host
        case .host(let number, _, _), .app(let number, _, _), .worker(let number, _, _): number
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
    var time = TimeMode()
    /// Never empty; the fleet screen is at the bottom.
    private(set) var screens: [Screen] = [.fleet(FleetTabs())]
    var dialog: Dialog?
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
    /// Keys that mean nothing here now, such as restart for a viewer.
    var hiddenKeys: Set<Intent> = []
    /// What keys mean just now, where that changes.
    var keyWords: [Intent: String] = [:]
    /// When the screen was last fitted to the fleet.
    var settledAt: MonotonicInstant?
    /// What each host's link was told last.
    var interests: [Interest]
    /// The worker on the screen, as its host's link was told last.
    var look: Look?
    let newCommandID: @Sendable () -> CommandID

    init(size: Size, hosts: Int, newCommandID: @escaping @Sendable () -> CommandID = { .random() }) {
        self.size = size
        interests = Array(repeating: .host, count: max(hosts, 0))
        self.newCommandID = newCommandID
    }

    var screen: Screen {
        get { screens[screens.count - 1] }
        set { screens[screens.count - 1] = newValue }
    }

    var kind: ScreenKind { screen.kind }

    mutating func push(_ screen: Screen) { screens.append(screen) }

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
        case .app, .worker: FilterEntry()
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
            case .app, .worker: break
            }
        }
    }

    mutating func say(_ text: String, _ level: Level = .ok, for duration: Duration = .seconds(8), now: MonotonicInstant)
    {
        message = Message(text: text, level: level, until: now + duration)
    }
}
