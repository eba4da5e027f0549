import ArgumentParser
import CLinux
import Console
import Glibc
import Model
import Transport
import Trust

/// `looptop doctor`: looks at everything that looptop needs, and says in sentences what it found.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say in sentences what is well and what is not: terminal, certificates, clock, the way to each host.",
        discussion: "Ends with 0 where nothing fails, else with 1.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(name: .shortAndLong, help: "text or json.")
    var output: Format = .text

    @Flag(help: "Only what is not OK.")
    var problems = false

    @Flag(name: .customLong("no-connect"), help: "Look at this machine only: no name is resolved, no host is dialled.")
    var noConnect = false

    @Option(help: ArgumentHelp("How long to wait for all hosts together.", valueName: "time"))
    var timeout = TimeLimit(seconds: 5)

    @OptionGroup var hosts: NamedHostOptions

    mutating func run() throws {
        var examination = Examination(wall: Clocks.wall())
        let targets = examination.lookHere(hosts)
        if !noConnect, let targets { try examination.lookThere(targets, limit: timeout.duration) }
        let report = DoctorReport(findings: examination.findings, wall: examination.wall)
        switch output {
        case .json: Output.data(try JSONText.encode(DoctorDocument(report), pretty: true))
        case .text:
            let width = Output.isTerminal ? examination.columns.map { min($0, 100) } : nil
            Output.data(report.text(width: width, problemsOnly: problems))
        }
        if report.status != .done { throw ExitCode(report.status.rawValue) }
    }
}

/// What was looked at so far. Nothing that is wrong ends it: what comes after may be wrong, too.
private struct Examination {
    var findings: [Finding] = []
    let wall: WallTime
    /// Of the terminal; `nil` without one.
    var columns: Int?
    private var membership: Membership?

    init(wall: WallTime) { self.wall = wall }

    /// The terminal and the files; gives the hosts that are meant, `nil` where that cannot be known.
    mutating func lookHere(_ hosts: NamedHostOptions) -> [Target]? {
        let options = hosts.options
        let files = options.choice.config.files
        var configuration: Configuration?
        var aboutConfiguration: [Finding] = []
        do throws(ConfigurationFault) { configuration = try files.load() } catch {
            aboutConfiguration = StateFindings.configuration(error)
        }
        lookAtTerminal(configuration)
        let state = readState(options.choice.state)
        var targets: [Target]?
        if let configuration {
            let settings = Settings(
                configuration, flag: options.choice.context, chosen: state?.chosen, environment: Places.environment)
            aboutConfiguration = StateFindings.configuration(settings, files: files.configs.filter(Places.exists))
            if let state {
                do throws(HostSource.Problem) {
                    let (entries, context) = try options.entries(named: hosts.names, settings)
                    let known = try HostFinder().expand(entries) {
                        aboutConfiguration.append(
                            Finding(
                                .configuration, "source", .fail, Finding.sentence($0.sentence),
                                advice: "Its hosts are not looked at."))
                    }
                    targets = try HostOptions.list(settings, state.book).targets(of: known, in: context)
                } catch {
                    // Of a context it was said already.
                    if !aboutConfiguration.contains(where: { $0.verdict == .fail }) {
                        aboutConfiguration.append(
                            Finding(.configuration, "hosts", .fail, Finding.sentence(error.sentence)))
                    }
                }
            }
        }
        findings += aboutConfiguration
        if let state {
            let isNeeded = targets?.contains { if case .tls = $0.endpoint { true } else { false } } ?? false
            findings += StateFindings.certificates(
                state.membership?.identity, hasAuthority: state.hasAuthority, booked: state.book.count,
                needed: isNeeded, wall: wall
            )
            membership = state.membership
        } else {
            findings += stateProblems
        }
        let kept = looptop_clock_is_kept()
        findings.append(StateFindings.clock(isKept: kept < 0 ? nil : kept == 1, wall: wall))
        return targets
    }

    private mutating func lookAtTerminal(_ configuration: Configuration?) {
        let survey = CursesTerminal.survey(
            options: TerminalOptions(usualTheme: configuration?.theme, glyphs: configuration?.glyphs))
        let answers = TerminalAnswers.ask(words: survey.answers && survey.problem == nil)
        columns = answers?.size?.columns
        findings += TerminalFindings(survey: survey, answers: answers).all
    }

    // MARK: files of the state directory

    private struct State {
        var membership: Membership?
        var hasAuthority = false
        var book: [KnownHost] = []
        var chosen: String?
    }

    private var stateProblems: [Finding] = []

    private mutating func readState(_ options: StateOptions) -> State? {
        guard let path = Places.stateDirectory(option: options.directory, environment: Places.environment) else {
            stateProblems = [
                Finding(
                    .certificates, "files", .fail,
                    "HOME is not set, so it is not known where keys and certificates are.",
                    advice: "Say it with --state-dir DIR.")
            ]
            return nil
        }
        let store = IdentityStore(directory: path)
        do throws(TrustError) {
            var state = State()
            state.membership = try Membership(of: store)
            state.hasAuthority = try store.loadAuthority() != nil
            state.book = try store.loadHosts().entries.map(KnownHost.init)
            state.chosen = try StateOptions.chosenContext(in: path)
            return state
        } catch {
            stateProblems = [StateFindings.problem(error)]
            return nil
        }
    }

    // MARK: hosts

    /// Names are resolved and hosts dialled all at once; whoever is silent is silent for the same time.
    mutating func lookThere(_ targets: [Target], limit: Duration) throws {
        guard !targets.isEmpty else {
            findings.append(
                Finding(
                    .host, "any", .warn, "There is no host to look at.",
                    advice: "For this machine start its agent, looptop-agent run; for others see looptop init --help."))
            return
        }
        let names = targets.compactMap { if case .tls(let name, _) = $0.endpoint { name.host } else { nil } }
        let lookup: NameLookup
        do throws(ShellError) { lookup = try NameLookup(Set(names)) } catch { throw Output.failure(error) }
        // What is silent until then has taken the connection, and says nothing to it.
        let connectLimit = limit * 4 / 5
        let deadline = Clocks.monotonic() + limit
        let session = try FleetSession(targets, membership: membership, connectLimit: connectLimit)
        session.links.start(wanting: .host)
        var gathering = Gathering(places: targets.map(\.place), snapshots: 1)
        session.follow(&gathering, until: deadline) { gathering in
            !gathering.isComplete
                || gathering.fleet.hosts.contains { $0.failure == nil && $0.info != nil && $0.clockOffset == nil }
        }
        lookup.wait(until: deadline)
        var first: [HostID: String] = [:]
        for (target, host) in zip(targets, gathering.fleet.hosts) {
            var outcome: NameLookup.Outcome?
            if case .tls(let name, _) = target.endpoint { outcome = lookup.outcome(of: name.host) }
            var about = HostFindings(host: host, endpoint: target.endpoint, lookup: outcome, limit: limit)
            if let id = host.info?.id {
                about.twin = first[id]
                if first[id] == nil { first[id] = target.label }
            }
            findings += about.all
        }
    }
}
