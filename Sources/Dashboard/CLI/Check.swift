import ArgumentParser
import Console
import Model

/// `looptop check`: a plug-in for monitoring systems (Nagios, Icinga and others).
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judge hosts, apps or workers in one line, as monitoring plug-ins do.",
        discussion: """
            looptop check 'app=api lag99!=-' --warn 'lag99>100ms' --crit 'lag99>250ms'

            Prints LOOPTOP OK, WARNING, CRITICAL or UNKNOWN, a sentence and performance data; exit codes 0, 1, 2, 3. \
            The worst row decides. What is not known is UNKNOWN and never OK, and so is a filter that matches nothing; \
            lag99!=- in the filter leaves out what has no such number.

            A host that is needed and does not answer, or is stale, is CRITICAL: it cannot be told from one that is \
            down, and the convention keeps UNKNOWN for what is wrong with the check itself. --unreachable changes that.
            """)

    @Argument(help: ArgumentHelp("Which rows: HOST/APP#SLOT, HOST/APP, or terms such as app=api.", valueName: "filter"))
    var filter: String

    @Option(help: ArgumentHelp("A row of which this holds is WARNING.", valueName: "condition"))
    var warn: String?

    @Option(help: ArgumentHelp("A row of which this holds is CRITICAL.", valueName: "condition"))
    var crit: String?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Look for so long, once a second; only what holds every time counts.", valueName: "time"))
    var hold: TimeLimit?

    @Option(help: ArgumentHelp("What a silent host is: ok, unknown, warning or critical.", valueName: "level"))
    var unreachable = CheckLevel.critical

    @Option(help: ArgumentHelp("hosts, apps or workers; default: as filter and conditions say.", valueName: "kind"))
    var of: Listing.Kind?

    @Option(help: ArgumentHelp("How long to wait for hosts.", valueName: "time"))
    var timeout = TimeLimit(seconds: 5)

    @OptionGroup var hosts: NamedHostOptions

    mutating func run() throws {
        let result: (level: CheckLevel, line: String)
        do {
            result = try look()
        } catch let error as ExitCode {
            // Why stands on stderr already; a monitoring system reads stdout and knows no codes but its own.
            result = (.unknown, "LOOPTOP UNKNOWN - it could not be checked: \(Self.reason(error)); stderr says more\n")
        }
        Output.data(result.line)
        if result.level != .ok { throw ExitCode(result.level.exitCode) }
    }

    private func look() throws -> (level: CheckLevel, line: String) {
        let rows = try Filter(target: filter)
        let (warn, crit) = (try warn.map { try Filter(target: $0) }, try crit.map { try Filter(target: $0) })
        guard warn != nil || crit != nil else {
            throw Output.failure(.usage, "there is nothing to check: say --warn or --crit")
        }
        let conditions = [warn, crit].compactMap { $0 }
        let kind = of ?? .meant(by: [rows] + conditions)
        try kind.check(conditions.reduce(into: Set<String>()) { $0.formUnion($1.keys) }.sorted())
        let (targets, membership) = try hosts.fleet()
        let session = try FleetSession(targets, membership: membership)
        var gathering = session.gather(
            Listing.interest(kind, filter: rows), snapshots: 2, retries: false, limit: timeout.duration)
        var report = CheckReport(kind, warn: warn, crit: crit)
        let end = Clocks.monotonic() + (hold?.duration ?? .zero)
        while true {
            let now = Clocks.monotonic()
            let listing = Listing(kind, of: gathering, filter: rows, now: now, wall: Clocks.wall())
            let judged = listing.judged
            report.look(judged)
            if now >= end {
                let silent = listing.silent(judged)
                return report.result(
                    silence: silent.isEmpty ? nil : listing.silence(of: silent), unreachable: unreachable)
            }
            session.follow(&gathering, until: min(now + .seconds(1), end))
        }
    }

    private static func reason(_ error: ExitCode) -> String {
        switch CommandStatus(rawValue: error.rawValue) {
        case .usage: "the command line is wrong"
        case .unavailable: "there is no host to look at"
        case .configuration, .notAllowed, .ioError: "its own files cannot be used"
        default: "exit code \(error.rawValue)"
        }
    }
}

extension CheckLevel: ExpressibleByArgument {
    init?(argument: String) {
        guard let level = Self.allCases.first(where: { $0.word.lowercased() == argument.lowercased() }) else {
            return nil
        }
        self = level
    }

    var defaultValueDescription: String { word.lowercased() }
    static var allValueStrings: [String] { allCases.map { $0.word.lowercased() } }
}
