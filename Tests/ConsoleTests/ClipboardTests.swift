import Testing

@testable import Console

@Suite struct ClipboardTests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"), ("\u{3FF}?", "z78/"),
    ])
    func encodes(text: String, expected: String) throws {
        #expect(Clipboard.base64(Array(text.utf8)) == expected)
        #expect(try Clipboard.sequence(for: text) == "\u{1B}]52;c;\(expected)\u{07}")
    }

    @Test func refusesWhatIsTooLongRatherThanCutIt() throws {
        let most = String(repeating: "x", count: Clipboard.maximumBytes)
        #expect(try Clipboard.sequence(for: most).utf8.count < 8 + 74_994)
        #expect(throws: CopyRefusal.tooLong(most.utf8.count + 1, most: most.utf8.count)) {
            try Clipboard.sequence(for: most + "x")
        }
    }

    @Test func tmuxGetsItOnceForItselfAndOnceToHandOn() throws {
        let plain = "\u{1B}]52;c;Zm9v\u{07}"
        #expect(try Clipboard.sequence(for: "foo", inTmux: true) == plain + "\u{1B}Ptmux;\u{1B}" + plain + "\u{1B}\\")
    }
}
