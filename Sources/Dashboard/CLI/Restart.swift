import ArgumentParser
import Console
import Glibc
import Model

/// `looptop restart SELECTOR`: the dashboard's `r` for scripts.
struct Restart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restart workers and say what came of it.",
        discussion: """
            Several workers are restarted one after the other, each awaited; the first that is not replaced is the last \
            one tried. With --wait the exit code is 0 only when a new worker lives: 1 not replaced or no longer the \
            worker that was meant, 4 nothing matched, 75 outcome not known, 77 refused, 124 not finished in time.
            """)

    @Argument(
        help: ArgumentHelp(
            "HOST/APP#SLOT, HOST/APP, HOST/PID or host=web-*,app=api,slot=2,pid=123.", valueName: "selector"))
    var selector: String

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Wait for the verdict; several workers are always waited for.")
    var wait = false

    @Flag(name: .customLong("dry-run"), help: "Only print what would be restarted.")
    var dryRun = false

    @Option(help: ArgumentHelp("How long to wait for hosts, and then for each verdict.", valueName: "time"))
    var timeout = TimeLimit(seconds: 60)

    @Option(
        name: .customLong("host"),
        help: ArgumentHelp("Enrolled name or HOST[:PORT] (repeatable); default: all.", valueName: "host"))
    var hosts: [String] = []

    @OptionGroup var options: HostOptions

    /// A host that takes longer than this to answer is not one to send commands to.
    private static let gatherLimit: Duration = .seconds(10)

    mutating func run() throws {
        let selector = try Selector(option: selector)
        // Asked before anything is dialled: a script that cannot answer should not get half way.
        guard yes || dryRun || (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1) else {
            throw Output.failure(.usage, "without a terminal to ask on, restart needs --yes")
        }
        let (targets, identity) = try options.fleet(named: hosts)
        let session = try FleetSession(targets, identity: identity)
        let gathering = session.gather(
            .workers, snapshots: 1, retries: false, limit: min(timeout.duration, Self.gatherLimit))
        let listing = Listing(.workers, of: gathering, selector: selector, now: Clocks.monotonic(), wall: Clocks.wall())
        if let sentence = listing.missingSentence { Output.note(sentence) }
        guard !listing.workers.isEmpty else {
            // The worker may well live on a host that does not answer.
            let status: CommandStatus = listing.missing.isEmpty ? .nothingMatched : .unreachable
            throw Output.failure(status, "no worker matches \(self.selector)")
        }
        let places = listing.workers.map { "\($0.host)/\($0.app)" }
        if selector.slot != nil, Set(places).count < places.count {
            throw Output.failure(
                .usage,
                "\(self.selector) is more than one worker, of apps with the same name; name it by HOST/PID:\n"
                    + listing.workers.map { "  " + listing.description(of: $0).string }.joined(separator: "\n"))
        }
        for host in targets.indices { session.links.want(.host, from: host) }  // enough from here on
        if dryRun {
            for worker in listing.workers { Output.data(listing.description(of: worker).string + "\n") }
            return
        }
        guard yes || confirm(listing) else { throw Output.failure(.failed, "nothing was restarted") }
        let status = carryOut(listing, in: session)
        if status != .done { throw ExitCode(status.rawValue) }
    }

    private func confirm(_ listing: Listing) -> Bool {
        Output.note(listing.workers.count == 1 ? "restart this worker?" : "restart these workers, one after the other?")
        for worker in listing.workers { Output.note("  " + listing.description(of: worker).string) }
        Output.prompt("[y/N] ")
        let answer = readLine()?.lowercased()
        return answer == "y" || answer == "yes"
    }

    private func carryOut(_ listing: Listing, in session: FleetSession) -> CommandStatus {
        let jobs = listing.workers.map {
            RestartRun.Job(host: $0.host, worker: $0.track.info.id, label: listing.label(of: $0).string)
        }
        var run = RestartRun(jobs, waits: wait)
        var status: CommandStatus?
        var deadline = Clocks.monotonic() + timeout.duration
        func perform(_ effects: [RestartRun.Effect]) {
            for effect in effects {
                switch effect {
                case .issue(let host, let command):
                    deadline = Clocks.monotonic() + timeout.duration
                    session.links.issue(command, to: host)
                case .report(let line): Output.data(SafeText(line).string + "\n")
                case .finish(let end): status = end
                }
            }
        }
        perform(run.start())
        while status == nil {
            let before = deadline
            session.run(until: before) { items, _, _ in
                for item in items { perform(run.handle(item.event, from: item.host)) }
                return status == nil && deadline == before
            }
            // The next worker has its own time.
            if status == nil, deadline == before { perform(run.timedOut()) }
        }
        return status ?? .software
    }
}

extension Listing {
    /// `web-1/api#2`
    func label(of worker: Worker) -> SafeText {
        "\(fleet.hosts[worker.host].name)/\(worker.app)#\(worker.track.info.slot)"
    }

    /// What a person needs to know before saying yes.
    func description(of worker: Worker) -> SafeText {
        let info = worker.track.info
        let up = Format.age(age(of: info, on: fleet.hosts[worker.host]))
        let back: SafeText =
            switch worker.group?.info.respawn {
            case .master: "its master starts a new one"
            case .parentMay: "its parent may start a new one"
            case .nothingKnown, nil: "nothing is known to start it again"
            }
        return label(of: worker) + " pid \(info.id.pid), up \(up), \(info.name); \(back)"
    }
}
