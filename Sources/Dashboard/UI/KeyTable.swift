import Console
import Model

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

    var keys: [Key]
    /// The keys as help prints them.
    var label: String
    let intent: Intent
    let section: Section
    /// What it does, for help.
    let meaning: String
    /// For the key line: key and a word or two; `nil` keeps it out.
    var short: String?
    /// The key line drops the highest numbers first.
    var priority = 0
    var screens: Set<ScreenKind> = Set(ScreenKind.allCases)
    /// Its keys are not the usual ones.
    var isChanged = false
}

/// Every key there is outside of dialogs and input fields. Keys, help and key line are all made from this.
struct KeyTable: Sendable {
    private static let sorted = ScreenKind.lists.union([.host])

    private static let bindings: [KeyBinding] = [
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
                "open it: the app or worker, or the workers of an app on several hosts; of an event or alert what it is about",
            short: "Enter open", priority: 2, screens: ScreenKind.lists.subtracting([.fleet])),
        KeyBinding(
            keys: [.character("1")], label: "1", intent: .hosts, section: .move,
            meaning: "all hosts; 1 to 6 keep to the host they are pressed on", short: "1-6 lists", priority: 5),
        KeyBinding(
            keys: [.character("2")], label: "2", intent: .apps, section: .move,
            meaning: "all apps, each one row over all its hosts"),
        KeyBinding(keys: [.character("3")], label: "3", intent: .workers, section: .move, meaning: "all workers"),
        KeyBinding(keys: [.character("4")], label: "4", intent: .events, section: .move, meaning: "what happened"),
        KeyBinding(
            keys: [.character("5")], label: "5", intent: .rolls, section: .move, meaning: "the newest roll of each app"),
        KeyBinding(
            keys: [.character("6")], label: "6", intent: .alerts, section: .move,
            meaning: "what is wrong now, since when, and what was"),
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
            screens: [.host, .app, .worker, .log, .agent, .compare]),
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
        // Who types a filter there must not press keys with it.
        KeyBinding(
            keys: [.character("/")], label: "/", intent: .filter, section: .find,
            meaning: "the list of workers, and its filter", screens: [.app, .worker, .agent, .compare]),
        KeyBinding(
            keys: [.character("/")], label: "/", intent: .filter, section: .find,
            meaning: "only lines with a text, or with one of several: error|warn", short: "/ filter", priority: 2,
            screens: [.log]),
        KeyBinding(
            keys: [.character("&")], label: "&", intent: .context, section: .find,
            meaning: "all lines, the filter's text marked; again: only those", short: "& around", priority: 6,
            screens: [.log]),
        KeyBinding(
            keys: [.character("n")], label: "n", intent: .nextMatch, section: .find, meaning: "next line with the text",
            short: "n N search", priority: 5, screens: [.log]),
        KeyBinding(
            keys: [.character("N")], label: "N", intent: .previousMatch, section: .find,
            meaning: "the one before", screens: [.log]),
        KeyBinding(
            keys: [.character("f"), .character("z")], label: "f z", intent: .follow, section: .find,
            meaning: "follow on or off; scrolling up turns it off, the end on", short: "f follow", priority: 3,
            screens: [.log]),
        KeyBinding(
            keys: [.character("w")], label: "w", intent: .wrap, section: .find, meaning: "wrap long lines, or cut them",
            short: "w wrap", priority: 4, screens: [.log]),
        KeyBinding(
            keys: [.character("s")], label: "s", intent: .stream, section: .find,
            meaning: "both streams, stdout, stderr", short: "s stream", priority: 7, screens: [.log]),
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
            keys: [.character("o")], label: "o", intent: .columns, section: .find,
            meaning: "show and hide columns: +load@2 -exits", screens: [.fleet, .apps, .workers, .host]),
        KeyBinding(
            keys: [.character("<"), .left], label: "< Left", intent: .sortLeft, section: .find,
            meaning: "sort by the column before", screens: sorted.subtracting([.fleet])),
        KeyBinding(
            keys: [.character(">"), .right], label: "> Right", intent: .sortRight, section: .find,
            meaning: "sort by the next column", screens: sorted.subtracting([.fleet])),
        KeyBinding(
            keys: [.character("<")], label: "<", intent: .sortLeft, section: .find,
            meaning: "sort by the column before", screens: [.fleet]),
        KeyBinding(
            keys: [.character(">")], label: ">", intent: .sortRight, section: .find,
            meaning: "sort by the next column", screens: [.fleet]),
        KeyBinding(
            keys: [.left], label: "Left", intent: .cellLeft, section: .move,
            meaning: "the host before it in the heat map; without a map as <", screens: [.fleet]),
        KeyBinding(
            keys: [.right], label: "Right", intent: .cellRight, section: .move,
            meaning: "the next host in the heat map; without a map as >", screens: [.fleet]),
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
            keys: [.character("l")], label: "l", intent: .log, section: .find,
            meaning: "what it writes to stdout and stderr; of an app all its workers", short: "l log", priority: 7,
            screens: [.host, .app, .worker, .apps, .workers, .rolls, .alerts]),
        KeyBinding(
            keys: [.character("l")], label: "l", intent: .log, section: .find,
            meaning: "log: open a host and choose a worker first", screens: [.fleet, .events]),
        KeyBinding(
            keys: [.character("v")], label: "v", intent: .nextView, section: .find,
            meaning: "the heat map, from 160x50 on: a cell for each host, its lag, its CPU, its memory, or no map",
            screens: [.fleet]),
        KeyBinding(
            keys: [.character("v")], label: "v", intent: .nextView, section: .find,
            meaning: "what the chart is of: lag, util, CPU, memory", short: "v lag, util, cpu, rss", priority: 2,
            screens: [.compare]),
        KeyBinding(
            keys: [.character("v")], label: "v", intent: .nextView, section: .find,
            meaning: "the histogram of its lag, where there is room: of 15, 5 or 1 minutes",
            short: "v histogram",
            priority: 10, screens: [.worker]),
        KeyBinding(
            keys: [.character("C")], label: "C", intent: .compare, section: .find,
            meaning: "compare marked workers, up to six, on one chart", short: "C compare", priority: 11,
            screens: sorted.subtracting([.fleet, .events])),
        KeyBinding(
            keys: [.character("d")], label: "d", intent: .agent, section: .find,
            meaning: "the host's agent: since when, what it costs, how regularly it samples, what it may not read",
            short: "d agent", priority: 11, screens: [.fleet, .host, .app, .worker]),
        KeyBinding(
            keys: [.character("z"), .character("Z")], label: "z", intent: .hold, section: .time,
            meaning: "hold the order: rows keep their places; again: pause, nothing moves; again: live",
            short: "z hold", priority: 3, screens: Set(ScreenKind.allCases).subtracting([.log])),
        KeyBinding(
            keys: [.character("[")], label: "[", intent: .stepBack, section: .time, meaning: "one sample back",
            short: "[ ] step", priority: 3),
        KeyBinding(
            keys: [.character("]")], label: "]", intent: .stepForward, section: .time, meaning: "one sample forward"),
        KeyBinding(
            keys: [.character("{")], label: "{", intent: .eventBack, section: .time,
            meaning: "to the event before: of the host on the screen, or of all", short: "{ } event", priority: 3),
        KeyBinding(
            keys: [.character("}")], label: "}", intent: .eventForward, section: .time, meaning: "to the next event"),
        KeyBinding(
            keys: [.character("T")], label: "T", intent: .goToTime, section: .time,
            meaning: "go to a time: -5m, 13:58, 13:58:40, or a date", short: "T time", priority: 12),
        KeyBinding(
            keys: [.character(".")], label: ".", intent: .live, section: .time, meaning: "back to what is now",
            short: ". live", priority: 1),
        KeyBinding(
            keys: [.character("a")], label: "a", intent: .acknowledge, section: .act,
            meaning: "acknowledge: seen, somebody cares; again: new once more. Worse than it was, it is new by itself",
            short: "a ack", priority: 2, screens: [.alerts]),
        KeyBinding(
            keys: [.character("A")], label: "A", intent: .silence, section: .act,
            meaning: "silence this rule for this app or host for an hour; again: no more",
            short: "A silence", priority: 3, screens: [.alerts]),
        KeyBinding(
            keys: [.character(" ")], label: "Space", intent: .mark, section: .act,
            meaning: "mark this worker or app, or take the mark away: r and R are then about all that is marked",
            short: "Space mark", priority: 9, screens: sorted.subtracting([.fleet, .events])),
        KeyBinding(
            keys: [.character("U")], label: "U", intent: .unmark, section: .act, meaning: "take all marks away",
            screens: sorted),
        KeyBinding(
            keys: [.character("r")], label: "r", intent: .restart, section: .act,
            meaning: "restart this worker, or all that are marked (asks first)", short: "r restart", priority: 2,
            screens: [.host, .worker, .workers, .alerts]),
        KeyBinding(
            keys: [.character("R")], label: "R", intent: .roll, section: .act,
            meaning:
                "roll the app: all its workers, one after the other; or the apps of all that is marked (asks first)",
            short: "R roll", priority: 3,
            screens: [.host, .app, .worker, .apps, .workers, .rolls, .alerts]),
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
            keys: [.character("c")], label: "c", intent: .copy, section: .program,
            meaning: "copy the name of what the cursor is on, as web-1/api#2 pid 4711 (OSC 52); in a dialog all of it"),
        KeyBinding(
            keys: [.control("l")], label: "C-l", intent: .redraw, section: .program, meaning: "draw everything anew"),
        KeyBinding(
            keys: [.character("q"), .function(10), .control("c")], label: "q F10 C-c", intent: .quit,
            section: .program, meaning: "quit", short: "q quit", priority: 8),
    ]

    static let usual = KeyTable(bindings: bindings)

    var bindings: [KeyBinding]

    func intent(of key: Key, on screen: ScreenKind) -> Intent? {
        bindings.first { $0.screens.contains(screen) && $0.keys.contains(key) }?.intent
    }

    /// The key line: the most needed keys that fit in `columns`, whole, in table order.
    /// `words` are what some keys mean just now, instead of what they mean in general.
    func line(
        for screen: ScreenKind, columns: Int, without hidden: Set<Intent> = [], words: [Intent: String] = [:]
    ) -> [KeyLineItem] {
        var shown = bindings.filter { $0.short != nil && $0.screens.contains(screen) && !hidden.contains($0.intent) }
        func items() -> [KeyLineItem] { shown.compactMap { $0.item(words[$0.intent] ?? $0.short) } }
        while items().text.utf8.count > columns,
            let last = shown.indices.max(by: { shown[$0].priority < shown[$1].priority })
        {
            shown.remove(at: last)
        }
        return items()
    }
}

/// A key and what it does, in the key line.
struct KeyLineItem: Hashable, Sendable {
    var text: String
    var key: Key
}

extension [KeyLineItem] {
    /// As they are drawn.
    var text: String { map(\.text).joined(separator: "  ") }
}

extension KeyBinding {
    /// "r restart" with the key that it has.
    fileprivate func item(_ text: String?) -> KeyLineItem? {
        guard let text, let key = keys.first else { return nil }
        guard isChanged else { return KeyLineItem(text: text, key: key) }
        guard let space = text.firstIndex(of: " ") else { return nil }
        return KeyLineItem(text: key.name + text[space...], key: key)
    }
}
