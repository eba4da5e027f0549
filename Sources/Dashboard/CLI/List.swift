import ArgumentParser
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
        case table, wide, json, jsonl
    }

    @Argument(help: "hosts, apps or workers.")
    var kind: Listing.Kind = .hosts

    @Option(name: .shortAndLong, help: "table, wide, json or jsonl.")
    var output: Format = .table

    @Option(
        name: .customShort("l"),
        help: ArgumentHelp(
            "Only what matches: HOST/APP#SLOT, HOST/APP, HOST/PID or host=web-*,app=api,slot=2,pid=123.",
            valueName: "selector"))
    var selector: String?

    @Option(help: ArgumentHelp("How long to wait for hosts.", valueName: "time"))
    var timeout = TimeLimit(seconds: 5)

    @Flag(help: "Keep trying hosts that cannot be reached until the time is over.")
    var retry = false

    @Flag(help: "Exit with 3 when any host is missing.")
    var strict = false

    @Option(
        name: .customLong("host"),
        help: ArgumentHelp("Enrolled name or HOST[:PORT] (repeatable); default: all.", valueName: "host"))
    var hosts: [String] = []

    @OptionGroup var options: HostOptions

    mutating func run() throws {
        let selector = try Selector(option: selector)
        let (targets, identity) = try options.fleet(named: hosts)
        let session = try FleetSession(targets, identity: identity)
        let gathering = session.gather(
            Listing.interest(kind, selector: selector), snapshots: 2, retries: retry, limit: timeout.duration)
        let listing = Listing(kind, of: gathering, selector: selector, now: Clocks.monotonic(), wall: Clocks.wall())
        Output.data(try text(of: listing))
        if let sentence = listing.missingSentence { Output.note(sentence) }
        let status = status(of: listing, answered: !gathering.answering.isEmpty, selects: self.selector != nil)
        if status != .done { throw ExitCode(status.rawValue) }
    }

    private func text(of listing: Listing) throws -> String {
        switch output {
        case .table: return listing.table(wide: false).text
        case .wide: return listing.table(wide: true).text
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

extension Listing.Kind: ExpressibleByArgument {}

extension Selector {
    /// Everything when nothing is given; a wrong one ends the command.
    init(option text: String?) throws {
        guard let text else {
            self.init()
            return
        }
        do throws(Problem) { try self.init(parsing: text) } catch { throw Output.failure(.usage, error.sentence) }
    }
}

extension ListingDocument {
    /// One line for each app or worker and one for each host without them, so that a missing host is seen.
    func lines() throws -> String {
        var text = ""
        if apps == nil, workers == nil {
            for host in hosts { text += try line("host", host) }
        } else {
            for host in hosts where host.error != nil { text += try line("host", host) }
        }
        for app in apps ?? [] { text += try line("app", app) }
        for worker in workers ?? [] { text += try line("worker", worker) }
        return text
    }

    private func line(_ kind: String, _ record: some Encodable) throws -> String {
        try JSONText.encode(ListingLine(kind: kind, content: record), pretty: false)
    }
}
