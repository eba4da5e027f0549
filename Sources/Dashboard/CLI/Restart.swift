import ArgumentParser
import Console
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

    @Argument(help: ActOptions.selectorHelp)
    var selector: String

    @Flag(help: "Wait for the verdict; several workers are always waited for.")
    var wait = false

    @OptionGroup var proof: ProofOptions
    @OptionGroup var act: ActOptions

    mutating func run() throws {
        let (listing, session) = try act.choose(.workers, selector)
        let names = Set(listing.workers.map { "\($0.host)/\($0.app)" })
        let groups = Set(listing.workers.map { "\($0.host)/\($0.app)/\($0.track.info.groupKey)" })
        if names.count < groups.count {
            throw Output.failure(
                .usage,
                "\(selector) is workers of more than one app of the same name; name one by HOST/PID:\n"
                    + listing.workers.map { "  " + listing.description(of: $0).string }.joined(separator: "\n"))
        }
        try act.confirm(
            listing.workers.count == 1 ? "restart this worker?" : "restart these workers, one after the other?",
            listing.workers.map { listing.description(of: $0).string })
        var parameters = act.parameters
        parameters.roll = proof.options
        try act.carryOut(
            listing.workers.map {
                CommandRun.Job(
                    host: $0.host, action: .restart, target: .worker($0.track.info.id), parameters: parameters,
                    label: listing.label(of: $0).string)
            }, waits: wait, in: session)
    }
}

/// What a replacement has to show before it counts.
struct ProofOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How long a new worker has to live.", valueName: "time"))
    var stable = TimeLimit(seconds: 2)

    @Option(
        name: .customLong("max-lag"), help: ArgumentHelp("The new worker's lag has to stay below.", valueName: "time"))
    var lagBelow: TimeLimit?

    @Option(help: ArgumentHelp("What has to answer: tcp:PORT, http:PORT/PATH or configured.", valueName: "check"))
    var ready: ReadyOption?

    var options: RollOptions {
        RollOptions(stable: stable.duration, lagBelow: lagBelow?.duration, ready: ready?.check)
    }
}

/// `tcp:8000`, `http:8000/health`, `configured`.
struct ReadyOption: ExpressibleByArgument {
    let check: ReadyCheck

    init?(argument: String) {
        if argument == "configured" {
            check = .configured
        } else if argument.hasPrefix("tcp:"), let port = UInt16(argument.dropFirst(4)), port > 0 {
            check = .tcp(port: port)
        } else if argument.hasPrefix("http:") {
            let rest = argument.dropFirst(5)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            guard let port = UInt16(rest[..<end]), port > 0 else { return nil }
            check = .http(port: port, path: end == rest.endIndex ? "/" : String(rest[end...]))
        } else {
            return nil
        }
    }
}
