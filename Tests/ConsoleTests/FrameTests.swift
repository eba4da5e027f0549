import Testing

@testable import Console

@Suite struct FrameTests {
    @Test func drawsTextWhereItIsTold() {
        var frame = Frame(size: Size(rows: 2, columns: 10))
        let after = frame.draw("web-1", at: 1, 2, style: .bold)
        #expect(after == 7)
        #expect(frame.text == "\n  web-1")
        #expect(
            frame.styles(row: 1).map(\.bold) == [false, false] + Array(repeating: true, count: 5) + [
                false, false, false,
            ])
        #expect(frame[1, 2].string == "w")
    }

    @Test func clipsAtEveryEdgeWhateverTheNumbers() {
        let text: SafeText = "a日e\u{301}🚀bc"
        let extremes = [Int.min, Int.min + 1, -1_000_001, Int.max - 1, Int.max]
        for columns in 0...300 {
            var frame = Frame(size: Size(rows: 1, columns: columns))
            for start in -12...columns + 2 { frame.draw(text, at: 0, start, width: 1 + columns % 9) }
            for extreme in extremes {
                frame.draw(text, at: extreme, extreme, width: extreme)
                frame.draw(text, at: 0, extreme, width: extreme)
                frame.fill(row: extreme)
                frame.style(row: extreme, .bold)
                _ = frame[extreme, extreme]
                _ = frame.text(row: extreme)
            }
            frame.restyle(row: 0, columns: -5..<columns + 5) { $0.selected = true }
            #expect(frame.styles(row: 0).allSatisfy { $0.selected })
            #expect(frame.styles(row: 0).count == columns)
            #expect(isWhole(frame))
        }
        for rows in -3..<3 { #expect(Frame(size: Size(rows: rows, columns: -1)).size.rows == max(rows, 0)) }
        #expect(Frame(size: Size(rows: 65_535, columns: 65_535)).size == Size(rows: 1000, columns: 2000))
    }

    /// No half of a wide character stands alone.
    private func isWhole(_ frame: Frame) -> Bool {
        let row = Array(frame[row: 0])
        return row.indices.allSatisfy { index in
            let isWide = SafeText(row[index].string).columns == 2
            if row[index].isContinuation { return index > 0 && SafeText(row[index - 1].string).columns == 2 }
            return !isWide || (index + 1 < row.count && row[index + 1].isContinuation)
        }
    }

    @Test func leavesABlankWhereAWideCharacterIsCut() {
        var frame = Frame(size: Size(rows: 3, columns: 5))
        frame.draw("日本語", at: 0, 0)
        #expect(frame.text(row: 0) == "日本")
        frame.draw("日本", at: 1, -1)
        #expect(frame.text(row: 1) == " 本")
        frame.draw("日本", at: 2, 0, width: 3)
        #expect(frame.text(row: 2) == "日")
        #expect(frame[0, 1].isContinuation)
    }

    @Test func blanksTheRestOfAWideCharacterThatIsOverwritten() {
        var frame = Frame(size: Size(rows: 2, columns: 6))
        frame.draw("日本語", at: 0)
        frame.draw("x", at: 0, 1)
        frame.draw("y", at: 0, 4)
        #expect(frame.text(row: 0) == " x本y")
        frame.draw("日本語", at: 1)
        frame.draw("字", at: 1, 1)
        #expect(frame.text(row: 1) == " 字 語")
    }

    @Test func keepsMarksWithTheirBase() {
        var frame = Frame(size: Size(rows: 1, columns: 3))
        frame.draw("ae\u{301}\u{302}", at: 0)
        #expect(frame[0, 1].string.unicodeScalars.elementsEqual(["e", "\u{301}", "\u{302}"]))
        // Clipped away with it, too: no mark may land on the cell before.
        frame.draw("e\u{301}x", at: 0, -1)
        #expect(frame[0, 0].string == "x")
    }

    @Test func fillsAndStylesParts() {
        var frame = Frame(size: Size(rows: 1, columns: 6))
        frame.draw("abcdef", at: 0)
        frame.fill(row: 0, columns: 1..<3, style: .info)
        #expect(frame.text(row: 0) == "a  def")
        frame.style(row: 0, columns: 4..<6, .warn)
        frame.restyle(row: 0) { $0.bold = true }
        #expect(frame[0, 5].style == Style(.warn, bold: true))
        #expect(frame[0, 1].style == Style(.info, bold: true))
    }

    @Test func drawsABoxWithItsTitleCutToFit() {
        var frame = Frame(size: Size(rows: 3, columns: 12))
        frame.box(rows: 0..<3, columns: 0..<12, title: "event loops", glyphs: .block)
        #expect(frame.text == "┌─ event… ─┐\n│          │\n└──────────┘")
        frame.box(rows: 0..<3, columns: 0..<12, title: "lag", glyphs: .ascii)
        #expect(frame.text == "+- lag ----+\n|          |\n+----------+")
    }

    @Test func drawsBoxesOfAnySizeWithoutTrapping() {
        for rows in 0...4 {
            for columns in 0...12 {
                var frame = Frame(size: Size(rows: 3, columns: 8))
                frame.box(rows: -1..<rows, columns: -1..<columns, title: "日本", glyphs: .block)
                frame.rule(row: rows, columns: -2..<columns, glyphs: .ascii)
                #expect(frame.styles(row: 0).count == 8)
            }
        }
        var frame = Frame(size: Size(rows: 2, columns: 2))
        frame.box(rows: -100_000..<100_000, columns: -100_000..<100_000, glyphs: .block)
        #expect(frame.text == "\n")
    }

    @Test func spansOfTinyTerminalsAreEmpty() {
        #expect(Range.span(1, 3) == 1..<3)
        #expect(Range.span(1, -1).isEmpty)
        var frame = Frame(size: Size(rows: 1, columns: 1))
        frame.restyle(row: 0, columns: .span(1, 0)) { $0.selected = true }
        #expect(frame[0, 0].style == .plain)
    }

    @Test func equalDrawingsAreEqual() {
        func drawn(_ cursor: Position?) -> Frame {
            var frame = Frame(size: Size(rows: 2, columns: 8))
            frame.draw("e\u{301}日", at: 0, style: .dim)
            frame.cursor = cursor
            return frame
        }
        #expect(drawn(nil) == drawn(nil))
        #expect(drawn(nil) != drawn(Position(row: 0, column: 0)))
    }

    @Test func stylesChangeOnePartAtATime() {
        var style = Style.warn.with(bold: true)
        style.underline = true
        style.bold = false
        #expect(style == Style(.warn, underline: true))
        style.selected = true
        #expect(style.with(underline: false) == Style(.warn, selected: true))
        style.tone = .plain
        #expect(style == Style(underline: true, selected: true))
    }
}
