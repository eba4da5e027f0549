import ArgumentParser
import Console
import Glibc
import Model
import Transport
import Trust

/// Where files and agents are; the same for every command that looks at hosts.
struct HostOptions: ParsableArguments {
    @Option(
        name: .customLong("socket"),
        help: ArgumentHelp("Unix socket of an agent on this machine (repeatable).", valueName: "path"))
    var sockets: [String] = []

    @Option(
        name: .customLong("hosts"),
        help: ArgumentHelp(
            "Hosts of a file, one a line with KEY=VALUE labels behind it; - is standard input (repeatable).",
            valueName: "file"), completion: .file())
    var lists: [String] = []

    @OptionGroup var choice: ContextOptions

    /// Which hosts to show, and as whom. `named` is what the command line says; without any it is those of the context or
    /// the configuration, else all that are enrolled and the agent of this machine.
    func fleet(named: [String]) throws -> (targets: [Target], membership: Membership?) {
        let (targets, membership, _) = try watchedFleet(named: named)
        return (targets, membership)
    }

    /// The same, and who asks the sources again; `nil` where none has to be asked.
    func watchedFleet(named: [String]) throws -> (targets: [Target], membership: Membership?, watch: HostWatch?) {
        let settings = try choice.settings()
        let (membership, book) = try choice.state.contents()
        let targets: [Target]
        let watch: HostWatch?
        do throws(HostSource.Problem) {
            let (entries, context) = try entries(named: named, settings)
            let known = try HostFinder().expand(entries) { Output.note($0.sentence) }
            let list = try Self.list(settings, book)
            targets = try list.targets(of: known, in: context)
            watch = HostWatch(entries, in: context, list: list, known: targets)
        } catch {
            throw Output.failure(.usage, error.sentence)
        }
        guard !targets.isEmpty else {
            throw Output.failure(.unavailable, settings.context.map { "no host in context \($0.name)" } ?? Self.noHosts)
        }
        return (targets, membership, watch)
    }

    /// What is to be shown, and the context that it is the whole of: a flag wins over the environment, that over the files.
    func entries(
        named: [String], _ settings: Settings
    ) throws(HostSource.Problem) -> ([HostEntry], HostContext?) {
        guard named.isEmpty, sockets.isEmpty, lists.isEmpty else {
            let files = lists.map { HostSource.absolute("file:" + $0) }
            let all = named.map(HostSource.absolute) + sockets.map { "unix:" + Places.absolute($0) } + files
            return (all.map { HostEntry($0) }, nil)
        }
        if choice.context == nil, !settings.environmentHosts.isEmpty {
            return (settings.environmentHosts.map { HostEntry($0) }, nil)
        }
        if let context = try settings.chosenContext() { return (context.hosts, context) }
        return (settings.configuration.hosts ?? Settings.usualHosts.map { HostEntry($0) }, nil)
    }

    /// What is known of hosts here.
    static func list(_ settings: Settings, _ book: [KnownHost]) throws(HostSource.Problem) -> TargetList {
        let local = Places.localSockets(environment: Places.environment, uid: getuid()).filter(Places.isSocket)
        let chosen = try settings.chosenContext()
        return try TargetList(settings.configuration, chosen: chosen, book: book, local: local)
    }

    static let noHosts = """
        there is no host to look at
        For this machine, start its agent in another terminal: looptop-agent run
        For other machines, once: looptop init
          then on each host: looptop-agent init --listen :7433
          and here, with the token that prints: looptop enroll TOKEN
        """
}

/// Which of the hosts a command is about: those named by `--host`, else all that the other options lead to.
struct NamedHostOptions: ParsableArguments {
    @Option(
        name: .customLong("host"),
        help: ArgumentHelp("Enrolled name, HOST[:PORT] or ssh:ALIAS (repeatable); default: all.", valueName: "host"),
        completion: .custom(KnownNames.hosts))
    var names: [String] = []

    @OptionGroup var options: HostOptions

    func fleet() throws -> (targets: [Target], membership: Membership?) { try options.fleet(named: names) }
}

/// Where the dashboard's own files are.
struct StateOptions: ParsableArguments {
    @Option(
        name: .customLong("state-dir"),
        help: ArgumentHelp(
            "Where keys, certificates and the host book are. Default: $LOOPTOP_STATE_DIR, else "
                + "$XDG_STATE_HOME/looptop, else ~/.local/state/looptop.", valueName: "dir"))
    var directory: String?

    /// What is kept there, for people, and the file's name.
    static let files =
        IdentityStore.dashboardFiles + [("chosen context", contextFile), ("how lists were left", KeptViews.file)]
    private static let contextFile = "context"

    /// What `looptop context use` left; `nil` where nothing was chosen.
    func chosenContext() throws -> String? {
        let directory = try store().directory
        do throws(TrustError) { return try Self.chosenContext(in: directory) } catch { throw Output.failure(error) }
    }

    static func chosenContext(in directory: String) throws(TrustError) -> String? {
        let text = try StateFile(contextFile, in: directory).read().map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").first.map(String.init)
    }

    /// The file that `looptop context use` writes.
    func contextChoice() throws -> StateFile { StateFile(Self.contextFile, in: try store().directory) }

    func store() throws -> IdentityStore {
        guard let path = Places.stateDirectory(option: directory, environment: Places.environment) else {
            throw Output.failure(.configuration, "HOME is not set: say where to keep files with --state-dir DIR")
        }
        return IdentityStore(directory: path)
    }

    /// The certificate to show, if there is one, and the hosts that were enrolled.
    func contents() throws -> (membership: Membership?, book: [KnownHost]) {
        let store = try store()
        do throws(TrustError) {
            let membership = try Membership(of: store)
            if let end = try membership?.renewOwn(now: Clocks.wall()) {
                Output.note("your certificate was renewed, to \(Format.dateAndClock(end).string)")
            }
            let book = try store.loadHosts().entries.map(KnownHost.init)
            return (membership, book)
        } catch {
            throw Output.failure(error)
        }
    }
}

extension Output {
    static func failure(_ error: TrustError) -> ExitCode { failure(status(of: error), error.sentence) }

    /// Whose turn it is: the files', the disk's, or that of whoever typed it.
    static func status(of error: TrustError) -> CommandStatus {
        switch error {
        case .io: .ioError
        case .authorityExists: .cannotCreate
        case .unusableName, .notAToken, .tokenDamaged, .tokenVersion: .usage
        case .tokenExpired, .wrongSecret, .tokenBurned, .tokenUsed, .pinMismatch, .enrolmentRefused: .notAllowed
        case .enrolmentTimedOut: .timedOut
        case .enrolmentInterrupted, .unexpectedStep: .failed
        default: .configuration
        }
    }

    static func failure(_ error: ShellError) -> ExitCode {
        switch error {
        case .failedCall(let call, let errno): failure(.systemError, "\(call): \(String(cString: strerror(errno)))")
        }
    }
}
