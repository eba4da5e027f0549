import ArgumentParser
import Glibc
import Model
import Transport
import Trust

/// `looptop-agent join`: takes this host into a fleet by itself, with the token of `looptop invite`.
struct JoinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Join a fleet that waits for hosts: looptop invite.",
        discussion: """
            Reads the token from standard input, since others can read the arguments of a process: \
            looptop-agent join --listen :7433 <token. Nothing is stored until the fleet has signed.
            """)

    /// One exchange; both sides answer at once.
    private static let attemptLimit = Duration.seconds(30)
    /// A token of eight long addresses has some 3,600 characters.
    private static let longestToken = 8192

    @Option(help: "HOST:PORT or :PORT that 'run' will serve on; with :PORT the fleet is told this machine's addresses.")
    var listen: String
    @OptionGroup var candidate: CandidateOptions
    @Option(help: ArgumentHelp("For how long to try again where nobody answers.", valueName: "seconds"))
    var timeout: Int = 60

    func validate() throws {
        guard (1...86_400).contains(timeout) else { throw ValidationError("--timeout takes 1 to 86400 seconds") }
    }

    func run() throws {
        // Nothing is half done at any time, so a signal just ends it.
        Signals.unblock()
        let name: SocketName
        do throws(TransportError) { name = try SocketName(parsing: listen) } catch {
            throw Fatal(ExitCode(error), error.text)
        }
        guard name.port != 0 else {
            throw Fatal(.usage, "--listen needs a port other than 0: the fleet is told it now")
        }
        do {
            let token = try EnrolmentToken(parsing: Self.input())
            try token.check(kind: .fleet)
            try token.checkExpiry(wall: Clocks.wall())
            let grant = try join(with: token, as: EnrolmentCandidate(candidate), serving: name)
            AgentProgram.say(candidate.advice(enrolledIn: grant.fleet))
        } catch let error as TrustError {
            throw Fatal(ExitCode(error), error.joinSentence)
        }
    }

    private static func input() -> String {
        if isatty(STDIN_FILENO) == 1 { AgentProgram.say("paste the token, then Ctrl-D on an empty line:") }
        var text = ""
        while let line = readLine(), text.utf8.count < longestToken { text += line }
        return text
    }

    private func join(
        with token: EnrolmentToken, as candidate: EnrolmentCandidate, serving name: SocketName
    ) throws -> EnrolmentGrant {
        let request = try candidate.request(addresses: ReachableAddresses.of(name))
        let network = Network()
        defer { network.shutdown() }
        let end = Clocks.monotonic() + .seconds(timeout)
        var isTold = false
        while true {
            var problems: [String] = []
            for address in token.addresses {
                let limit = min(Clocks.monotonic() + Self.attemptLimit, max(end, Clocks.monotonic() + .seconds(1)))
                let connector = JoinConnector(token: token, request: request, key: candidate.key, deadline: limit)
                let attempt = try JoinAttempt(connector, network: network) { grant throws(TrustError) in
                    try candidate.keep(grant, listen: name.description)
                }
                switch try attempt.run(address: address, token: token, key: candidate.key) {
                case .joined(let grant): return grant
                case .unreachable(let text): problems.append("\(address): \(text)")
                case .failed(.enrolmentRefused(.tooSoon)): problems.append("\(address): somebody tried a wrong token")
                case .failed(let error): throw error
                }
            }
            guard Clocks.monotonic() + .seconds(1) < end else {
                throw Fatal(
                    .unavailable,
                    "nobody takes hosts there: " + problems.joined(separator: "; ")
                        + ". A token is good as long as its looptop invite runs.")
            }
            if !isTold { AgentProgram.say("nobody takes hosts there yet; trying for \(timeout) s") }
            isTold = true
            sleep(1)
        }
    }
}
