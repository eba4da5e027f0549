import ArgumentParser
import Console
import Model

/// `looptop history FILTER --metric lag99`: numbers of the past, for scripts and spreadsheets.
struct ShowHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Print numbers of the past, as agents keep them or a recording holds them.",
        discussion: """
            One line for each step and host, app or worker that matches. Within a step CPU and the like are of all of it, and \
            lag is its worst. Agents keep a quarter of an hour as it was and a day in steps of 15 s. A step in which nothing \
            was sampled has no line.

            looptop history web-17/api --metric lag99,cpu --since 1h --step 1m -o csv
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json, jsonl
    }

    @Argument(
        help: ArgumentHelp(
            "What matches: HOST/APP#SLOT, HOST/APP, or terms such as app=api lag99>100ms (asked at each step).",
            valueName: "filter"))
    var filter: String?

    @Option(help: ArgumentHelp("hosts, apps or workers.", valueName: "kind"))
    var of: Listing.Kind = .workers

    @Option(help: ArgumentHelp("The columns, by their keys; as of looptop ls --columns.", valueName: "key,..."))
    var metric: String

    @Option(help: ArgumentHelp("How much time a line stands for.", valueName: "time"))
    var step = TimeLimit(seconds: 15)

    @Option(name: .shortAndLong, help: "table, csv, json or jsonl.")
    var output: Format = .table

    @OptionGroup var past: PastOptions

    mutating func run() throws {
        let filter = try Filter(option: filter)
        let keys = metric.split(separator: ",").map(String.init)
        try of.check(keys)
        guard step.duration >= .seconds(1) else { throw Output.failure(.usage, "--step is 1s at least") }
        let (recording, times, isComplete) = try past.recording()
        guard (times.upperBound - times.lowerBound).seconds / step.duration.seconds <= 100_000 else {
            throw Output.failure(.usage, "that is more than 100,000 steps: make --step longer")
        }
        let found =
            switch of {
            case .hosts: try print(HostSubject.self, keys, recording, times) { $0.hosts.filter { filter.matches($0) } }
            case .apps: try print(AppSubject.self, keys, recording, times) { $0.parts.filter { filter.matches($0) } }
            case .workers:
                try print(WorkerSubject.self, keys, recording, times) { $0.workers.filter { filter.matches($0) } }
            }
        guard found else { throw Output.failure(.nothingMatched, "nothing matched in that time") }
        if !isComplete { throw ExitCode(CommandStatus.failed.rawValue) }
    }

    /// Whether there was anything to print.
    private func print<Subject: ListedRow>(
        _ kind: Subject.Type, _ keys: [String], _ recording: Recording, _ times: ClosedRange<MonotonicInstant>,
        _ rows: (FleetRows) -> [Subject]
    ) throws -> Bool {
        var lines = HistoryLines<Subject>(columns: Subject.listed(keys, wide: false))
        if output == .csv { Output.data(lines.head) }
        let detail: RecordedPiece.Detail = of == .workers ? .workers : of == .apps ? .groups : .host
        var hosts = recording.hosts.map { SteppedHost($0, over: times, step: step.duration, detail) }
        while true {
            var shown: [FleetHost] = []
            var end: MonotonicInstant?
            for number in hosts.indices {
                guard let (at, host) = hosts[number].next(recording.hosts[number]) else { continue }
                end = at
                if let host { shown.append(host) }
            }
            guard let end else { break }
            let wall = SteadyClock.wall(end)
            let fleet = Fleet(hosts: shown)
            for row in rows(FleetRows(fleet: fleet, scope: FleetTabs.Scope(), now: end, wall: wall)) {
                switch output {
                case .table: lines.add(row, at: wall)
                case .csv: Output.data(lines.csv(row, at: wall))
                case .json: lines.keep(row, at: wall)
                case .jsonl: Output.data(try lines.json(row, at: wall))
                }
            }
        }
        if output == .table, lines.count > 0 { Output.data(lines.table.text) }
        if output == .json { Output.data(try lines.document(times, step: step.duration)) }
        return lines.count > 0
    }
}

extension FleetRows {
    /// Of each host for itself.
    fileprivate var parts: [AppSubject] { hosts.flatMap(\.apps) }
}

/// Lines of one kind of rows.
private struct HistoryLines<Subject: ListedRow> {
    private let columns: [ListedColumn<Subject>]
    private(set) var table: TextTable
    private(set) var count = 0
    private var kept: [HistoryRecord] = []

    init(columns: [ListedColumn<Subject>]) {
        self.columns = columns
        table = TextTable(
            [.left("TIME"), .left(SafeText(Self.word.uppercased()))]
                + columns.map { TextTable.Heading(title: $0.heading, alignment: $0.alignment) })
    }

    private static var word: String {
        Subject.self == HostSubject.self ? "host" : Subject.self == AppSubject.self ? "app" : "worker"
    }

    var head: String { (["time", Self.word] + columns.map(\.key)).joined(separator: ",") + "\n" }

    mutating func add(_ row: Subject, at wall: WallTime) {
        count += 1
        let ink = Ink(glyphs: .ascii, now: MonotonicInstant(nanoseconds: 0), wall: wall)
        table.add([SafeText(rfc3339(wall)), SafeText(row.path)] + columns.map { $0.text(row, ink) })
    }

    mutating func csv(_ row: Subject, at wall: WallTime) -> String {
        count += 1
        let values = columns.map { $0.value(row).csv }
        return ([rfc3339(wall), FilterValue.texts([row.path]).csv] + values).joined(separator: ",") + "\n"
    }

    mutating func json(_ row: Subject, at wall: WallTime) throws -> String {
        count += 1
        let line = ListingLine(kind: Self.word, time: nil, content: record(row, at: wall))
        return try JSONText.encode(line, pretty: false)
    }

    /// For `document`.
    mutating func keep(_ row: Subject, at wall: WallTime) {
        count += 1
        kept.append(record(row, at: wall))
    }

    func document(_ times: ClosedRange<MonotonicInstant>, step: Duration) throws -> String {
        try JSONText.encode(
            HistoryDocument(
                record: Self.word, since: rfc3339(SteadyClock.wall(times.lowerBound)),
                until: rfc3339(SteadyClock.wall(times.upperBound)), stepSeconds: step.seconds, lines: kept),
            pretty: true)
    }

    private func record(_ row: Subject, at wall: WallTime) -> HistoryRecord {
        let values = Dictionary(columns.map { ($0.key, ValueRecord($0.value(row))) }) { first, _ in first }
        return HistoryRecord(time: rfc3339(wall), path: SafeText(row.path).string, values: values)
    }
}

private struct HistoryDocument: Encodable {
    let schema = ListingDocument.schema
    let kind = "history"
    /// What each line is about: host, app or worker.
    let record: String
    let since: String
    let until: String
    let stepSeconds: Double
    let lines: [HistoryRecord]
}

private struct HistoryRecord: Encodable {
    /// The end of the step.
    let time: String
    let path: String
    let values: [String: ValueRecord]
}
