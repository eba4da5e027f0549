import ArgumentParser
import Manual

/// `looptop completions SHELL`: what a shell needs to complete commands, options and names of hosts.
struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the script that lets a shell complete commands, options and names.",
        discussion: "bash: source <(looptop completions bash). docs/OPERATING.md says where each shell looks for it.")

    @Argument(
        help: "bash, zsh or fish.", completion: .list(CompletionShell.names), transform: CompletionShell.init(named:))
    var shell: CompletionShell

    mutating func run() throws { Output.data(Looptop.completionScript(for: shell) + "\n") }
}

/// `looptop man`: the manual page, made from the same description as the help.
struct Man: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the manual page, for man(1).", discussion: "To read it: looptop man | man -l -")

    mutating func run() throws { Output.data(try Self.page()) }

    static func page() throws -> String {
        try ManPage(
            Looptop._dumpHelp(), version: Version.number, sections: [environment, files], related: ["looptop-agent(1)"]
        ).text
    }

    private static let environment = ManPage.Section(
        "ENVIRONMENT",
        [
            ("LOOPTOP_HOSTS", "Hosts to look at where none are named, separated by commas or blanks."),
            ("LOOPTOP_CONTEXT", "The context that counts; --context wins."),
            ("LOOPTOP_CONFIG", "The configuration file; --config wins."),
            ("LOOPTOP_STATE_DIR", "Where keys, certificates and the host book are; --state-dir wins."),
            ("LOOPTOP_THEME", "The theme; --theme wins."),
            ("NO_COLOR", "Not empty: no colours."),
            ("LC_ALL, LC_CTYPE, LANG, TERM", "What the terminal can show."),
        ])

    private static let files = ManPage.Section(
        "FILES",
        [
            (
                "~/.config/looptop/config.json5",
                "The configuration, and contexts/NAME.json5 beside it; /etc/looptop is below."
            ),
            ("~/.local/state/looptop", "Keys, certificates, the host book, the context that was chosen."),
        ])
}
