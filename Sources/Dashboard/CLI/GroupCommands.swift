import ArgumentParser
import Console
import Model

/// `looptop reload SELECTOR`
struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have an app's master renew its workers by itself (nginx, gunicorn, puma ...).")

    @Argument(help: ActOptions.selectorHelp)
    var selector: String
    @OptionGroup var act: ActOptions

    mutating func run() throws { try act.run(.reload, on: selector) }
}

/// `looptop stop SELECTOR`
struct Stop: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Have an app's manager stop it.")

    @Argument(help: ActOptions.selectorHelp)
    var selector: String
    @OptionGroup var act: ActOptions

    mutating func run() throws { try act.run(.stop, on: selector) }
}

/// `looptop start SELECTOR`
struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Have an app's manager start it.")

    @Argument(help: ActOptions.selectorHelp)
    var selector: String
    @OptionGroup var act: ActOptions

    mutating func run() throws { try act.run(.start, on: selector) }
}

/// `looptop scale SELECTOR --to N` or `--by -1`
struct Scale: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have an app's master keep more or fewer workers.",
        discussion: "Where the master can (gunicorn, uvicorn from 0.30, puma, unicorn); it forgets it when it restarts."
    )

    @Argument(help: ActOptions.selectorHelp)
    var selector: String
    @Option(help: ArgumentHelp("How many workers.", valueName: "count"))
    var to: UInt32?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many more, or fewer with a minus: --by -1.", valueName: "count"))
    var by: Int32?
    @OptionGroup var act: ActOptions

    func validate() throws {
        guard (to == nil) != (by == nil), by != 0 else { throw ValidationError("give either --to or --by") }
    }

    mutating func run() throws {
        var parameters = act.parameters
        parameters.size = to.map { .to($0) } ?? by.map { .by($0) }
        try act.run(.scale, on: selector, parameters)
    }
}

/// `looptop signal SELECTOR HUP`
struct SendSignal: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal",
        abstract: "Send a signal to workers, or to an app's master.",
        discussion: "With a slot or pid in the selector to those workers, else to the master. Nothing more is claimed.")

    @Argument(help: ActOptions.selectorHelp)
    var selector: String
    @Argument(help: ArgumentHelp("HUP, USR1, USR2, QUIT, TERM ...", valueName: "signal"))
    var signal: String
    @OptionGroup var act: ActOptions

    mutating func run() throws {
        guard let number = SignalNumber.number(signal.uppercased()) else {
            throw Output.failure(.usage, "there is no signal \"\(signal)\"")
        }
        var parameters = act.parameters
        parameters.signal = number
        guard try Filter(target: selector).interest == .workers else {
            return try act.run(.signal, on: selector, parameters)
        }
        let (listing, session) = try act.choose(.workers, selector)
        try act.confirm(
            "send \(SignalNumber.name(number)) to", listing.workers.map { listing.description(of: $0).string })
        try act.carryOut(
            listing.workers.map {
                CommandRun.Job(
                    host: $0.host, action: .signal, target: .worker($0.track.info.id), parameters: parameters,
                    label: listing.label(of: $0).string)
            }, in: session)
    }
}

extension ActOptions {
    /// An action on every app that the selector names, one after the other.
    func run(_ action: Action, on selector: String, _ parameters: CommandParameters? = nil) throws {
        let (listing, session) = try choose(.apps, selector)
        try listing.requireOneMeaning(of: selector)
        try confirm(
            listing.apps.count == 1 ? "\(action.word) this app?" : "\(action.word) these apps, one after the other?",
            listing.apps.map { listing.description(of: $0).string })
        let jobs = try listing.apps.map { try listing.job(action, on: $0, parameters ?? self.parameters) }
        try carryOut(jobs, in: session, patience: Self.groupPatience)
    }
}
