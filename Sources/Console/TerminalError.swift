/// Why there can be no screen.
public enum TerminalError: Error, Hashable, Sendable {
    /// Standard input or output is a file, a pipe or closed.
    case notATerminal(input: Bool, output: Bool)
    /// `TERM` is not set.
    case noTerminalName
    /// No description of this terminal is installed.
    case unknownTerminal(name: String)
    /// The description lacks what a screen needs, as `dumb` does.
    case incapable(name: String)
    /// `--theme` or `LOOPTOP_THEME` names none of ours.
    case unknownTheme(name: String)
    /// `--glyphs` names none of ours.
    case unknownGlyphs(name: String)
    /// Curses gave no reason.
    case failed(name: String)

    /// What is wrong and what to do, as one sentence.
    public var sentence: SafeText {
        switch self {
        case .notATerminal(input: false, output: true):
            "standard input is not a terminal, so no keys can be read; run this from an interactive shell"
        case .notATerminal:
            "standard output is not a terminal, so nothing can be drawn; run this without redirecting it"
        case .noTerminalName:
            "TERM is not set, so it is unknown how to draw; set it to your terminal's kind, for example TERM=xterm-256color"
        case .unknownTerminal(let name):
            "TERM is \"\(name)\", which this machine has no description of; install ncurses-term or try TERM=xterm-256color"
        case .incapable(let name):
            "TERM is \"\(name)\", which cannot place text on a screen; set it to your terminal's kind, for example TERM=xterm-256color"
        case .unknownTheme(let name):
            "there is no theme \"\(name)\"; there are \(Theme.all.map(\.name).joined(separator: ", "))"
        case .unknownGlyphs(let name):
            "there are no glyphs \"\(name)\"; there are \(Glyphs.all.map(\.name).joined(separator: ", "))"
        case .failed(let name):
            "the terminal \"\(name)\" could not be opened; try TERM=xterm-256color"
        }
    }
}

extension TerminalError: CustomStringConvertible {
    public var description: String { sentence.string }
}
