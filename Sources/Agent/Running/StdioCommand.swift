import ArgumentParser
import Glibc
import Transport

/// `looptop-agent stdio`: what `looptop` runs on a host that it reaches over ssh. The agent sees who runs it, and no more.
struct StdioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stdio",
        abstract: "Connect standard input and output to this machine's agent: looptop runs it over ssh.",
        discussion: """
            Nothing listens for it, and nobody has more rights by it than on this machine: the agent's own user and root \
            may use the agent's unix socket, others may not. It ends with the connection.
            """)

    @Option(
        help: """
            Path of the agent's unix socket. Default: the first that answers of this user's agent and the system's.
            """)
    var socket: String?

    func run() throws {
        guard isatty(0) == 0, isatty(1) == 0 else {
            throw Fatal(
                .usage, "stdio speaks with a program, and this is a terminal: on your own machine run looptop ssh:HOST")
        }
        Signals.unblock()
        let runtime = Surroundings.current().environment["XDG_RUNTIME_DIR"]
        let paths = socket.map { [$0] } ?? DefaultSocket.paths(runtime: runtime, uid: getuid())
        let descriptor = try Self.connect(to: paths)
        BytePump(input: 0, output: 1, socket: descriptor).run()
        close(descriptor)
    }

    /// The first that answers.
    static func connect(to paths: [String]) throws(Fatal) -> CInt {
        var trouble: TransportError?
        for path in paths {
            do throws(TransportError) { return try DefaultSocket.connect(path) } catch {
                switch error {
                case .io(_, ENOENT), .io(_, ECONNREFUSED), .io(_, ENOTDIR): continue  // there is none
                default: trouble = trouble ?? error
                }
            }
        }
        guard let trouble else {
            throw Fatal(
                .unavailable,
                "no agent answers on this machine at \(paths.joined(separator: " or ")): looptop-agent run starts one")
        }
        guard case .permissionDenied = trouble else { throw Fatal(ExitCode(trouble), trouble.text) }
        throw Fatal(.noPermission, "\(trouble.text): only the agent's own user and root may use it")
    }
}
