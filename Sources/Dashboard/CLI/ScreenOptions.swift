import ArgumentParser
import Console

/// What the screen looks like.
struct ScreenOptions: ParsableArguments {
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

    @Flag(help: "Lines of text instead of a screen, each row that changed a line: for screen readers and serial lines.")
    var plain = false

    /// What the dashboard is shown on.
    func display(_ configuration: Configuration) throws(TerminalError) -> any Display {
        if plain { return PlainDisplay(isUnicode: CursesTerminal.survey(options: terminal(configuration)).isUnicode) }
        let display = try CursesTerminal(options: terminal(configuration))
        display.mouse = configuration.mouse ?? false
        return display
    }

    /// Ends the command where they cannot be as the configuration has them.
    static func keys(_ configuration: Configuration) throws -> KeyTable {
        do throws(KeyTable.Problem) { return try KeyTable(changing: configuration.keys) } catch {
            throw Output.failure(.configuration, "keys.\(error.action): \(error.sentence)")
        }
    }

    /// What is not said here is as the configuration has it.
    func terminal(_ configuration: Configuration) -> TerminalOptions {
        TerminalOptions(
            theme: noColor ? Theme.mono.name : theme, usualTheme: configuration.theme,
            glyphs: glyphs ?? configuration.glyphs)
    }
}
