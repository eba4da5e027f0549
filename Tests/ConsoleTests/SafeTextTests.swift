import Testing

@testable import Console

/// What a peer might put into a name, a command line or an error text, and what must be seen instead.
private let corpus: [(name: String, hostile: String, shown: String)] = [
    ("ESC", "a\u{1B}b", #"a\x1bb"#),
    ("CSI colour and clear", "\u{1B}[31m\u{1B}[2J", #"\x1b[31m\x1b[2J"#),
    ("OSC 8 link", "\u{1B}]8;;http://x\u{07}y", #"\x1b]8;;http://x\x07y"#),
    ("OSC 52 clipboard", "\u{1B}]52;c;QUJD\u{07}", #"\x1b]52;c;QUJD\x07"#),
    ("OSC 0 title", "\u{1B}]0;root\u{1B}\\", #"\x1b]0;root\x1b\"#),
    ("DCS", "\u{1B}Pq#0\u{1B}\\", #"\x1bPq#0\x1b\"#),
    ("APC", "\u{1B}_x\u{9C}", #"\x1b_x\x9c"#),
    ("carriage return", "killed\rrunning", #"killed\x0drunning"#),
    ("newline and tab", "a\nb\tc", #"a\x0ab\x09c"#),
    ("NUL, BEL, BS, DEL", "\0\u{07}\u{08}\u{7F}", #"\x00\x07\x08\x7f"#),
    ("8-bit CSI", "\u{9B}31m", #"\x9b31m"#),
    ("bidi override", "a\u{202E}txt.exe", #"a\u{202e}txt.exe"#),
    ("bidi isolate and marks", "\u{2066}\u{200F}\u{061C}", #"\u{2066}\u{200f}\u{61c}"#),
    ("line and paragraph separators", "\u{2028}\u{2029}", #"\u{2028}\u{2029}"#),
    ("zero width", "we\u{200B}b\u{200D}\u{FEFF}\u{2060}", #"we\u{200b}b\u{200d}\u{feff}\u{2060}"#),
    ("variation selector", "\u{2764}\u{FE0F}", "\u{2764}" + #"\u{fe0f}"#),
    ("tag characters", "\u{E0041}\u{E007F}", #"\u{e0041}\u{e007f}"#),
    ("private use", "\u{E000}\u{F0000}", #"\u{e000}\u{f0000}"#),
    ("unassigned", "\u{0378}\u{FFFE}", #"\u{378}\u{fffe}"#),
    ("Hangul filler, soft hyphen", "\u{3164}\u{AD}", #"\u{3164}\xad"#),
    ("mark without a base", "\u{301}x", #"\u{301}x"#),
    ("mark after an escape", "\u{1B}\u{301}", #"\x1b\u{301}"#),
    ("tinted emoji", "\u{1F44D}\u{1F3FD}", "\u{1F44D}" + #"\u{1f3fd}"#),
    ("flag", "\u{1F1E9}\u{1F1EA}", #"\u{1f1e9}\u{1f1ea}"#),
    ("plain text stays", "web-1 é ü 日本 🚀", "web-1 é ü 日本 🚀"),
]

/// True when a terminal has nothing to obey in it.
private func isInert(_ text: SafeText) -> Bool {
    text.string.unicodeScalars.allSatisfy { CharacterWidth($0) != .unsafe }
}

@Suite struct SafeTextTests {
    @Test(arguments: corpus.indices) func showsHostileTextAsEscapes(index: Int) {
        let entry = corpus[index]
        #expect(SafeText(entry.hostile).string == entry.shown, "\(entry.name)")
        #expect(isInert(SafeText(entry.hostile)))
    }

    @Test func sanitisesWhateverWayTextComesIn() {
        let hostile = "\u{1B}[2J"
        let shown = #"\x1b[2J"#
        #expect(SafeText(hostile[...]).string == shown)
        #expect(SafeText(bytes: Array(hostile.utf8)).string == shown)
        #expect((SafeText("a") + SafeText(hostile)).string == "a" + shown)
        let interpolated: SafeText = "host \(hostile) \(SafeText(hostile)) \(3)"
        #expect(interpolated.string == "host \(shown) \(shown) 3")
        let literal: SafeText = "\u{1B}[2J"
        #expect(literal.string == shown)
        #expect([SafeText(hostile), "b"].joined(separator: ", ").string == shown + ", b")
        let cell: TableCell = "x\(hostile)"
        #expect(cell.text.string == "x" + shown)
    }

    @Test func sanitisesDescriptionsOfInterpolatedValues() {
        struct Hostile: CustomStringConvertible { var description: String { "\u{1B}c" } }
        let text: SafeText = "\(Hostile())"
        #expect(text.string == #"\x1bc"#)
    }

    @Test func showsBytesThatAreNoUTF8AsReplacementCharacters() {
        #expect(SafeText(bytes: [0x61, 0x9B, 0x33, 0xFF]).string == "a\u{FFFD}3\u{FFFD}")
    }

    @Test func everyScalarIsEitherSafeOrEscapedInASCII() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), CharacterWidth(scalar) == .unsafe else { continue }
            let text = SafeText(String(Character(scalar)))
            if text.string.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E }) { Issue.record("U+\(value)") }
        }
    }

    @Test func keepsFourMarksPerCharacter() {
        let text = SafeText("e" + String(repeating: "\u{301}", count: 10_000) + "x")
        #expect(text.string.unicodeScalars.count == 6 || text.string.hasSuffix("..."))
        #expect(text.string.unicodeScalars.count { $0 == "\u{301}" } == 4)
        #expect(text.columns <= 5)
        let many = SafeText(String(repeating: "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}", count: 3))
        #expect(many.string.unicodeScalars.count == 15)
        #expect(many.columns == 3)
    }

    @Test func measuresWideCharactersAsTwo() {
        #expect(SafeText("日本").columns == 4)
        #expect(SafeText("🚀").columns == 2)
        #expect(SafeText("e\u{301}").columns == 1)
        #expect(SafeText("한글").columns == 4)
        #expect(SafeText("\u{1112}\u{1161}\u{11AB}").columns == 2, "conjoining Hangul")
        #expect(SafeText("▁█│·▲").columns == 5)
        #expect(SafeText("").columns == 0)
        #expect(SafeText(#"\x1b"#).columns == 4)
    }

    @Test func boundsTextOfMegabytes() {
        for hostile in [String(repeating: "x", count: 5_000_000), String(repeating: "日", count: 1_000_000)] {
            let text = SafeText(hostile)
            #expect(text.columns <= SafeText.maximumColumns)
            #expect(text.string.hasSuffix("..."))
        }
        #expect(SafeText(bytes: [UInt8](repeating: 0x1B, count: 1_000_000)).columns <= SafeText.maximumColumns)
    }

    @Test func cutsBetweenCharactersAtEveryWidth() {
        let text: SafeText = "a日e\u{301}\u{302}🚀b한\u{1B}c"
        for width in -3...300 {
            let start = text.prefix(columns: width)
            #expect(start.columns <= max(width, 0))
            #expect(start.columns >= min(max(width, 0), text.columns) - 1, "at most half a wide character is lost")
            #expect(text.string.unicodeScalars.starts(with: start.string.unicodeScalars))
            #expect(SafeText(start.string) == start, "the stated width is the measured one")
            let cut = text.truncated(to: width)
            #expect(cut.columns <= max(width, 0))
            #expect(SafeText(cut.string) == cut)
            let rest = text.dropFirst(columns: width)
            #expect(rest.columns == max(text.columns - max(width, 0), 0))
            #expect(SafeText(rest.string) == rest)
            #expect(text.padded(to: width).columns == max(width, 0))
            #expect(text.leftPadded(to: width).columns == max(width, 0))
        }
    }

    @Test func marksWhatWasCut() {
        let name: SafeText = "payments-worker"
        #expect(name.truncated(to: 8).string == "payment…")
        #expect(name.truncated(to: 8, ellipsis: Glyphs.ascii.ellipsis).string == "payment$")
        #expect(name.truncated(to: 15) == name)
        #expect(name.truncated(to: 1).string == "…")
        #expect(name.truncated(to: 0).string == "")
        #expect(SafeText("日本語").truncated(to: 4).string == "日…")
        #expect(SafeText("日本語").dropFirst(columns: 1).string == " 本語")
    }

    @Test func padsToEitherSide() {
        #expect(SafeText("ab").padded(to: 4).string == "ab  ")
        #expect(SafeText("ab").leftPadded(to: 4).string == "  ab")
        #expect(SafeText("日本").padded(to: 5).string == "日本 ")
        #expect(SafeText("abcdef").leftPadded(to: 3).string == "ab…")
        #expect(SafeText.spaces(-1).isEmpty)
    }
}
