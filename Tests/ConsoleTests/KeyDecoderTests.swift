import Testing

@testable import Console

/// All that came, read in the given chunks: between chunks there is nothing to read for a moment.
private func inputs(_ chunks: [[RawKey]]) -> [Input] {
    var decoder = KeyDecoder()
    var result: [Input] = []
    for chunk in chunks {
        var rest = chunk[...]
        while let input = decoder.next({ rest.popFirst() }) { result.append(input) }
    }
    return result
}

private func keys(_ chunks: [RawKey]...) -> [Key] {
    inputs(chunks).compactMap { if case .key(let key) = $0 { key } else { nil } }
}

private func typed(_ text: String) -> [RawKey] { text.unicodeScalars.map { .scalar($0) } }

@Suite struct KeyDecoderTests {
    @Test func namesControlCharacters() {
        #expect(keys(typed("\u{03}\u{1A}\u{0C}")) == [.control("c"), .control("z"), .control("l")])
        #expect(keys(typed("\0\u{1C}\u{1F}")) == [.control(" "), .control("\\"), .control("_")])
        #expect(keys(typed("\t\r\u{0A}\u{08}\u{7F}")) == [.tab, .enter, .enter, .backspace, .backspace])
        #expect(keys(typed("\u{9B}")) == [.unknown(0)])
    }

    @Test func passesCharactersAndNamedKeys() {
        #expect(
            keys(typed("qé日") + [.key(.up), .key(.function(5))])
                == [.character("q"), .character("é"), .character("日"), .up, .function(5)])
    }

    @Test func escapeAloneIsEscape() {
        #expect(keys(typed("\u{1B}")) == [.escape])
        #expect(keys(typed("\u{1B}"), typed("q")) == [.escape, .character("q")])
        #expect(keys(typed("\u{1B}\u{1B}")) == [.escape, .escape])
        #expect(keys(typed("\u{1B}k")) == [.escape, .character("k")])
        #expect(keys(typed("\u{1B}[")) == [.escape, .character("[")])
    }

    @Test func unknownSequencesTypeNothing() {
        #expect(keys(typed("\u{1B}[99;5Xq")) == [.unknown(0), .character("q")])
        #expect(keys(typed("\u{1B}[1;3Aq")) == [.unknown(0), .character("q")])
        #expect(keys(typed("\u{1B}Oyq")) == [.unknown(0), .character("q")])
        #expect(keys(typed("\u{1B}[12\u{03}")) == [.unknown(0), .control("c")])
        #expect(keys(typed("\u{1B}[" + String(repeating: "1", count: 64) + "q")) == [.unknown(0), .character("q")])
    }

    @Test func aSequenceMayComeInPieces() {
        #expect(keys(typed("\u{1B}[1"), typed("2"), typed("~q")) == [.unknown(0), .character("q")])
        #expect(keys(typed("\u{1B}[1"), typed("\u{1B}[B")) == [.unknown(0), .down], "a lost end swallows no key")
    }

    @Test func takesAnswersOfTheTerminal() {
        func mode(_ state: Int) -> [Input] { inputs([typed("\u{1B}[?2026;\(state)$y")]) }
        #expect([1, 2, 3].allSatisfy { mode($0) == [.mode(2026, isKnown: true)] })
        #expect([0, 4].allSatisfy { mode($0) == [.mode(2026, isKnown: false)] })
        #expect(inputs([typed("\u{1B}[?20"), typed("26;2$"), typed("yq")]).count == 2)
        #expect(keys(typed("\u{1B}[?2026$yq")) == [.unknown(0), .character("q")])
    }

    @Test func knowsCommonSequencesThatTheDescriptionLacks() {
        #expect(
            keys(typed("\u{1B}[A\u{1B}OB\u{1B}[5~\u{1B}[H\u{1B}[Z\u{1B}OP"))
                == [.up, .down, .pageUp, .home, .backTab, .function(1)])
    }

    @Test func gathersAPasteAcrossReads() {
        #expect(
            keys([.pasteStart] + typed("rm\r-rf"), typed(" x") + [.key(.tab), .pasteEnd] + typed("q"))
                == [.paste("rm\n-rf x\t"), .character("q")])
        #expect(keys([.pasteStart, .pasteEnd]) == [.paste("")])
        #expect(keys([.pasteEnd] + typed("q")) == [.character("q")])
    }

    @Test func pastedKeysAndEscapesDoNothing() {
        #expect(
            keys([.pasteStart] + typed("\u{1B}[A") + [.key(.function(9)), .pasteStart, .pasteEnd])
                == [.paste("\u{1B}[A")])
    }

    @Test func boundsAPasteAndSwallowsItsRest() {
        let long = [RawKey](repeating: .scalar("x"), count: KeyDecoder.maximumPaste + 1000)
        #expect(
            keys([.pasteStart] + long + [.pasteEnd] + typed("q"))
                == [.paste(String(repeating: "x", count: KeyDecoder.maximumPaste)), .character("q")])
    }

    @Test func controlCEndsAPasteWhoseEndIsLost() {
        #expect(keys([.pasteStart] + typed("abc\u{03}q")) == [.control("c"), .character("q")])
    }
}
