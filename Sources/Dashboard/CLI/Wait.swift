import ArgumentParser
import Console
import Model

/// `looptop wait`: until a condition holds, for scripts.
struct Wait: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Wait until a condition holds of hosts, apps or workers.",
        discussion: """
            looptop wait app=api --for state=ok
            looptop wait 'app=api lag99!=-' --for 'lag99<50ms' --timeout 5m

            The filter says which rows, without bare words; all of them have to hold, and every host that may have one \
            has to answer. What is not known does not hold. Rows may appear while it waits. It goes by apps where \
            filter or condition speak of apps, by workers where they speak of workers, else by hosts.

            Exit codes: 0 it holds; when the time is over: 2 it is known not to hold, 124 it is not known whether it \
            holds, 3 a host that is needed does not answer or is stale, 4 nothing matched.
            """)

    @Argument(help: ArgumentHelp("Which rows: HOST/APP#SLOT, HOST/APP, or terms such as app=api.", valueName: "filter"))
    var filter: String

    @Option(name: .customLong("for"), help: ArgumentHelp("What has to hold of each.", valueName: "condition"))
    var condition: String

    @Flag(help: "One row of which it holds is enough.")
    var any = false

    @Option(help: ArgumentHelp("hosts, apps or workers; default: as filter and condition say.", valueName: "kind"))
    var of: Listing.Kind?

    @Option(help: ArgumentHelp("How long to wait.", valueName: "time"))
    var timeout = TimeLimit(seconds: 120)

    @OptionGroup var hosts: NamedHostOptions

    mutating func run() throws {
        let (filter, condition) = (try Filter(target: filter), try Filter(target: condition))
        let kind = of ?? .meant(by: [filter, condition])
        try kind.check(condition.keys.sorted())
        let (targets, membership) = try hosts.fleet()
        let session = try FleetSession(targets, membership: membership)
        let end = Clocks.monotonic() + timeout.duration
        var gathering = session.gather(
            Listing.interest(kind, filter: filter), snapshots: 2, retries: false, limit: timeout.duration)
        while true {
            let now = Clocks.monotonic()
            let listing = Listing(kind, of: gathering, filter: filter, now: now, wall: Clocks.wall())
            let rows = listing.judged
            let seen = Set(rows.map(\.host))
            let silent = listing.silent(rows)
            let finding = WaitFinding(
                rows.map { condition.holds($0) }, isAny: any,
                unseen: silent.contains { !seen.contains($0) }, isSilent: !silent.isEmpty)
            if finding == .holds || now >= end {
                return try finish(finding, listing, rows, silent, condition)
            }
            // Often enough for who waits, and no more than a large fleet can be looked through.
            session.follow(&gathering, until: min(now + .milliseconds(250), end))
        }
    }

    private static let mostNamed = 10

    private func finish(
        _ finding: WaitFinding, _ listing: Listing, _ rows: [JudgedRow], _ silent: [Int], _ condition: Filter
    ) throws {
        guard finding != .holds else {
            for row in rows where condition.holds(row) == true {
                Output.data(SafeText("\(row.path): \(row.text(of: condition.keys))").string + "\n")
            }
            return
        }
        let others = rows.filter { condition.holds($0) != true }
        for row in others.prefix(Self.mostNamed) { Output.note("\(row.path): \(row.text(of: condition.keys))") }
        if others.count > Self.mostNamed { Output.note("and \(others.count - Self.mostNamed) more") }
        let after = "after \(timeout.defaultValueDescription)"
        switch finding {
        case .nothing: Output.note("nothing matched \(filter) \(after)")
        case .silent: Output.note("not answering \(after): \(listing.silence(of: silent))")
        case .untold: Output.note("\(after) it is not known whether \(condition.text) holds")
        case .fails, .holds: Output.note("\(condition.text) does not hold \(after)")
        }
        throw ExitCode(finding.status.rawValue)
    }
}
