import Testing

@testable import Console

private func traits(
    _ environment: [String: String], codeset: String? = "ANSI_X3.4-1968", canEncode: Bool = true,
    options: TerminalOptions = TerminalOptions()
) -> TerminalTraits {
    TerminalTraits(options: options, environment: { environment[$0] }, codeset: codeset, canEncode: canEncode)
}

@Suite struct TerminalOptionsTests {
    @Test func drawsUnicodeWhereNoLocaleIsSet() {
        #expect(traits(["TERM": "xterm"]).blocks)
        #expect(traits(["TERM": "xterm", "LANG": ""]).blocks)
        #expect(!traits(["TERM": "xterm"], canEncode: false).unicode)
    }

    @Test func drawsASCIIWhereTheLocaleSaysSo() {
        #expect(!traits(["TERM": "xterm", "LC_ALL": "C", "LANG": "C.UTF-8"]).unicode)
        #expect(!traits(["TERM": "xterm", "LANG": "POSIX"]).blocks)
        #expect(!traits(["TERM": "xterm", "LANG": "de_DE.ISO-8859-1"], codeset: "ISO-8859-1").unicode)
        #expect(traits(["TERM": "xterm", "LANG": "de_DE.UTF-8"], codeset: "UTF-8").unicode)
    }

    @Test func judgesALocaleThatIsNotInstalledByItsName() {
        #expect(traits(["TERM": "xterm", "LANG": "de_DE.UTF-8"], codeset: nil).unicode)
        #expect(traits(["TERM": "xterm", "LANG": "en_US.utf8"], codeset: nil).unicode)
        #expect(!traits(["TERM": "xterm", "LANG": "de_DE"], codeset: nil).unicode)
    }

    @Test func knowsTerminalsWithPoorFonts() {
        #expect(traits(["TERM": "linux"]).unicode)
        #expect(!traits(["TERM": "linux"]).blocks)
        #expect(!traits(["TERM": "vt100"]).unicode)
    }

    @Test func theUserHasTheLastWord() {
        #expect(traits(["TERM": "linux", "LC_ALL": "C"], options: TerminalOptions(utf8: true)).blocks)
        #expect(!traits(["TERM": "xterm"], options: TerminalOptions(utf8: false)).unicode)
        #expect(traits(["NO_COLOR": "1"], options: TerminalOptions(color: true)).color)
        #expect(!traits([:], options: TerminalOptions(color: false)).color)
    }

    @Test func honoursNoColorUnlessEmpty() {
        #expect(!traits(["NO_COLOR": "1"]).color)
        #expect(!traits(["NO_COLOR": "0"]).color, "any value counts")
        #expect(traits(["NO_COLOR": ""]).color)
        #expect(traits([:]).color)
    }

    @Test func errorsAreSentencesThatSayWhatToDo() {
        let errors: [TerminalError] = [
            .notATerminal(input: false, output: true), .notATerminal(input: true, output: false), .noTerminalName,
            .unknownTerminal(name: "\u{1B}[2J"), .incapable(name: "dumb"), .failed(name: "x"),
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
