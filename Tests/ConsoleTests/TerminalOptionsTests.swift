import Testing

@testable import Console

private func traits(
    _ environment: [String: String], codeset: String? = "ANSI_X3.4-1968", canEncode: Bool = true,
    options: TerminalOptions = TerminalOptions()
) throws -> TerminalTraits {
    try TerminalTraits(options: options, environment: { environment[$0] }, codeset: codeset, canEncode: canEncode)
}

@Suite struct TerminalOptionsTests {
    @Test func drawsUnicodeWhereNoLocaleIsSet() throws {
        #expect(try traits(["TERM": "xterm"]).glyphs == .block)
        #expect(try traits(["TERM": "xterm", "LANG": ""]).glyphs == .block)
        #expect(try !traits(["TERM": "xterm"], canEncode: false).unicode)
    }

    @Test func drawsASCIIWhereTheLocaleSaysSo() throws {
        #expect(try !traits(["TERM": "xterm", "LC_ALL": "C", "LANG": "C.UTF-8"]).unicode)
        #expect(try traits(["TERM": "xterm", "LANG": "POSIX"]).glyphs == .ascii)
        #expect(try !traits(["TERM": "xterm", "LANG": "de_DE.ISO-8859-1"], codeset: "ISO-8859-1").unicode)
        #expect(try traits(["TERM": "xterm", "LANG": "de_DE.UTF-8"], codeset: "UTF-8").unicode)
    }

    @Test func judgesALocaleThatIsNotInstalledByItsName() throws {
        #expect(try traits(["TERM": "xterm", "LANG": "de_DE.UTF-8"], codeset: nil).unicode)
        #expect(try traits(["TERM": "xterm", "LANG": "en_US.utf8"], codeset: nil).unicode)
        #expect(try !traits(["TERM": "xterm", "LANG": "de_DE"], codeset: nil).unicode)
    }

    @Test func knowsTerminalsWithPoorFonts() throws {
        #expect(try traits(["TERM": "linux"]).unicode)
        #expect(try traits(["TERM": "linux"]).glyphs == .ascii)
        #expect(try !traits(["TERM": "vt100"]).unicode)
    }

    @Test func theUserHasTheLastWord() throws {
        func asked(_ glyphs: String) -> TerminalOptions { TerminalOptions(glyphs: glyphs) }
        #expect(try traits(["TERM": "linux", "LC_ALL": "C"], options: asked("block")).glyphs == .block)
        #expect(try traits(["TERM": "vt100"], options: asked("braille")).unicode)
        #expect(try traits(["TERM": "xterm"], options: asked("ascii")).glyphs == .ascii)
        #expect(try traits(["TERM": "xterm"], options: asked("ascii")).unicode, "names keep their letters")
        #expect(try !traits(["TERM": "xterm", "LC_ALL": "C"], options: asked("ascii")).unicode)
        #expect(try traits(["TERM": "xterm"], canEncode: false, options: asked("block")).glyphs == .ascii)
        #expect(throws: TerminalError.unknownGlyphs(name: "hex")) { try traits([:], options: asked("hex")) }
        let light = TerminalOptions(theme: "light")
        #expect(try traits(["NO_COLOR": "1", "LOOPTOP_THEME": "tritanopia"], options: light).theme == .light)
    }

    @Test func honoursNoColorUnlessEmpty() throws {
        #expect(try traits(["NO_COLOR": "1"]).theme == .mono)
        #expect(try traits(["NO_COLOR": "0"]).theme == .mono, "any value counts")
        #expect(try traits(["NO_COLOR": ""]).theme == .standard)
        #expect(try traits([:]).theme == .standard)
        #expect(try traits(["NO_COLOR": "1", "LOOPTOP_THEME": "light"]).theme == .mono)
    }

    @Test func takesTheThemeOfTheEnvironment() throws {
        for theme in Theme.all { #expect(try traits(["LOOPTOP_THEME": theme.name]).theme == theme) }
        #expect(try traits(["LOOPTOP_THEME": ""]).theme == .standard)
        let usual = TerminalOptions(usualTheme: "light")
        #expect(try traits([:], options: usual).theme == .light)
        #expect(try traits(["LOOPTOP_THEME": "mono"], options: usual).theme == .mono)
        #expect(try traits(["NO_COLOR": "1"], options: usual).theme == .mono)
        #expect(throws: TerminalError.unknownTheme(name: "pink")) { try traits(["LOOPTOP_THEME": "pink"]) }
        #expect(throws: TerminalError.unknownTheme(name: "")) { try traits([:], options: TerminalOptions(theme: "")) }
    }

    @Test func errorsAreSentencesThatSayWhatToDo() throws {
        let errors: [TerminalError] = [
            .notATerminal(input: false, output: true), .notATerminal(input: true, output: false), .noTerminalName,
            .unknownTerminal(name: "\u{1B}[2J"), .incapable(name: "dumb"), .failed(name: "x"),
            .unknownTheme(name: "pink\u{9B}"), .unknownGlyphs(name: "\n"),
        ]
        for error in errors {
            #expect(error.sentence.columns > 40)
            #expect(!error.description.unicodeScalars.contains("\u{1B}"))
        }
        #expect(TerminalError.incapable(name: "dumb").description.contains("\"dumb\""))
    }

    @Test(arguments: [
        ("\u{1B}[m$<2>\u{0F}", "\u{1B}[m\u{0F}"), ("a$b", "a$b"), ("$<5/*>x$<", "x$<"), ("$", "$"), ("", ""),
    ])
    func leavesOutTerminfoPadding(capability: String, expected: String) {
        #expect(Terminfo.withoutPadding(capability) == expected)
    }
}
