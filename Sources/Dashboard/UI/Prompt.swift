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

    init(_ fleet: Fleet, columns: [String]) {
        self.columns = columns
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
        candidates = PromptCommand.candidates(text, fleet, columns: columns)
        chosen = nil
    }
}

/// A command of the prompt.
enum PromptCommand: Hashable, Sendable {
    case show(FleetTabs.Tab)
    case host(Int)
    case app(String)
    case worker(host: Int, WorkerID)
    case sort(String)
    case filter(String)
    case intent(Intent)

    /// Why a line is no command.
    struct Problem: Error, Hashable { let sentence: String }

    private static let plain: [(name: String, command: PromptCommand, meaning: String)] =
        FleetTabs.Tab.allCases.map { ($0.word, .show($0), "all \($0.word)") } + [
            ("problems", .intent(.problems), "only what is not OK, or all again"),
            ("restart", .intent(.restart), "restart the worker under the cursor (asks first)"),
            ("roll", .intent(.roll), "roll the app under the cursor (asks first)"),
            ("actions", .intent(.actions), "all that can be done to what is under the cursor"),
            ("reconnect", .intent(.reconnect), "connect again now"),
            ("help", .intent(.help), "keys, columns, states"),
            ("quit", .intent(.quit), "quit"),
        ]

    private static let taking: [(name: String, meaning: String)] = [
        ("host", "open a host"), ("app", "open an app, or its workers where it is on several hosts"),
        ("worker", "open a worker: HOST/APP#SLOT"), ("sort", "sort by a column"),
        ("filter", "show only some rows: app=api lag99>100ms"),
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
        case "host":
            guard let number = fleet.hosts.firstIndex(where: { $0.names.contains(argument) }) else {
                throw Problem(sentence: "there is no host \"\(argument)\"")
            }
            self = .host(number)
        case "app":
            let apps = fleet.hosts.contains { $0.groups.contains { $0.info.app == argument } }
            guard apps else { throw Problem(sentence: "no app \"\(argument)\" is known; 2 lists all") }
            self = .app(argument)
        case "worker":
            guard let worker = Self.worker(argument, fleet) else {
                throw Problem(sentence: "no worker \"\(argument)\" is known; write HOST/APP#SLOT, or 3 for all")
            }
            self = worker
        case "sort":
            guard columns.contains(argument) else {
                let what = "there is no column \"\(argument)\" here"
                throw Problem(sentence: NearestWord.advice(what, for: argument, among: columns))
            }
            self = .sort(argument)
        case "filter":
            do throws(FilterProblem) {
                _ = try Filter(parsing: argument)
                self = .filter(argument)
            } catch {
                throw Problem(sentence: error.sentence)
            }
        default:
            let names = Self.plain.map(\.name) + Self.taking.map(\.name)
            throw Problem(sentence: NearestWord.advice("there is no command \"\(name)\"", for: name, among: names))
        }
    }

    private static func worker(_ path: String, _ fleet: Fleet) -> PromptCommand? {
        for (number, host) in fleet.hosts.enumerated() where path.hasPrefix(host.name + "/") {
            let label = path.dropFirst(host.name.utf8.count + 1)
            let living = host.workers.values.filter { $0.end == nil }.map(\.info.id).sorted()
            if let id = living.first(where: { host.label(of: $0) == label }) { return .worker(host: number, id) }
        }
        return nil
    }

    /// At most so many are offered.
    static let offered = 10

    static func candidates(_ text: String, _ fleet: Fleet, columns: [String]) -> [Prompt.Candidate] {
        guard let space = text.firstIndex(of: " ") else {
            let names = plain.map { ($0.name, $0.meaning) } + taking.map { ($0.name + " ", $0.meaning) }
            return best(names, for: text) { $0 }
        }
        let name = String(text[..<space])
        let argument = String(text[text.index(after: space)...])
        return best(arguments(of: name, fleet, columns), for: argument) { name + " " + $0 }
    }

    private static func arguments(
        of name: String, _ fleet: Fleet, _ columns: [String]
    ) -> [(String, String)] {
        switch name {
        case "host": fleet.hosts.map { ($0.name, $0.state.word) }
        case "app":
            Dictionary(grouping: fleet.hosts.flatMap { $0.groups.map(\.info.app) }) { $0 }
                .map { ($0.key, $0.value.count == 1 ? "on 1 host" : "on \($0.value.count) hosts") }
                .sorted { $0.0 < $1.0 }
        case "worker":
            fleet.hosts.flatMap { host in
                host.workers.values.filter { $0.end == nil }.sorted { $0.info.id < $1.info.id }
                    .map { ("\(host.name)/\(host.label(of: $0.info.id))", "pid \($0.info.id.pid)") }
            }
        case "sort": columns.map { ($0, "") }
        case "filter": RowFilterKeys.all.map { ($0.id, "") }
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
