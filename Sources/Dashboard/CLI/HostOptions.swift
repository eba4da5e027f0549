import ArgumentParser
import Glibc
import Model
import Transport
import Trust

/// Where files and agents are; the same for every command that looks at hosts.
struct HostOptions: ParsableArguments {
    @OptionGroup var state: StateOptions

    @Option(
        name: .customLong("socket"),
        help: ArgumentHelp("Unix socket of an agent on this machine (repeatable).", valueName: "path"))
    var sockets: [String] = []

    /// Which hosts to show, and as whom. `named` is what the command line says, `LOOPTOP_HOSTS` stands in for nothing.
    func fleet(named: [String]) throws -> (targets: [Target], identity: Identity?) {
        let (identity, book) = try state.contents()
        let named = named.isEmpty && sockets.isEmpty ? Self.environmentHosts() : named
        let local = Places.localSockets(environment: Places.environment, uid: getuid()).filter(Places.isSocket)
        let targets: [Target]
        do throws(TransportError) {
            targets = try TargetList.resolve(hosts: named, sockets: sockets, book: book, local: local)
        } catch {
            throw Output.failure(.usage, error.text)
        }
        guard !targets.isEmpty else { throw Output.failure(.unavailable, Self.noHosts) }
        return (targets, identity)
    }

    /// Separated by commas or blanks.
    private static func environmentHosts() -> [String] {
        (Places.environment("LOOPTOP_HOSTS") ?? "").split { $0 == "," || $0 == " " }.map(String.init)
    }

    static let noHosts = """
        there is no host to look at
        For this machine, start its agent in another terminal: looptop-agent run
        For other machines, once: looptop init
          then on each host: looptop-agent init --listen :7433
          and here, with the token that prints: looptop enroll TOKEN
        """
}

/// Where the dashboard's own files are.
struct StateOptions: ParsableArguments {
    @Option(
        name: .customLong("state-dir"),
        help: ArgumentHelp(
            "Where keys, certificates and the host book are. Default: $LOOPTOP_STATE_DIR, else "
                + "$XDG_STATE_HOME/looptop, else ~/.local/state/looptop.", valueName: "dir"))
    var directory: String?

    func store() throws -> IdentityStore {
        guard let path = Places.stateDirectory(option: directory, environment: Places.environment) else {
            throw Output.failure(.configuration, "HOME is not set: say where to keep files with --state-dir DIR")
        }
        return IdentityStore(directory: path)
    }

    /// The certificate to show, if there is one, and the hosts that were enrolled.
    func contents() throws -> (identity: Identity?, book: [KnownHost]) {
        let store = try store()
        do throws(TrustError) {
            let identity = try store.loadIdentity()
            let book = try store.loadHosts().entries.map { KnownHost(name: $0.name, address: $0.address, id: $0.host) }
            return (identity, book)
        } catch {
            throw Output.failure(error)
        }
    }
}

extension Output {
    /// The status says whose turn it is: the files', the disk's, or that of whoever typed it.
    static func failure(_ error: TrustError) -> ExitCode {
        let status: CommandStatus =
            switch error {
            case .io: .ioError
            case .authorityExists: .cannotCreate
            case .unusableName, .notAToken, .tokenDamaged, .tokenVersion: .usage
            case .tokenExpired, .wrongSecret, .tokenBurned, .tokenUsed, .pinMismatch, .enrolmentRefused: .notAllowed
            case .enrolmentTimedOut: .timedOut
            case .enrolmentInterrupted, .unexpectedStep: .failed
            default: .configuration
            }
        return failure(status, error.sentence)
    }

    static func failure(_ error: ShellError) -> ExitCode {
        switch error {
        case .failedCall(let call, let errno): failure(.systemError, "\(call): \(String(cString: strerror(errno)))")
        }
    }
}
