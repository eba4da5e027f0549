import Testing

@testable import Console

private let layout = TableLayout([
    Column("HOST", minimum: 8, maximum: .max),
    Column("STATE", minimum: 5),
    Column("TREND", minimum: 8, maximum: 24, priority: 3),
    Column("RSS", alignment: .right, minimum: 6, priority: 2),
    Column("PID", alignment: .right, minimum: 7, priority: 2),
])

private func titles(_ width: Int) -> [String] {
    layout.layout(width: width).map { layout.columns[$0.index].title.string }
}

@Suite struct TableLayoutTests {
    @Test func dropsWholeColumnsByPriority() {
        #expect(titles(38) == ["HOST", "STATE", "TREND", "RSS", "PID"])
        #expect(titles(37) == ["HOST", "STATE", "RSS", "PID"], "the greatest number first")
        #expect(titles(28) == ["HOST", "STATE", "RSS"], "the rightmost of equals first")
        #expect(titles(20) == ["HOST", "STATE"])
        #expect(titles(10) == ["HOST", "STATE"], "identity stays")
    }

    @Test func fitsAtEveryWidthWithoutOverlap() {
        for width in -2...300 {
            let placements = layout.layout(width: width)
            var free = 0
            for placement in placements {
                #expect(placement.start >= free)
                #expect(placement.width > 0)
                free = placement.range.upperBound
            }
            #expect(free <= max(width, 0))
            if width > 0 { #expect(placements.first?.index == 0) }
        }
    }

    @Test func givesSpareRoomToFlexibleColumnsUpToTheirMaximum() {
        let wide = layout.layout(width: 120)
        #expect(wide.first { $0.index == 2 }?.width == 24)
        #expect(wide.last?.range.upperBound == 120)
        let middle = layout.layout(width: 48)
        #expect(middle.map(\.width) == [13, 5, 13, 6, 7])
    }

    @Test func cutsAtTheRightEdgeWhenIdentityDoesNotFit() {
        #expect(layout.layout(width: 10).map(\.width) == [8, 1])
        #expect(layout.layout(width: 3).map(\.width) == [3])
        #expect(layout.layout(width: 0).isEmpty)
        #expect(TableLayout([]).layout(width: 80).isEmpty)
    }

    @Test func drawsRowsAlignedAndCut() {
        var frame = Frame(size: Size(rows: 2, columns: 22))
        let placements = layout.layout(width: 21)
        frame.drawTableHead(placements, of: layout, at: 0, glyphs: .block)
        var asked: [Int] = []
        frame.drawTableRow(placements, at: 1, style: .info, glyphs: .block) { index in
            asked.append(index)
            return index == 3 ? TableCell("12345678", style: .bold) : "payments-worker"
        }
        #expect(frame.text == "HOST     STATE    RSS\npayment… paym… 12345…")
        #expect(asked == [0, 1, 3], "dropped columns are not computed")
        #expect(frame[1, 8].style == .info, "the row's style covers gaps")
        #expect(frame[1, 15].style == .bold)
        #expect(frame[0, 0].style == .bold)
    }
}
