import ArgumentParser
import Model

/// `looptop top`: `ls` again and again, as `top -b`.
struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print hosts, apps or workers again and again, the worst first.",
        discussion: """
            For pipes and logs, as top -b: the connections stay open, every round is printed whole, and nothing is \
            drawn. Agents tell their numbers once a second; more often brings the same again. Ctrl-C ends it. What the \
            columns mean is in the help of ls.

            With -n it ends like ls, by what the last round had: 3 when no host answered, 4 when nothing matched.
            """)

    @Argument(help: "hosts, apps or workers; which hosts to ask says --host.")
    var kind: Listing.Kind = .workers

    @Option(
        name: [.customShort("n"), .customLong("rounds")],
        help: ArgumentHelp("End after so many rounds; default: never.", valueName: "count"))
    var count: Int?

    @Option(name: .shortAndLong, help: ArgumentHelp("From one round to the next.", valueName: "time"))
    var delay = TimeLimit(seconds: 2)

    @Option(help: ArgumentHelp("The column that rows are sorted by, worst first.", valueName: "key"))
    var sort = "lag99"

    @Option(help: ArgumentHelp("At most so many rows a round.", valueName: "rows"))
    var limit: Int?

    @Option(name: .customShort("l"), help: ArgumentHelp("Only what matches, as of ls.", valueName: "filter"))
    var filter: String?

    @Option(name: .shortAndLong, help: "table, wide, jsonl or csv; the last two say in each line when.")
    var output: TopText.Format = .table

    @Option(help: ArgumentHelp("The columns of tables and csv, by their keys.", valueName: "key,..."))
    var columns: String?

    @Option(help: ArgumentHelp("How long to wait for hosts before the first round.", valueName: "time"))
    var timeout = TimeLimit(seconds: 5)

    @OptionGroup var hosts: NamedHostOptions

    func validate() throws {
        for number in [count, limit].compactMap({ $0 }) where number < 1 {
            throw ValidationError("\(number) is not 1 or more")
        }
    }

    mutating func run() throws {
        let filter = try Filter(option: filter)
        let keys = columns?.split(separator: ",").map(String.init)
        try kind.check((keys ?? []) + [sort])
        if output == .jsonl, columns != nil { throw Output.failure(.usage, "--columns is of tables and csv") }
        let (targets, membership) = try hosts.fleet()
        let session = try FleetSession(targets, membership: membership)
        var gathering = session.gather(
            Listing.interest(kind, filter: filter), snapshots: 2, retries: false, limit: timeout.duration)
        var text = TopText(output, columns: keys, order: sort, limit: limit)
        var rounds = Rounds(every: delay.duration, from: Clocks.monotonic())
        var silence = SilenceNote()
        var done = 0
        while true {
            let listing = Listing(kind, of: gathering, filter: filter, now: Clocks.monotonic(), wall: Clocks.wall())
            Output.data(try text.round(of: listing))
            silence.tell(of: listing)
            done += 1
            if done == count {
                let status = Self.status(of: listing, answered: !gathering.answering.isEmpty, filter: filter)
                if status != .done { throw ExitCode(status.rawValue) }
                return
            }
            session.follow(&gathering, until: rounds.next)
            rounds.advance(now: Clocks.monotonic())
        }
    }

    private static func status(of listing: Listing, answered: Bool, filter: Filter) -> CommandStatus {
        if !answered { return .unreachable }
        guard filter.tree != nil, listing.isEmpty else { return .done }
        return listing.unanswered.isEmpty ? .nothingMatched : .unreachable
    }
}

extension TopText.Format: ExpressibleByArgument {}
