import ArgumentParser
import Console
import Glibc

/// `looptop [HOST ...]`: the dashboard.
struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Open the dashboard (what looptop does without a command).")

    @Argument(help: ArgumentHelp("Enrolled names, or HOST[:PORT].", valueName: "host"))
    var hosts: [String] = []

    @OptionGroup var options: HostOptions

    @Option(
        help: ArgumentHelp(
            "Colours: \(Theme.all.map(\.name).joined(separator: ", ")); LOOPTOP_THEME does the same.", valueName: "name"
        ),
        completion: .list(Theme.all.map(\.name)))
    var theme: String?

    @Flag(name: .customLong("no-color"), help: "No colours, as --theme mono; NO_COLOR does the same.")
    var noColor = false

    @Option(
        help: ArgumentHelp(
            "Graphs and lines: \(Glyphs.all.map(\.name).joined(separator: ", ")). Default: what locale and TERM allow.",
            valueName: "set"), completion: .list(Glyphs.all.map(\.name)))
    var glyphs: String?

    mutating func run() throws {
        guard Output.isTerminal else {
            throw Output.failure(
                .usage, "stdout is not a terminal, so there is nothing to draw on; for plain text use: looptop ls")
        }
        let (targets, identity) = try options.fleet(named: hosts)
        let settings = try options.choice.settings()
        let code: Int32
        do {
            let signals = try SignalDescriptor()  // before the network's thread exists
            let links = try FleetLinks(to: targets, identity: identity)
            let terminal = try CursesTerminal(
                options: TerminalOptions(
                    theme: noColor ? Theme.mono.name : theme, usualTheme: settings.configuration.theme,
                    glyphs: glyphs ?? settings.configuration.glyphs))
            var loop = MainLoop(terminal: terminal, signals: signals, links: links, places: targets.map(\.place))
            code = loop.run()
            let dropped = links.mailbox.losses.dropped
            if dropped > 0 { Output.note("\(dropped) events came faster than they could be taken in and were dropped") }
        } catch let error as ShellError {
            throw Output.failure(error)
        } catch let error as TerminalError {
            throw Output.failure(.usage, error.description)
        }
        throw ExitCode(code)
    }
}
