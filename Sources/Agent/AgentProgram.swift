import ArgumentParser
import CLinux
import Glibc
import Trust
import Wire

/// `looptop-agent`: watches the workers of one machine.
@main
struct AgentProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "looptop-agent",
        abstract: "Watches the workers of this machine and serves what it sees to looptop.",
        discussion: """
            Without options it needs nothing: it finds workers by itself and serves a unix socket, where 'looptop' on the \
            same machine finds it. To be reached over the network it must be enrolled first: looptop-agent init --listen ADDR.
            """,
        version: "looptop-agent \(Version.text) (protocol \(ProtocolVersion.supported.upperBound))",
        subcommands: [
            RunCommand.self, InitCommand.self, JoinCommand.self, DiscoverCommand.self, ObserveCommand.self,
            CheckConfigCommand.self, PolicyCommand.self, AuditCommand.self, StdioCommand.self, CompletionsCommand.self,
            ManCommand.self,
        ], defaultSubcommand: RunCommand.self)

    /// Signals are blocked before any thread exists, so that all threads inherit that; only `Signals` reads them.
    static func main() {
        umask(0o077)
        Signals.block()
        looptop_one_arena()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let fatal as Fatal {
            say("looptop-agent: \(fatal.sentence)")
            Glibc.exit(fatal.code.rawValue)
        } catch let error as TrustError {
            say("looptop-agent: \(error.sentence)")
            Glibc.exit(ExitCode(error).rawValue)
        } catch {
            // --help and --version come this way too, with code 0 and their text for stdout.
            exit(withError: error)
        }
    }

    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(2, bytes, bytes.count)
    }
}
