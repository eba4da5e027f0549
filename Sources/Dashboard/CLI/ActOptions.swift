import ArgumentParser
import Console
import Glibc
import Model

/// What every command that changes something takes, and how it goes: choose, ask, do, say what came of it.
struct ActOptions: ParsableArguments {
    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(name: .customLong("dry-run"), help: "Do nothing; print what the agent would do, in order.")
    var dryRun = false

    @Flag(name: .customLong("accept-warnings"), help: "Do it also where the agent warns.")
    var acceptWarnings = false

    @Option(help: ArgumentHelp("Why, for the host's audit log.", valueName: "text"))
    var reason = ""

    @Option(
        help: ArgumentHelp(
            "How long to wait for hosts, and then for each verdict. Default: 4m, for an app 15m, for a roll 1h.",
            valueName: "time"))
    var timeout: TimeLimit?

    @OptionGroup var hosts: NamedHostOptions

    /// A host that takes longer than this to answer is not one to send commands to.
    private static let gatherLimit: Duration = .seconds(10)

    /// Longer than an agent takes at most, so that its verdict is what ends the command: quieting, grace, the last signal,
    /// a replacement and its proof; a manager; a reload of forty workers.
    static let workerPatience: Int64 = 240
    static let groupPatience: Int64 = 900

    static let selectorHelp = ArgumentHelp(
        "HOST/APP#SLOT, HOST/APP, HOST/PID, or terms such as host=web-* app=api slot=2.", valueName: "selector")

    /// To begin with: what of the command line travels in every command.
    var parameters: CommandParameters { CommandParameters(dryRun: dryRun, warned: acceptWarnings, reason: reason) }

    /// The part of the fleet that the selector names; ends the command where there is nothing to act on.
    func choose(_ kind: Listing.Kind, _ text: String) throws -> (Listing, FleetSession) {
        let filter = try Filter(target: text)
        // Asked before anything is dialled: a script that cannot answer should not get half way.
        guard yes || dryRun || (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1) else {
            throw Output.failure(.usage, "without a terminal to ask on, this needs --yes")
        }
        let (targets, membership) = try hosts.fleet()
        let session = try FleetSession(targets, membership: membership)
        let listing = try session.choose(kind, filter, text, limit: min(limit(60), Self.gatherLimit))
        if !dryRun { try requireContext(of: listing) }
        return (listing, session)
    }

    /// What is done to a protected context is done by whoever spelt its name on this command line.
    private func requireContext(of listing: Listing) throws {
        let context = hosts.options.choice.context
        let meant = listing.subjectHosts.sorted().map { listing.fleet.hosts[$0] }
        let stranger = meant.first { $0.place.protectedBy.map { $0 != context } ?? false }
        guard let host = stranger, let name = host.place.protectedBy else { return }
        throw Output.failure(
            .usage, "\(host.name) is in the protected context \(name): to change anything there, say --context \(name)")
    }

    func confirm(_ question: String, _ subjects: [String]) throws {
        guard !yes, !dryRun else { return }
        Output.note(question)
        for subject in subjects { Output.note("  " + subject) }
        Output.prompt("[y/N] ")
        let answer = readLine()?.lowercased()
        guard answer == "y" || answer == "yes" else { throw Output.failure(.failed, "nothing was done") }
    }

    /// One after the other; ends the command with what came of it.
    func carryOut(
        _ jobs: [CommandRun.Job], waits: Bool = true, in session: FleetSession, patience: Int64 = workerPatience
    ) throws {
        var run = CommandRun(jobs, waits: waits || dryRun)
        try session.carryOut(
            limit: limit(patience), start: { run.start() }, handle: { run.handle($0, from: $1) },
            timedOut: { run.timedOut() })
    }

    func limit(_ seconds: Int64) -> Duration { timeout?.duration ?? .seconds(seconds) }
}

extension FleetSession {
    /// The workers or apps that the selector names, of all hosts that answer.
    func choose(
        _ kind: Listing.Kind, _ filter: Filter, _ text: String, withWorkers: Bool = false, limit: Duration
    ) throws -> Listing {
        // Groups also where only hosts are chosen: what happened is told by their names.
        let interest: Interest =
            withWorkers || kind == .workers || filter.interest == .workers ? .workers : .groups
        let gathering = gather(interest, snapshots: filter.needsNoRates ? 1 : 2, retries: false, limit: limit)
        let listing = Listing(kind, of: gathering, filter: filter, now: Clocks.monotonic(), wall: Clocks.wall())
        if let sentence = listing.missingSentence { Output.note(sentence) }
        guard listing.hasAnswer else {
            let sentence = "no \(kind.rawValue.dropLast()) matches \(text)"
            guard listing.unanswered.isEmpty else {
                // What is meant may well live on a host that does not answer.
                throw Output.failure(.unreachable, sentence + " among the hosts that answered")
            }
            throw Output.failure(.nothingMatched, sentence)
        }
        for host in targets.indices { links.want(.host, from: host) }  // enough from here on
        return listing
    }

    /// Drives a run to its end, each command with its own time, and ends the program with its status unless all went well.
    func carryOut(
        limit: Duration, start: () -> [CommandRun.Effect], handle: (LinkEvent, Int) -> [CommandRun.Effect],
        timedOut: () -> [CommandRun.Effect], each: (Duration, () -> [CommandRun.Effect])? = nil
    ) throws {
        var status: CommandStatus?
        var deadline = Clocks.monotonic() + limit
        var due = each.map { Clocks.monotonic() + $0.0 }
        func perform(_ effects: [CommandRun.Effect]) {
            for effect in effects {
                switch effect {
                case .issue(let host, let command):
                    if command.action != .hold { deadline = Clocks.monotonic() + limit }
                    links.issue(command, to: host)
                case .report(let line): Output.data(SafeText(line).string + "\n")
                case .note(let line): Output.note(line)
                case .finish(let end): status = end
                }
            }
        }
        perform(start())
        while status == nil {
            let before = deadline
            let wake = min(before, due ?? before)
            run(until: wake) { items, _, _ in
                for item in items { perform(handle(item.event, item.host)) }
                return status == nil && deadline == before
            }
            let now = Clocks.monotonic()
            if let each, let next = due, now >= next, status == nil {
                due = now + each.0
                perform(each.1())
            }
            // The next command has its own time.
            if status == nil, deadline == before, now >= deadline { perform(timedOut()) }
        }
        if let status, status != .done { throw ExitCode(status.rawValue) }
    }
}

extension Listing {
    /// Hosts of what was chosen.
    var subjectHosts: Set<Int> {
        switch kind {
        case .hosts: Set(hosts)
        case .apps: Set(apps.map(\.host))
        case .workers: Set(workers.map(\.host))
        }
    }

    /// `web-1/api#2`
    func label(of worker: Worker) -> SafeText {
        "\(fleet.hosts[worker.host].name)/\(worker.app)#\(worker.track.info.slot)"
    }

    /// `web-1/api`
    func label(of app: App) -> SafeText { "\(fleet.hosts[app.host].name)/\(app.group.info.app)" }

    /// What a person needs to know before saying yes.
    func description(of worker: Worker) -> SafeText {
        let info = worker.track.info
        let up = Format.age(fleet.hosts[worker.host].uptime(of: worker.track, now: now))
        let back: SafeText =
            switch worker.group?.info.respawn {
            case .master: "its master starts a new one"
            case .parentMay: "its parent may start a new one"
            case .manager: "its manager starts it again"
            case .never: "its master does not start a new one"
            case .nothingKnown, nil: "nothing is known to start it again"
            }
        return label(of: worker) + " pid \(info.id.pid), up \(up), \(info.name); \(back)"
    }

    func description(of app: App) -> SafeText {
        let info = app.group.info
        let size = Format.count(app.group.row[.workers]) + " workers"
        let master: SafeText = info.masterPID.map { ", master pid \($0)" } ?? ""
        return label(of: app) + " (\(info.kind.word)), " + size + master
    }

    /// The group as it was seen; `nil` where its host has not said which boot this is.
    func target(of app: App) -> CommandTarget? {
        fleet.hosts[app.host].info.map {
            .group(GroupTarget(boot: $0.boot, key: app.group.info.key, master: app.group.info.master))
        }
    }

    /// Two apps of one name are not told apart by it.
    func requireOneMeaning(of text: String) throws {
        let names = apps.map { label(of: $0).string }
        guard Set(names).count < names.count else { return }
        throw Output.failure(
            .usage,
            "\(text) is more than one app of the same name; name one by HOST/PID of a worker:\n"
                + apps.map { "  " + description(of: $0).string + ", \($0.group.info.key)" }.joined(separator: "\n"))
    }
}
