import Testing

@testable import Console

/// Why there can be no screen, word for word.
struct TerminalErrorTests {
    static let all: [(TerminalError, String)] = [
        (
            .notATerminal(input: false, output: true),
            "standard input is not a terminal, so no keys can be read; run this from an interactive shell"
        ),
        (
            .notATerminal(input: true, output: false),
            "standard output is not a terminal, so nothing can be drawn; run this without redirecting it"
        ),
        (
            .notATerminal(input: false, output: false),
            "standard output is not a terminal, so nothing can be drawn; run this without redirecting it"
        ),
        (
            .noTerminalName,
            """
            TERM is not set, so it is unknown how to draw; set it to your terminal's kind, for example \
            TERM=xterm-256color
            """
        ),
        (
            .unknownTerminal(name: "vt999"),
            """
            TERM is "vt999", which this machine has no description of; install ncurses-term or try \
            TERM=xterm-256color
            """
        ),
        (
            .incapable(name: "dumb"),
            """
            TERM is "dumb", which cannot place text on a screen; set it to your terminal's kind, for example \
            TERM=xterm-256color
            """
        ),
        (
            .unknownTheme(name: "pink"),
            """
            there is no theme "pink"; there are default, light, high-contrast, deuteranopia, tritanopia, mono
            """
        ),
        (.unknownGlyphs(name: "hex"), "there are no glyphs \"hex\"; there are block, braille, ascii"),
        (.failed(name: "x"), "the terminal \"x\" could not be opened; try TERM=xterm-256color"),
    ]

    @Test(arguments: all) func saysWhatIsWrongAndWhatToDo(error: TerminalError, sentence: String) {
        #expect(error.description == sentence)
    }
}
