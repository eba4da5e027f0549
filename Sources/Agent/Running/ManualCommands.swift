import ArgumentParser
import Manual

/// `looptop-agent completions SHELL`: what a shell needs to complete commands and options.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print the script that lets a shell complete commands and options.")

    @Argument(
        help: "bash, zsh or fish.", completion: .list(CompletionShell.names), transform: CompletionShell.init(named:))
    var shell: CompletionShell

    mutating func run() throws {
        DiscoverCommand.write(Array((AgentProgram.completionScript(for: shell) + "\n").utf8))
    }
}

/// `looptop-agent man`: the manual page, made from the same description as the help.
struct ManCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "man", abstract: "Print the manual page, for man(1).",
        discussion: "To read it: looptop-agent man | man -l -")

    mutating func run() throws {
        let page = try ManPage(
            AgentProgram._dumpHelp(), version: Version.text, sections: [Self.files], related: ["looptop(1)"])
        DiscoverCommand.write(Array(page.text.utf8))
    }

    private static let files = ManPage.Section(
        "FILES",
        [
            ("/etc/looptop-agent/agent.json5", "The configuration; --config names another."),
            (
                "/var/lib/looptop-agent",
                "Of root, and under systemd: identity, policy, audit log, memory; --state-dir names another directory."
            ),
            (
                "/run/looptop-agent/agent.sock",
                "Of root, and under systemd: where looptop finds the agent of its machine."
            ),
        ])
}
