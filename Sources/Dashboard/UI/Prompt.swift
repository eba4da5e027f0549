import Model

/// The line behind `:`: commands by their names, with what they are about completed from the fleet.
struct Prompt: Sendable {
    /// Longer lines are cut.
    static let longest = 200

    private(set) var text = ""
    /// What could stand at the end of the text.
    private(set) var candidates: [Candidate] = []
    /// The candidate that the arrows lead to.
    private(set) var chosen: Int?

    struct Candidate: Hashable, Sendable {
        /// The whole line with it.
        let line: String
        let meaning: String
    }

    /// What the list on the screen can be sorted by.
    let columns: [String]
    /// How its columns can be changed: `+load`, `-exits`.
    let changes: [String]

    init(_ fleet: Fleet, columns: [String], changes: [String] = []) {
        self.columns = columns
        self.changes = changes
        complete(fleet)
    }

    mutating func type(_ more: String, _ fleet: Fleet) {
        text = String((text + more).prefix(Self.longest))
        complete(fleet)
    }

    /// `false` where nothing is left to take away.
    mutating func erase(_ fleet: Fleet) -> Bool {
        guard !text.isEmpty else { return false }
        text.removeLast()
        complete(fleet)
        return true
    }

    mutating func clear(_ fleet: Fleet) {
        text = ""
        complete(fleet)
    }

    mutating func move(_ step: Int) {
        guard !candidates.isEmpty else { return }
        chosen = ((chosen ?? (step > 0 ? -1 : 0)) + step + candidates.count) % candidates.count
    }

    /// Takes the chosen one, or the first.
    mutating func take(_ fleet: Fleet) {
        guard let candidate = chosen.map({ candidates[$0] }) ?? candidates.first else { return }
        text = candidate.line
        complete(fleet)
    }

    /// What Enter runs: what the arrows chose, else what is typed.
    var line: String { chosen.map { candidates[$0].line } ?? text }

    private mutating func complete(_ fleet: Fleet) {
        candidates = PromptCommand.candidates(text, fleet, columns: columns, changes: changes)
        chosen = nil
    }
}

/// A command of the prompt.
enum PromptCommand: Hashable, Sendable {
    case show(FleetTabs.Tab)
    case host(Int)
    case app(String)
    /// Of one host, by its group's key.
    case appOn(host: Int, key: String)
    case worker(host: Int, WorkerID)
    case agent(Int)
    case sort(String)
    case columns([ColumnChange])
    case filter(String)
    case mark(Filter)
    case bulk
    /// As it was typed.
    case time(String)
    case set(Setting)
    case intent(Intent)

    /// Why a line is no command.
    struct Problem: Error, Hashable { let sentence: String }

    private static let plain: [(name: String, command: PromptCommand, meaning: String)] =
        FleetTabs.Tab.allCases.map { ($0.word, .show($0), "all \($0.word)") } + [
            ("problems", .intent(.problems), "only what is not OK, or all again"),
            ("restart", .intent(.restart), "restart the worker under the cursor (asks first)"),
            ("roll", .intent(.roll), "roll the app under the cursor (asks first)"),
            ("actions", .intent(.actions), "all that can be done to what is under the cursor"),
            ("log", .intent(.log), "what the worker or app under the cursor writes"),
            ("copy", .intent(.copy), "copy the name of what is under the cursor"),
            ("heatmap", .intent(.nextView), "lag, CPU or memory of all hosts, a cell each; or none"),
            ("compare", .intent(.compare), "compare marked workers on one chart"),
            ("unmark", .intent(.unmark), "take all marks away"),
            ("bulk", .bulk, "how what was done to all marked ones goes"),
            ("ack", .intent(.acknowledge), "acknowledge the alert under the cursor"),
            ("silence", .intent(.silence), "silence the alert under the cursor for an hour"),
            ("reconnect", .intent(.reconnect), "connect again now"),
            ("hold", .intent(.hold), "hold the order of rows, then pause, then live"),
            ("live", .intent(.live), "back to what is now"),
            ("help", .intent(.help), "keys, columns, states"),
            ("quit", .intent(.quit), "quit"),
        ]

    private static let taking: [(name: String, meaning: String)] = [
        ("host", "open a host"), ("agent", "a host's agent: its cost, what it may not read"),
        ("app", "open an app, or its workers where it is on several hosts: APP, HOST/APP"),
        ("worker", "open a worker: HOST/APP#SLOT"), ("sort", "sort by a column"),
        ("columns", "show and hide columns: +load@2 -exits; nothing: as usual"),
        ("filter", "show only some rows: app=api lag99>100ms"),
        ("mark", "mark workers: app=api lag99>100ms"),
        ("time", "go to a time: \(TimeText.forms)"),
        ("set", "until the dashboard ends: mouse on, mouse off"),
    ]

    init(_ line: String, _ fleet: Fleet, columns: [String]) throws(Problem) {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard let name = words.first else { throw Problem(sentence: "type a command; Tab completes it") }
        let argument = words.count > 1 ? words[1] : ""
        if let plain = Self.plain.first(where: { $0.name == name }) {
            guard argument.isEmpty else { throw Problem(sentence: "\(name) stands alone") }
            self = plain.command
            return
        }
        switch name {
        case "q": self = .intent(.quit)
        case "agent" where argument.isEmpty: self = .intent(.agent)
        case "host", "agent":
            guard let number = fleet.hosts.firstIndex(where: { $0.names.contains(argument) }) else {
                throw Problem(sentence: "there is no host \"\(argument)\"")
            }
            self = name == "host" ? .host(number) : .agent(number)
        case "app":
            if fleet.hosts.contains(where: { $0.groups.contains { $0.info.app == argument } }) {
                self = .app(argument)
            } else if let app = try Self.app(argument, fleet) {
                self = app
            } else {
                throw Problem(sentence: "no app \"\(argument)\" is known; write APP or HOST/APP, or 2 for all")
            }
        case "worker":
            guard let worker = try Self.worker(argument, fleet) else {
                throw Problem(sentence: "no worker \"\(argument)\" is known; write HOST/APP#SLOT, or 3 for all")
            }
            self = worker
        case "sort":
            guard columns.contains(argument) else {
                let what = "there is no column \"\(argument)\" here"
                throw Problem(sentence: NearestWord.advice(what, for: argument, among: columns))
            }
            self = .sort(argument)
        case "columns":
            var changes: [ColumnChange] = []
            for word in argument.split(separator: " ") {
                guard let change = ColumnChange(String(word)) else {
                    throw Problem(sentence: "\(word): write +column, -column or column@PLACE, such as lag@2")
                }
                changes.append(change)
            }
            self = .columns(changes)
        case "filter", "mark":
            do throws(FilterProblem) {
                let filter = try Filter(parsing: argument)
                self = name == "mark" ? .mark(filter) : .filter(argument)
            } catch {
                throw Problem(sentence: error.sentence)
            }
        case "time": self = .time(argument)
        case "set":
            guard let setting = Setting(argument) else {
                throw Problem(sentence: "write: set \(Setting.all.map(\.text).joined(separator: ", set "))")
            }
            self = .set(setting)
        default:
            let names = Self.plain.map(\.name) + Self.taking.map(\.name)
            throw Problem(sentence: NearestWord.advice("there is no command \"\(name)\"", for: name, among: names))
        }
    }

    private static func app(_ path: String, _ fleet: Fleet) throws(Problem) -> PromptCommand? {
        try only(path, fleet) { number, host, name in
            host.groups.filter { $0.info.app == name }.map { .appOn(host: number, key: $0.info.key) }
        }
    }

    private static func worker(_ path: String, _ fleet: Fleet) throws(Problem) -> PromptCommand? {
        try only(path, fleet) { number, host, label in
            let living = host.workers.values.filter {
                $0.end == nil && (host.label(of: $0.info.id) == label || "\($0.info.id.pid)" == label)
            }
            // Of one that is on its way out and its successor the later one.
            return Dictionary(grouping: living, by: \.info.groupKey).values
                .compactMap { $0.map(\.info.id).max { $0.startTicks < $1.startTicks } }
                .map { .worker(host: number, $0) }
        }
    }

    /// Of the hosts that `HOST/...` may begin with, what the first one has by the rest. Names may hold slashes themselves.
    private static func only(
        _ path: String, _ fleet: Fleet, _ find: (_ number: Int, FleetHost, _ rest: Substring) -> [PromptCommand]
    ) throws(Problem) -> PromptCommand? {
        for (number, host) in fleet.hosts.enumerated() where path.hasPrefix(host.name + "/") {
            let found = find(number, host, path.dropFirst(host.name.count + 1))
            guard found.count < 2 else {
                let advice = "write \(host.name)/PID, or host \(host.name) and choose one there"
                throw Problem(sentence: "\(found.count) go by the name \(path): \(advice)")
            }
            if let one = found.first { return one }
        }
        return nil
    }

    /// At most so many are offered.
    static let offered = 10

    static func candidates(
        _ text: String, _ fleet: Fleet, columns: [String], changes: [String]
    ) -> [Prompt.Candidate] {
        guard let space = text.firstIndex(of: " ") else {
            let names = plain.map { ($0.name, $0.meaning) } + taking.map { ($0.name + " ", $0.meaning) }
            return best(names, for: text) { $0 }
        }
        let name = String(text[..<space])
        let argument = String(text[text.index(after: space)...])
        if name == "columns" {
            // Each word is completed for itself.
            let last = argument.split(separator: " ", omittingEmptySubsequences: false).last.map(String.init) ?? ""
            let before = text.dropLast(last.count)
            return best(changes.map { ($0, "") }, for: last) { before + $0 }
        }
        return best(arguments(of: name, fleet, columns), for: argument) { name + " " + $0 }
    }

    private static func arguments(
        of name: String, _ fleet: Fleet, _ columns: [String]
    ) -> [(String, String)] {
        switch name {
        case "host", "agent": fleet.hosts.map { ($0.name, $0.state.word) }
        case "app":
            Dictionary(grouping: fleet.hosts.flatMap { $0.groups.map(\.info.app) }) { $0 }
                .map { ($0.key, $0.value.count == 1 ? "on 1 host" : "on \($0.value.count) hosts") }
                .sorted { $0.0 < $1.0 }
        case "worker":
            fleet.hosts.flatMap { host in
                let living = host.workers.values.filter { $0.end == nil }.sorted { $0.info.id < $1.info.id }
                let labels = living.map { host.label(of: $0.info.id) }
                let counts = Dictionary(labels.map { ($0, 1) }, uniquingKeysWith: +)
                return zip(living, labels).map { track, label in
                    let pid = track.info.id.pid
                    // What several go by names none of them.
                    return counts[label] == 1
                        ? ("\(host.name)/\(label)", "pid \(pid)") : ("\(host.name)/\(pid)", "\(label)")
                }
            }
        case "sort": columns.map { ($0, "") }
        case "set": Setting.all.map { ($0.text, $0.meaning) }
        case "filter", "mark": RowFilterKeys.all.map { ($0.id, "") }
        default: []
        }
    }

    /// Those that begin with the text before those that only have it in them.
    private static func best(
        _ all: [(text: String, meaning: String)], for text: String, line: (String) -> String
    ) -> [Prompt.Candidate] {
        let wanted = text.lowercased()
        let first = all.filter { $0.text.lowercased().hasPrefix(wanted) }
        let then = all.filter { !$0.text.lowercased().hasPrefix(wanted) && $0.text.lowercased().contains(wanted) }
        return (first + then).prefix(offered).map { Prompt.Candidate(line: line($0.text), meaning: $0.meaning) }
    }
}
