import ArgumentParser
import Trust

/// `looptop-agent init`: makes this host's key, prints a one-time token, and waits until a fleet has signed for it.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Join a fleet: print a one-time token and wait to be enrolled.",
        discussion: """
            Run it on the host, then run 'looptop enroll TOKEN' where your fleet's CA is. The token works once and for 15 \
            minutes. It is printed on stdout; keep it out of chats and tickets.
            """)

    static let tokenLife = Duration.seconds(15 * 60)

    @Option(
        help: """
            HOST:PORT or :PORT to serve on; with :PORT the token names this machine's addresses. Port 0 lets the kernel \
            choose one, which is kept.
            """)
    var listen: String
    @OptionGroup var candidate: CandidateOptions

    func run() throws {
        let grant = try Enrolment(EnrolmentCandidate(candidate), listen: listen).wait()
        AgentProgram.say(candidate.advice(enrolledIn: grant.fleet))
    }
}
