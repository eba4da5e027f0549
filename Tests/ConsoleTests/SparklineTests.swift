import Testing

@testable import Console

@Suite struct SparklineTests {
    @Test func spreadsAFixedScaleOverEightLevels() {
        let text = Sparkline.text((0...8).map(Double.init), columns: 9, scale: .fixed(0...8), glyphs: .block)
        #expect(text.string == "▁▂▃▄▅▆▇██")
        let outside = Sparkline.text([-5, 99, .infinity, -.infinity], columns: 4, scale: .fixed(0...8), glyphs: .block)
        #expect(outside.string == "▁██▁")
    }

    @Test func showsMissingValuesAsGapsAndNeverAsZero() {
        let text = Sparkline.text([8, nil, 0, .nan], columns: 4, scale: .fixed(0...8), glyphs: .block)
        #expect(text.string == "█·▁·")
        #expect(Sparkline.text([nil, 1], columns: 2, scale: .fixed(0...1), glyphs: .ascii).string == "?@")
    }

    @Test func keepsTheNewestAtTheRight() {
        #expect(Sparkline.text([0, 8], columns: 5, scale: .fixed(0...8), glyphs: .block).string == "   ▁█")
        #expect(Sparkline.text([8, 8, 0], columns: 2, scale: .fixed(0...8), glyphs: .block).string == "█▁")
        #expect(Sparkline.text([], columns: 3, scale: .automatic, glyphs: .block).string == "   ")
    }

    @Test func isAsWideAsAskedAtEveryWidth() {
        let values: [Double?] = (0..<100).map { $0 % 7 == 0 ? nil : Double($0) }
        for columns in -1...300 {
            for scale in [Sparkline.Scale.fixed(0...50), .automatic, .logarithmic(1...1000)] {
                let text = Sparkline.text(values, columns: columns, scale: scale, glyphs: .block)
                #expect(text.columns == max(columns, 0))
                #expect(SafeText(text.string) == text)
            }
        }
    }

    @Test func growsByRatiosOnALogarithmicScale() {
        let values = (0...8).map { Double(1 << $0) }
        let text = Sparkline.text(values, columns: 9, scale: .logarithmic(1...256), glyphs: .block)
        #expect(text.string == "▁▂▃▄▅▆▇██")
        #expect(
            Sparkline.text([0, -1, 1000], columns: 3, scale: .logarithmic(1...256), glyphs: .block).string == "▁▁█")
        // Rising values never fall, whatever the bounds.
        let levels = Glyphs.block.sparkline.map(\.string)
        let rising = stride(from: 0.5, to: 600, by: 0.5).map { Optional($0) }
        let drawn = Sparkline.text(rising, columns: rising.count, scale: .logarithmic(0...500), glyphs: .block)
        let heights = drawn.string.compactMap { levels.firstIndex(of: String($0)) }
        #expect(heights.count == rising.count)
        #expect(zip(heights, heights.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func automaticScaleStartsAtZeroAndIsReported() {
        let values: [Double?] = [99, 4, nil, 8]
        #expect(Sparkline.text(values, columns: 3, scale: .automatic, glyphs: .block).string == "▅·█")
        #expect(Sparkline.range(values, columns: 3, scale: .automatic) == 0...8)
        #expect(Sparkline.text([0, 0], columns: 2, scale: .automatic, glyphs: .block).string == "▁▁")
    }

    @Test func survivesDegenerateScales() {
        for value in [-1, 0, 1, Double.greatestFiniteMagnitude, .leastNonzeroMagnitude] {
            for scale in [
                Sparkline.Scale.fixed(0...0), .fixed(5...5), .logarithmic(0...0), .logarithmic(-5 ... -1),
                .fixed(-.greatestFiniteMagnitude ... .greatestFiniteMagnitude), .fixed(0 ... .infinity), .automatic,
            ] {
                #expect(Sparkline.text([value], columns: 1, scale: scale, glyphs: .ascii).columns == 1)
            }
        }
    }

    @Test func shadesMoreThanNothingAsSomething() {
        #expect(Glyphs.block.shade(0) == " ")
        #expect(Glyphs.block.shade(0.001) == "░")
        #expect(Glyphs.block.shade(1) == "█")
        #expect(Glyphs.block.shade(7) == "█")
        #expect(Glyphs.block.shade(.nan) == " ")
        #expect(Glyphs.ascii.shade(1) == "@")
    }

    @Test(arguments: Glyphs.all) func everyGlyphIsOneColumnWide(glyphs: Glyphs) {
        let lines = glyphs.lines
        let all =
            glyphs.sparkline + glyphs.shades + glyphs.heights + [
                glyphs.gap, glyphs.ellipsis, glyphs.info, glyphs.warning, glyphs.critical, glyphs.stale, glyphs.down,
                glyphs.selection, glyphs.marked, glyphs.ascending, glyphs.descending, glyphs.separator,
                lines.horizontal, lines.vertical, lines.topLeft, lines.topRight, lines.bottomLeft, lines.bottomRight,
                lines.teeLeft, lines.teeRight, lines.teeTop, lines.teeBottom, lines.cross,
            ]
        #expect(all.allSatisfy { $0.columns == 1 })
        #expect(glyphs.sparkline.count == 8 && glyphs.heights.count == 8)
        #expect(!glyphs.sparkline.contains(glyphs.gap))
        if glyphs == .ascii { #expect(all.allSatisfy { $0.isASCII }) }
    }
}
