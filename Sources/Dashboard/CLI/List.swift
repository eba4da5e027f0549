import ArgumentParser
import Console
import Model

/// `looptop ls`: one look at the fleet, for scripts and pipes.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Print hosts, apps or workers once.",
        discussion: """
            Waits until every host has sent two samples, since rates need two, or failed, or the time is over; hosts \
            that are missing are named on stderr.

            CPU is in per cent of all cores for a host, of one core for workers (WCPU: all workers of the host). UTIL \
            is the share of time the event loop was busy. LAG is its longest stretch without a turn in the last second, \
            LAG99 what one event in a hundred waits or more; <= is "at most", >= "at least", + a stall that is not \
            over.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, wide, json, jsonl, yaml, csv, name
    }

    @Argument(help: "hosts, apps or workers; which hosts to ask says --host.")
    var kind: Listing.Kind = .hosts

    @Option(name: .shortAndLong, help: "table, wide, json, jsonl, yaml, csv or name.")
    var output: Format = .table

    @Option(
        name: .customShort("l"),
        help: ArgumentHelp(
            "Only what matches: HOST/APP#SLOT, or terms such as app=api lag99>100ms state!=ok.",
            valueName: "filter"))
    var filter: String?

    @Option(help: ArgumentHelp("The columns of tables and csv, by their keys.", valueName: "key,..."))
    var columns: String?

    @Option(help: ArgumentHelp("The column that tables, csv and names are sorted by, worst first.", valueName: "key"))
    var sort: String?

    @Option(help: ArgumentHelp("How long to wait for hosts.", valueName: "time"))
    var timeout = TimeLimit(seconds: 5)

    @Flag(help: "Keep trying hosts that cannot be reached until the time is over.")
    var retry = false

    @Flag(help: "Exit with 3 when any host is missing.")
    var strict = false

    @OptionGroup var hosts: NamedHostOptions

    mutating func run() throws {
        let filter = try Filter(option: filter)
        try validateKeys()
        let (targets, membership) = try hosts.fleet()
        let session = try FleetSession(targets, membership: membership)
        let gathering = session.gather(
            Listing.interest(kind, filter: filter), snapshots: 2, retries: retry, limit: timeout.duration)
        let listing = Listing(kind, of: gathering, filter: filter, now: Clocks.monotonic(), wall: Clocks.wall())
        Output.data(try text(of: listing))
        if let sentence = listing.missingSentence { Output.note(sentence) }
        let status = status(of: listing, answered: !gathering.answering.isEmpty, selects: filter.tree != nil)
        if status != .done { throw ExitCode(status.rawValue) }
    }

    private var keys: [String]? { columns?.split(separator: ",").map(String.init) }

    /// Documents have all fields always, in an order of their own.
    private func validateKeys() throws {
        try kind.check((keys ?? []) + [sort].compactMap { $0 })
        switch output {
        case .json, .jsonl, .yaml:
            guard columns == nil, sort == nil else {
                throw Output.failure(.usage, "--columns and --sort are of tables, csv and names, not of \(output)")
            }
        case .name where columns != nil: throw Output.failure(.usage, "names have no columns")
        case .table, .wide, .csv, .name: break
        }
    }

    private func text(of listing: Listing) throws -> String {
        switch output {
        case .table: return listing.table(wide: false, columns: keys, sort: sort).text
        case .wide: return listing.table(wide: true, columns: keys, sort: sort).text
        case .csv: return listing.csv(columns: keys, sort: sort)
        case .name: return listing.names(sort: sort)
        case .yaml: return try YAMLText.encode(ListingDocument(listing))
        case .json: return try JSONText.encode(ListingDocument(listing), pretty: true)
        case .jsonl: return try ListingDocument(listing).lines()
        }
    }

    /// A part of the fleet missing is normal and no failure, unless asked for; all of it missing is one.
    private func status(of listing: Listing, answered: Bool, selects: Bool) -> CommandStatus {
        if !answered || strict && !listing.missing.isEmpty { return .unreachable }
        if selects, listing.isEmpty {
            if listing.unanswered.isEmpty { Output.note("nothing matched") }
            return listing.unanswered.isEmpty ? .nothingMatched : .unreachable
        }
        return .done
    }
}

extension Listing.Kind: ExpressibleByArgument {
    /// Of all columns that its listings can have.
    private var columnKeys: [String] {
        switch self {
        case .hosts: HostSubject.listedColumns.map(\.key)
        case .apps: AppSubject.listedColumns.map(\.key)
        case .workers: WorkerSubject.listedColumns.map(\.key)
        }
    }

    /// Ends the command where one of these is no column.
    func check(_ keys: [String]) throws {
        let known = columnKeys
        for key in keys where !known.contains(key) {
            let text = NearestWord.advice("\(rawValue) have no column \"\(key)\"", for: key, among: known)
            throw Output.failure(.usage, text)
        }
    }
}

extension Filter {
    /// Everything when nothing is given; a wrong one ends the command and shows where it is wrong.
    init(option text: String?) throws {
        do throws(FilterProblem) {
            try self.init(parsing: text ?? "")
        } catch {
            Output.note(error.sentence)
            throw Output.failure(.usage, error.underlined(text ?? ""))
        }
    }

    /// Of what a command is to act on: said exactly, and not nothing.
    init(target text: String) throws {
        try self.init(option: text)
        guard tree != nil else { throw Output.failure(.usage, "nothing is named: write HOST/APP#SLOT or app=api") }
        guard isExact else {
            throw Output.failure(
                .usage,
                "a bare word may mean more than you think of: write app=..., host=... or HOST/APP in \"\(text)\"")
        }
    }

    /// Whether one sample of every host is enough to tell.
    var needsNoRates: Bool {
        keys.filter { FilterKey.label(of: $0) == nil }.isSubset(of: [
            "host", "address", "id", "app", "key", "kind", "slot", "pid", "ppid", "uid", "name", "master",
        ])
    }
}

extension FilterProblem {
    /// The text, and a mark under what is wrong.
    func underlined(_ text: String) -> String {
        let lead = SafeText(String(text.prefix(place.lowerBound))).columns
        let marks = max(SafeText(String(text.dropFirst(place.lowerBound).prefix(place.count))).columns, 1)
        return "  \(text)\n  " + String(repeating: " ", count: lead) + String(repeating: "^", count: marks)
    }
}

extension ListingDocument {
    /// One line for each app or worker and one for each host without them, so that a missing host is seen.
    ///
    /// - Parameter timed: whether each says when; of a stream one cannot tell otherwise.
    func lines(timed: Bool = false) throws -> String {
        var text = ""
        func add(_ kind: String, _ record: some Encodable) throws {
            let line = ListingLine(kind: kind, incomplete: incomplete, time: timed ? time : nil, content: record)
            text += try JSONText.encode(line, pretty: false)
        }
        if apps == nil, workers == nil {
            for host in hosts { try add("host", host) }
        } else {
            for host in hosts where host.error != nil { try add("host", host) }
        }
        for app in apps ?? [] { try add("app", app) }
        for worker in workers ?? [] { try add("worker", worker) }
        return text
    }
}
