import ArgumentParser
import Console
import Model

/// `looptop roll SELECTOR`: all workers of an app, a few at a time, host by host.
struct Roll: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roll",
        abstract: "Restart all workers of an app, a few at a time, and stop at the first that fails.",
        discussion: """
            Oldest first; the next only when the replacement lived for --stable and showed what else is asked. The first \
            that is not replaced ends the roll; the rest is untouched, and --resume tries again.

            On one host the agent rolls by itself: ending this command leaves the roll running; --pause, --resume and \
            --abort steer it from anywhere. On several hosts this command leads, one host after the other: when it ends, \
            the worker under way is finished and the roll pauses within a minute.

            Exit code 0 only when all were replaced (or it paused or ended as asked); else as 'looptop restart'.
            """)

    @Argument(help: ActOptions.selectorHelp)
    var selector: String

    @Option(name: .customLong("max-unavailable"), help: ArgumentHelp("Workers down at a time.", valueName: "count"))
    var maxUnavailable: UInt32 = 1

    @Flag(exclusivity: .exclusive, help: "Steer the roll that is there instead of beginning one.")
    var steer: Steering?

    @OptionGroup var proof: ProofOptions
    @OptionGroup var act: ActOptions

    enum Steering: String, EnumerableFlag {
        case pause, resume, abort

        var action: Action {
            switch self {
            case .pause: .pause
            case .resume: .resume
            case .abort: .abort
            }
        }
    }

    func validate() throws {
        guard maxUnavailable > 0 else { throw ValidationError("--max-unavailable has to be 1 or more") }
    }

    private static let patience: Int64 = 3600

    mutating func run() throws {
        let (listing, session) = try act.choose(.apps, selector)
        try listing.requireOneMeaning(of: selector)
        let action = steer?.action ?? .roll
        try act.confirm(
            listing.apps.count == 1
                ? "\(action.word) this app?" : "\(action.word) these apps, one after the other?",
            listing.apps.map { listing.description(of: $0).string })
        var parameters = act.parameters
        parameters.roll = proof.options
        parameters.roll.maxUnavailable = maxUnavailable
        let jobs = try listing.apps.map { app in
            var parameters = parameters
            if action != .roll {
                guard let roll = app.group.info.roll else {
                    throw Output.failure(.nothingMatched, "\(listing.label(of: app)): there is no roll of this app")
                }
                parameters.subject = roll.id
            }
            return try listing.job(action, on: app, parameters)
        }
        guard action == .roll, jobs.count > 1, !act.dryRun else {
            return try act.carryOut(jobs, in: session, patience: Self.patience)
        }
        guard Set(listing.apps.map(\.host)).count == jobs.count else {
            throw Output.failure(
                .usage,
                "\(selector) is more than one app on a host; a roll over several hosts is of one app:\n"
                    + listing.apps.map { "  " + listing.description(of: $0).string }.joined(separator: "\n"))
        }
        var run = HeldRollRun(jobs)
        try session.carryOut(
            limit: act.limit(Self.patience), start: { run.start() },
            handle: { run.handle($0, from: $1) }, timedOut: { run.timedOut() },
            each: (HeldRollRun.renewal, { run.renew() }))
    }
}

extension Listing {
    func job(_ action: Action, on app: App, _ parameters: CommandParameters) throws -> CommandRun.Job {
        guard let target = target(of: app) else {
            throw Output.failure(.unreachable, "\(label(of: app)): its host has not said who it is")
        }
        return CommandRun.Job(
            host: app.host, action: action, target: target, parameters: parameters, label: label(of: app).string)
    }
}
