import ArgumentParser
import Console
import Model

/// `looptop watch`: what there is, and then what changes, as `kubectl get --watch`.
struct WatchChanges: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print workers, apps or hosts, and then each change of them.",
        discussion: """
            First a line for each row that there is, then one for each that is added, changes in one of the columns of \
            --on, or is removed; with a filter also for what matches by now, and what does not any more. A worker that \
            was replaced in its slot has changed. Rows of a host that says nothing are neither changed nor removed \
            until it is heard of again. Ctrl-C ends it.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, jsonl }

    @Argument(help: "hosts, apps or workers; which hosts to ask says --host.")
    var kind: Listing.Kind = .workers

    @Option(name: .customShort("l"), help: ArgumentHelp("Only what matches, as of ls.", valueName: "filter"))
    var filter: String?

    @Option(
        help: ArgumentHelp(
            "Columns whose text counts, by their keys. Default: state, of workers also pid, of apps also workers.",
            valueName: "key,..."))
    var on: String?

    @Option(name: .shortAndLong, help: "table or jsonl.")
    var output: Format = .table

    @Option(name: .customLong("for"), help: ArgumentHelp("Stop after so long.", valueName: "time"))
    var length: TimeLimit?

    @Option(help: ArgumentHelp("How long to wait for hosts before the first lines.", valueName: "time"))
    var timeout = TimeLimit(seconds: 5)

    @OptionGroup var hosts: NamedHostOptions

    /// From one look to the next: agents tell their numbers once a second.
    private static let distance = Duration.seconds(1)

    mutating func run() throws {
        let filter = try Filter(option: filter)
        let keys = on?.split(separator: ",").map(String.init) ?? kind.watchedKeys
        try kind.check(keys)
        let (targets, membership) = try hosts.fleet()
        let session = try FleetSession(targets, membership: membership)
        var gathering = session.gather(
            Listing.interest(kind, filter: filter), snapshots: 2, retries: false, limit: timeout.duration)
        let end = length.map { Clocks.monotonic() + $0.duration }
        var changes = RowChanges(of: keys)
        var silence = SilenceNote()
        while true {
            let now = Clocks.monotonic()
            let listing = Listing(kind, of: gathering, filter: filter, now: now, wall: Clocks.wall())
            for change in changes.take(listing.judged, silent: Set(listing.missing + listing.nameless)) {
                Output.data(try line(change, at: listing.wall))
            }
            silence.tell(of: listing)
            if let end, now >= end { return }
            session.follow(&gathering, until: min(now + Self.distance, end ?? now + Self.distance))
        }
    }

    private func line(_ change: RowChanges.Change, at wall: WallTime) throws -> String {
        let path = SafeText(change.path).string
        guard output == .jsonl else {
            let was = change.was.map { "; was \($0)" } ?? ""
            let word = SafeText(change.kind.rawValue).padded(to: 8).string
            return "\(rfc3339(wall))  \(word)  \(path)  \(SafeText(change.text + was).string)\n"
        }
        let record = ChangeRecord(
            change: change.kind.rawValue, path: path, values: change.values.mapValues { ValueRecord($0) })
        return try JSONText.encode(
            ListingLine(kind: "\(kind.rawValue.dropLast())", time: rfc3339(wall), content: record), pretty: false)
    }

    private struct ChangeRecord: Encodable {
        let change: String
        let path: String
        let values: [String: ValueRecord]
    }
}

extension Listing.Kind {
    fileprivate var watchedKeys: [String] {
        switch self {
        case .hosts: ["state"]
        case .apps: ["state", "workers"]
        case .workers: ["state", "pid"]
        }
    }
}
