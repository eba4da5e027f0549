import ArgumentParser
import Wire

/// The command line of `looptop`.
struct Looptop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "looptop",
        abstract: "Event loops and workers of many hosts, in one terminal.",
        usage: """
            looptop [<host> ...] [<options>]
            looptop <command> [<options>]
            """,
        discussion: """
            Without a command it opens the dashboard on the hosts named, else on all enrolled hosts and the agent of \
            this machine.

            Exit codes: 0 done; 1 a target failed; 2 a condition is false (wait; check has its own); 3 a needed host \
            does not answer; 4 nothing matched; 64 usage; 69 no host; 74 I/O; 75 outcome not known; \
            77 not allowed; 78 bad configuration or state files; 124 timeout.
            """,
        version: Version.text,
        subcommands: [
            OpenDashboard.self, List.self, Top.self, WatchChanges.self, Wait.self, Check.self, Restart.self, Roll.self,
            Reload.self, Scale.self, SendSignal.self, Stop.self, Start.self, Actions.self, Why.self, Events.self,
            Logs.self, Serve.self, Record.self, ReplayRecording.self, Export.self, ShowHistory.self, Initialise.self,
            Enroll.self, Invite.self,
            RequestCertificate.self, GrantCertificate.self, JoinFleet.self, Revoke.self, AuthorityCommand.self,
            ContextCommand.self,
            ConfigCommand.self, Doctor.self, Completions.self, Man.self,
        ],
        defaultSubcommand: OpenDashboard.self)
}

enum Version {
    static let number = "0.1.0"
    static let text = "looptop \(number) (protocol \(ProtocolVersion.supported.upperBound))"
}
