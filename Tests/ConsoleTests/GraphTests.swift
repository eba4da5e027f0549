import Testing

@testable import Console

private func graph(
    _ values: [Double?], rows: Int, columns: Int, scale: Sparkline.Scale = .fixed(0...1), glyphs: Glyphs = .block
) -> [String] {
    let graph = Graph(
        values, rows: rows, columns: columns, scale: scale, glyphs: glyphs,
        label: { Format.number($0, decimals: $0.rounded() == $0 ? 0 : 1) }, ends: (oldest: { "-\($0)" }, newest: "now"))
    return (graph.rows.map { $0.scale + $0.area } + [graph.time]).map(\.string)
}

@Suite struct GraphTests {
    @Test func isAsHighAsItsRows() {
        #expect(
            graph([0, 0.25, 0.5, 0.75, 1], rows: 2, columns: 9) == [
                "1┤    ▁▅█",
                "0┤  ▁▅███",
                "  -7  now",
            ])
    }

    @Test func gapsAreMarkedOnTheGroundAndNotBridged() {
        #expect(
            graph([1, nil, .nan, 1], rows: 2, columns: 8) == [
                "1┤  █  █",
                "0┤  █··█",
                "  -6 now",
            ])
    }

    @Test func dotsHoldTwoValuesInACell() {
        #expect(
            graph([0, 0.25, 0.5, 0.75, 1], rows: 2, columns: 10, glyphs: .braille) == [
                "1┤      ⢀⣾",
                "0┤     ⢀⣾⣿",
                "  -16  now",
            ])
        #expect(graph([1, nil, nil, nil], rows: 2, columns: 4, glyphs: .braille)[1] == "0┤⡇·")
    }

    @Test func graphsAboveEachOtherBeginAtOneColumn() {
        let graph = Graph(
            [1], rows: 2, columns: 10, scaleColumns: 4, scale: .fixed(0...1), glyphs: .block,
            label: { Format.number($0) },
            ends: (oldest: { _ in "" }, newest: ""))
        #expect(graph.rows.map(\.scale.columns) == [5, 5])
        #expect(graph.rows.map(\.area.columns) == [5, 5])
    }

    @Test func aMiddleLabelIsWhereItsValueIs() {
        let lines = graph([50, 100], rows: 5, columns: 12, scale: .automatic)
        #expect(lines[0].hasPrefix("100┤") && lines[2].hasPrefix(" 60┤") && lines[4].hasPrefix("  0┤"))
        #expect(lines[1].hasPrefix("   │"))
        let powers = graph([1, 16], rows: 8, columns: 12, scale: .logarithmic(1...16))
        #expect(powers[4].hasPrefix(" 4┤"))
    }

    @Test func asciiUsesASCII() {
        let lines = graph([0, 0.3, nil, 1], rows: 3, columns: 9, glyphs: .ascii)
        #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 < 0x7F } })
        #expect(lines[2] == "0+   _#?#")
    }

    @Test(arguments: Glyphs.all) func everyLineIsAsWideAsAsked(glyphs: Glyphs) {
        let values: [Double?] = (0..<50).map { $0 % 7 == 3 ? nil : Double($0 % 11) / 10 }
        for columns in -1...40 {
            for rows in 0...6 {
                let lines = graph(values, rows: rows, columns: columns, glyphs: glyphs)
                #expect(lines.count == max(rows, 1) + 1)
                // The scale is never cut, and has a line beside it.
                let width = max(columns, rows < 5 ? 2 : 4)
                #expect(
                    lines.allSatisfy { SafeText($0).columns == width }, "\(columns) columns, \(rows) rows: \(lines)")
            }
        }
    }

    @Test(arguments: Glyphs.all) func nothingTraps(glyphs: Glyphs) {
        let odd: [Double?] = [
            .infinity, -.infinity, .nan, .greatestFiniteMagnitude, -1e300, .leastNonzeroMagnitude, nil,
        ]
        for scale in [Sparkline.Scale.automatic, .fixed(0...0), .logarithmic(0...0), .fixed(-1...1)] {
            _ = graph(odd, rows: 3, columns: 20, scale: scale, glyphs: glyphs)
        }
        _ = graph([], rows: .max, columns: .max, glyphs: glyphs)
        _ = graph([1], rows: .min, columns: .min, glyphs: glyphs)
    }
}
