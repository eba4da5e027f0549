import ArgumentParser
import Console
import Model

/// `looptop events`: what happened, oldest first, and with `-f` what happens.
struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what happened on hosts, oldest first, as far back as their agents know.",
        discussion: """
            With -f it goes on with what happens, until Ctrl-C: a host that was lost and is back is asked for what was \
            missed. Times are of this machine's clock.

            The filter asks what events have (what, state, host) and what their host has: 'state>=warn', 'what=*oom*', \
            'exited host=web-*'.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, jsonl, csv
    }

    @Argument(help: "Hosts only of this name; * stands for any text.")
    var host: String?

    @Flag(name: .shortAndLong, help: "Go on with what happens.")
    var follow = false

    @Option(help: ArgumentHelp("Only what is not longer ago.", valueName: "time"))
    var since: TimeLimit?

    @Option(help: ArgumentHelp("Only what is longer ago.", valueName: "time"))
    var until: TimeLimit?

    @Option(name: .shortAndLong, help: "Only what is at least so bad: ok, warn or crit.")
    var priority: EventLevel = .ok

    @Option(name: .customShort("l"), help: ArgumentHelp("Only what matches.", valueName: "filter"))
    var filter: String?

    @Option(
        name: [.customShort("n"), .customLong("lines")],
        help: ArgumentHelp("At most so many of those that were, the newest.", valueName: "count"))
    var count: Int?

    @Option(name: .shortAndLong, help: "table, jsonl or csv.")
    var output: Format = .table

    @OptionGroup var ask: AskOptions

    func validate() throws {
        if let count, count < 0 { throw ValidationError("\(count) is not 0 or more") }
        if follow, until != nil { throw ValidationError("with -f there is no end: --until cannot be kept") }
    }

    mutating func run() throws {
        let chosen = EventChoice(
            filter: try Filter(option: filter), level: priority.level,
            since: since?.duration, until: until?.duration)
        let (listing, session) = try ask.choose(.hosts, host.map { "host=\($0)" })
        let hosts = listing.hosts.filter { !listing.missing.contains($0) }
        var feed = EventFeed(listing.fleet, of: hosts)
        var found: [EventFeed.Told] = []
        for (host, after) in feed.first { session.links.ask(.events(after: after), of: host) }
        session.run(until: Clocks.monotonic() + ask.timeout.duration) { items, now, wall in
            found += Self.take(items, &feed, session, now: now, wall: wall)
            return !feed.isComplete
        }
        let problems = feed.problems(isOver: true)
        for problem in problems { Output.note(problem) }
        if output == .csv { Output.data("time,host,level,what\n") }
        let past = chosen.of(found, feed.fleet, now: Clocks.monotonic(), wall: Clocks.wall()).inOrder
        for told in past.suffix(count ?? past.count) { try print(told, feed.fleet) }
        guard follow else {
            if !problems.isEmpty { throw ExitCode(CommandStatus.failed.rawValue) }
            return
        }
        try goOn(&feed, chosen, session, said: Set(problems))
    }

    /// Until a signal ends it.
    private func goOn(
        _ feed: inout EventFeed, _ chosen: EventChoice, _ session: FleetSession, said: Set<String>
    ) throws {
        var said = said
        while true {
            var new: [EventFeed.Told] = []
            session.run(until: Clocks.monotonic() + .seconds(3600)) { items, now, wall in
                new = Self.take(items, &feed, session, now: now, wall: wall)
                return new.isEmpty && Set(feed.problems(isOver: false)) == said
            }
            for told in chosen.of(new, feed.fleet, now: Clocks.monotonic(), wall: Clocks.wall()).inOrder {
                try print(told, feed.fleet)
            }
            let problems = feed.problems(isOver: false)
            for problem in problems where !said.contains(problem) { Output.note(problem) }
            said = Set(problems)
        }
    }

    private static func take(
        _ items: [MailQueue.Item], _ feed: inout EventFeed, _ session: FleetSession, now: MonotonicInstant,
        wall: WallTime
    ) -> [EventFeed.Told] {
        var told: [EventFeed.Told] = []
        for item in items {
            let (new, next) = feed.handle(item.event, from: item.host, now: now, wall: wall)
            told += new
            if let next { session.links.ask(.events(after: next), of: item.host) }
        }
        return told
    }

    private func print(_ told: EventFeed.Told, _ fleet: Fleet) throws {
        let host = fleet.hosts[told.host]
        switch output {
        case .table:
            let line: SafeText = "\(rfc3339(told.wall))  \(told.level.word.padded(to: 5))\(host.name)  \(told.text)"
            Output.data(line.string + "\n")
        case .jsonl:
            let line = ListingLine(kind: "event", time: nil, content: EventRecord(told, on: host))
            Output.data(try JSONText.encode(line, pretty: false))
        case .csv:
            let fields = [rfc3339(told.wall), host.name, told.level.word.lowercased(), told.text]
            Output.data(fields.map(csvField).joined(separator: ",") + "\n")
        }
    }
}

/// Which events are wanted.
struct EventChoice: Sendable {
    var filter = Filter.everything
    var level = Level.ok
    /// How long ago at most, and at least.
    var since: Duration?
    var until: Duration?

    func of(
        _ told: [EventFeed.Told], _ fleet: Fleet, now: MonotonicInstant, wall: WallTime
    ) -> [EventFeed.Told] {
        told.filter { event in
            guard event.level >= level else { return false }
            let ago = wall.nanoseconds.subtractingReportingOverflow(event.wall.nanoseconds).partialValue
            if let since, ago > since.nanoseconds { return false }
            if let until, ago < until.nanoseconds { return false }
            let entry = LogEntry(
                wall: event.wall, at: now, level: event.level, body: .agent(event.event.body))
            return filter.tree == nil
                || filter.matches(
                    EventSubject(fleet: fleet, number: event.host, entry: entry, now: now, wall: wall))
        }
    }
}

/// A level as it is written on the command line.
enum EventLevel: String, ExpressibleByArgument, CaseIterable {
    case ok, warn, crit

    var level: Level {
        switch self {
        case .ok: .ok
        case .warn: .warn
        case .crit: .crit
        }
    }
}
