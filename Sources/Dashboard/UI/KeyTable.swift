import Console

/// One line of the key table.
struct KeyBinding: Sendable {
    enum Section: Int, CaseIterable, Sendable {
        case move, find, time, act, program

        var title: String {
            switch self {
            case .move: "MOVE"
            case .find: "FIND"
            case .time: "TIME"
            case .act: "ACT"
            case .program: "PROGRAM"
            }
        }
    }

    let keys: [Key]
    /// The keys as help prints them.
    let label: String
    let intent: Intent
    let section: Section
    /// What it does, for help.
    let meaning: String
    /// For the key line: key and a word or two; `nil` keeps it out.
    var short: String?
    /// The key line drops the highest numbers first.
    var priority = 0
    var screens: Set<ScreenKind> = Set(ScreenKind.allCases)
}

/// Every key there is outside of dialogs and input fields. Keys, help and key line are all made from this.
enum KeyTable {
    private static let sorted = ScreenKind.lists.union([.host])

    static let bindings: [KeyBinding] = [
        KeyBinding(
            keys: [.down, .character("j")], label: "j Down", intent: .down, section: .move,
            meaning: "next row; scroll"),
        KeyBinding(
            keys: [.up, .character("k")], label: "k Up", intent: .up, section: .move, meaning: "previous row"),
        KeyBinding(
            keys: [.pageDown, .control("f")], label: "PgDn C-f", intent: .pageDown, section: .move,
            meaning: "a page down"),
        KeyBinding(
            keys: [.pageUp, .control("b")], label: "PgUp C-b", intent: .pageUp, section: .move, meaning: "a page up"),
        KeyBinding(
            keys: [.home, .character("g")], label: "g Home", intent: .first, section: .move, meaning: "first row"),
        KeyBinding(
            keys: [.end, .character("G")], label: "G End", intent: .last, section: .move, meaning: "last row"),
        KeyBinding(
            keys: [.enter], label: "Enter", intent: .open, section: .move,
            meaning: "open the host", short: "Enter open", priority: 2, screens: [.fleet]),
        KeyBinding(
            keys: [.enter], label: "Enter", intent: .open, section: .move,
            meaning:
                "open it: the app or worker, or the workers of an app on several hosts; of an event the worker or host",
            short: "Enter open", priority: 2, screens: ScreenKind.lists.subtracting([.fleet])),
        KeyBinding(
            keys: [.character("1")], label: "1", intent: .hosts, section: .move,
            meaning: "all hosts; 1 to 5 keep to the host they are pressed on", short: "1-5 lists", priority: 5),
        KeyBinding(
            keys: [.character("2")], label: "2", intent: .apps, section: .move,
            meaning: "all apps, each one row over all its hosts"),
        KeyBinding(keys: [.character("3")], label: "3", intent: .workers, section: .move, meaning: "all workers"),
        KeyBinding(keys: [.character("4")], label: "4", intent: .events, section: .move, meaning: "what happened"),
        KeyBinding(
            keys: [.character("5")], label: "5", intent: .rolls, section: .move, meaning: "the newest roll of each app"),
        KeyBinding(
            keys: [.tab], label: "Tab", intent: .nextTab, section: .move, meaning: "the next of these lists",
            screens: ScreenKind.lists),
        KeyBinding(
            keys: [.backTab], label: "S-Tab", intent: .previousTab, section: .move, meaning: "the one before",
            screens: ScreenKind.lists),
        KeyBinding(
            keys: [.enter], label: "Enter", intent: .open, section: .move,
            meaning: "open the worker or app", short: "Enter open", priority: 2, screens: [.host]),
        KeyBinding(
            keys: [.enter], label: "Enter", intent: .open, section: .move,
            meaning: "after an exit: the worker that took the slot", screens: [.worker]),
        KeyBinding(
            keys: [.escape, .character("b"), .backspace], label: "Esc b BS", intent: .back, section: .move,
            meaning: "back; Esc clears a filter first", short: "b back", priority: 1,
            screens: [.host, .app, .worker]),
        KeyBinding(
            keys: [.escape], label: "Esc", intent: .back, section: .find, meaning: "clear the filter; back",
            screens: ScreenKind.lists),
        KeyBinding(
            keys: [.character("b"), .backspace], label: "b BS", intent: .back, section: .move, meaning: "back",
            screens: ScreenKind.lists),
        KeyBinding(
            keys: [.character("/")], label: "/", intent: .filter, section: .find,
            meaning: "filter: app=api lag99>100ms state!=ok, or any text", short: "/ filter", priority: 6,
            screens: sorted),
        KeyBinding(
            keys: [.character("s"), .function(6)], label: "s F6", intent: .sort, section: .find,
            meaning: "next sort order", short: "s sort", priority: 7,
            screens: sorted),
        KeyBinding(
            keys: [.character("I")], label: "I", intent: .invert, section: .find, meaning: "turn the order round",
            short: "I invert", priority: 10, screens: sorted),
        KeyBinding(
            keys: [.character("P")], label: "P", intent: .sortByCPU, section: .find, meaning: "sort by CPU",
            screens: sorted),
        KeyBinding(
            keys: [.character("M")], label: "M", intent: .sortByMemory, section: .find, meaning: "sort by memory",
            screens: sorted),
        KeyBinding(
            keys: [.character("L")], label: "L", intent: .sortByLag, section: .find, meaning: "sort by lag",
            screens: sorted),
        KeyBinding(
            keys: [.character("N")], label: "N", intent: .sortByName, section: .find, meaning: "sort by name",
            screens: sorted),
        KeyBinding(
            keys: [.character("<"), .left], label: "< Left", intent: .sortLeft, section: .find,
            meaning: "sort by the column before", screens: sorted),
        KeyBinding(
            keys: [.character(">"), .right], label: "> Right", intent: .sortRight, section: .find,
            meaning: "sort by the next column", screens: sorted),
        KeyBinding(
            keys: [.character("!")], label: "!", intent: .problems, section: .find,
            meaning: "only what is not OK; again: all", short: "! problems", priority: 9, screens: sorted),
        KeyBinding(
            keys: [.character("t"), .function(5)], label: "t F5", intent: .fold, section: .find,
            meaning: "fold or unfold the app's workers", screens: [.host]),
        KeyBinding(
            keys: [.character("t"), .function(5)], label: "t F5", intent: .fold, section: .find,
            meaning: "fold or unfold the processes that belong to it", screens: [.worker]),
        KeyBinding(
            keys: [.character("z"), .character("Z")], label: "z", intent: .hold, section: .time,
            meaning: "hold the order: rows keep their places; again: pause, nothing moves; again: live",
            short: "z hold", priority: 3),
        KeyBinding(
            keys: [.character(".")], label: ".", intent: .live, section: .time, meaning: "back to what is now"),
        KeyBinding(
            keys: [.character("r")], label: "r", intent: .restart, section: .act,
            meaning: "restart this worker (asks first)", short: "r restart", priority: 2,
            screens: [.host, .worker, .workers]),
        KeyBinding(
            keys: [.character("R")], label: "R", intent: .roll, section: .act,
            meaning: "roll the app: all its workers, one after the other (asks first)", short: "R roll", priority: 3,
            screens: [.host, .app, .worker, .apps, .workers, .rolls]),
        KeyBinding(
            keys: [.character("a")], label: "a", intent: .actions, section: .act,
            meaning: "all that can be done to this worker or app, and what not and why", short: "a actions",
            priority: 4, screens: [.host, .app, .worker, .apps, .workers, .rolls]),
        KeyBinding(
            keys: [.character("p")], label: "p", intent: .pauseRoll, section: .act,
            meaning: "pause a roll, or go on with a paused or failed one (asks first)", short: "p pause",
            priority: 2, screens: [.host, .app, .worker, .rolls]),
        KeyBinding(
            keys: [.character("X")], label: "X", intent: .abortRoll, section: .act,
            meaning: "end a roll where it is (asks first)", short: "X end roll", priority: 5,
            screens: [.host, .app, .worker, .rolls]),
        KeyBinding(
            keys: [.character("r")], label: "r", intent: .restart, section: .act,
            meaning: "restart: open a host and choose a worker first", screens: [.fleet, .events]),
        KeyBinding(
            keys: [.character(":")], label: ":", intent: .prompt, section: .program,
            meaning: "a command by its name: host, app, worker, sort, filter ... with completion", short: ": command",
            priority: 8),
        KeyBinding(
            keys: [.control("r")], label: "C-r", intent: .reconnect, section: .act,
            meaning: "connect again now", short: "C-r reconnect", priority: 9),
        KeyBinding(
            keys: [.character("?"), .character("h"), .function(1)], label: "? h F1", intent: .help,
            section: .program, meaning: "this help; again: what the columns mean", short: "? help", priority: 0),
        KeyBinding(
            keys: [.control("l")], label: "C-l", intent: .redraw, section: .program, meaning: "draw everything anew"),
        KeyBinding(
            keys: [.character("q"), .function(10), .control("c")], label: "q F10 C-c", intent: .quit,
            section: .program, meaning: "quit", short: "q quit", priority: 8),
    ]

    static func intent(of key: Key, on screen: ScreenKind) -> Intent? {
        bindings.first { $0.screens.contains(screen) && $0.keys.contains(key) }?.intent
    }

    /// The key line: the most needed keys that fit in `columns`, whole, in table order.
    /// `words` are what some keys mean just now, instead of what they mean in general.
    static func line(
        for screen: ScreenKind, columns: Int, without hidden: Set<Intent> = [], words: [Intent: String] = [:]
    ) -> String {
        var shown = bindings.filter { $0.short != nil && $0.screens.contains(screen) && !hidden.contains($0.intent) }
        func text() -> String { shown.compactMap { words[$0.intent] ?? $0.short }.joined(separator: "  ") }
        while text().utf8.count > columns, let last = shown.indices.max(by: { shown[$0].priority < shown[$1].priority })
        {
            shown.remove(at: last)
        }
        return text()
    }
}
