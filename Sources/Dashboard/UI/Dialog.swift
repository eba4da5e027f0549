import Model

/// What lies over a screen and takes the keys.
enum Dialog: Sendable {
    case action(ActionDialog)
    case menu(ActionMenu)
    case quit(QuitDialog)
    /// Over several workers or apps.
    case bulk(BulkDialog)
    /// How `UIState.bulk` goes.
    case running(openedAt: MonotonicInstant)

    /// Keys typed before it can have been read are dropped.
    var openedAt: MonotonicInstant {
        switch self {
        case .action(let dialog): dialog.openedAt
        case .menu(let menu): menu.openedAt
        case .quit(let dialog): dialog.openedAt
        case .bulk(let dialog): dialog.openedAt
        case .running(let openedAt): openedAt
        }
    }

    /// Whose host it looks at.
    var host: Int? {
        switch self {
        case .action(let dialog): dialog.subject.host
        case .menu(let menu): menu.subject.host
        case .quit, .bulk, .running: nil
        }
    }

    var action: ActionDialog? { if case .action(let dialog) = self { dialog } else { nil } }
    var menu: ActionMenu? { if case .menu(let menu) = self { menu } else { nil } }

    /// What is typed in a protected context.
    var naming: Naming? {
        get {
            switch self {
            case .action(let dialog): dialog.naming
            case .bulk(let dialog): dialog.naming
            case .menu, .quit, .running: nil
            }
        }
        set {
            switch self {
            case .action(var dialog):
                dialog.naming = newValue
                self = .action(dialog)
            case .bulk(var dialog):
                dialog.naming = newValue
                self = .bulk(dialog)
            case .menu, .quit, .running: break
            }
        }
    }

    var scroll: Int {
        get {
            switch self {
            case .action(let dialog): dialog.scroll
            case .menu(let menu): menu.scroll
            case .quit(let dialog): dialog.scroll
            case .bulk(let dialog): dialog.scroll
            case .running: 0
            }
        }
        set {
            switch self {
            case .action(var dialog):
                dialog.scroll = newValue
                self = .action(dialog)
            case .menu(var menu):
                menu.scroll = newValue
                self = .menu(menu)
            case .quit(var dialog):
                dialog.scroll = newValue
                self = .quit(dialog)
            case .bulk(var dialog):
                dialog.scroll = newValue
                self = .bulk(dialog)
            case .running: break
            }
        }
    }

    mutating func check(_ fleet: Fleet) {
        switch self {
        case .action(var dialog):
            guard fleet.hosts.indices.contains(dialog.subject.host) else { return }
            dialog.check(fleet.hosts[dialog.subject.host])
            self = .action(dialog)
        case .menu(var menu):
            guard fleet.hosts.indices.contains(menu.subject.host) else { return }
            menu.check(fleet.hosts[menu.subject.host])
            self = .menu(menu)
        case .quit(var dialog):
            dialog.unknown = fleet.unknownTexts
            self = .quit(dialog)
        case .bulk(var dialog):
            dialog.check(fleet)
            self = .bulk(dialog)
        case .running: break
        }
    }
}

/// Asks before the program ends while it is not known what became of a command.
struct QuitDialog: Sendable {
    let openedAt: MonotonicInstant
    var unknown: [String]
    /// What would be left undone.
    var undone: String?
    var scroll = 0
}

extension Fleet {
    /// Commands of ours whose outcome is not known, oldest first, each in a line.
    var unknownTexts: [String] { unknown.map { $0.host.unknownText(of: $0.record) } }

    var unknown: [(host: FleetHost, record: CommandRecord)] {
        let all = hosts.indices.filter { !hosts[$0].commands.isEmpty }
            .flatMap { number in hosts[number].commands.filter(\.isUnknown).map { (hosts[number], $0) } }
        return all.sorted { $0.1.issuedAt < $1.1.issuedAt }
    }
}
