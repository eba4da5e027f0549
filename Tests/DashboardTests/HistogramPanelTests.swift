import Console
import Model
import Testing

@testable import Dashboard

/// The histogram is of all stretches of its time together.
struct HistogramPanelTests {
    private func panel(_ lengths: [(Int, Int)], over span: Duration = .seconds(100)) -> HistogramPanel {
        var stretches = LagHistogram()
        for (length, count) in lengths { for _ in 0..<count { stretches.add(.milliseconds(length)) } }
        func percentile(_ share: Double) -> Duration { stretches.timeWeighted(share, over: span) }
        let summary = LagHistory.Summary(
            span: span, max: .seconds(3), p999: percentile(0.999), p99: percentile(0.99), p90: percentile(0.9),
            p50: percentile(0.5), stretches: stretches)
        return HistogramPanel(summary: summary, rows: .many, glyphs: .block)
    }

    @Test func rowsAreThoseOfTheStrip() {
        let parts = panel([(12, 100), (120, 10), (4000, 1)]).parts
        #expect(parts.map(\.count) == [1, 0, 0, 0, 10, 0, 0, 100, 0])
        #expect(abs(parts[4].share - 0.012) < 0.002 && abs(parts[7].share - 0.012) < 0.002)
        #expect(parts[0].share > 0.035)
        #expect(panel([(12, 100), (120, 10)]).head.string.hasPrefix("1m40s: 110 stretches"))
    }

    @Test func barsAreSharesOfTheMostTime() {
        let panel = panel([(12, 100), (120, 10), (4000, 1)])
        #expect(panel.lines[0].string.hasPrefix("██████████ "))
        #expect(panel.lines[1].string.hasSuffix("0     0%"))
        #expect(panel.lines.count == panel.rows.labels.count)
        #expect(panel.lines.allSatisfy { $0.columns == HistogramPanel.columns })
        let empty = self.panel([])
        #expect(empty.parts.allSatisfy { $0.count == 0 && $0.share == 0 })
        #expect(empty.lines[0].columns == HistogramPanel.columns)
    }

    @Test func everyStretchIsInOneRow() {
        let lengths = (0..<17).map { (1 << $0, 1) }
        for rows in [LagPanel.Rows.many, .few] {
            var panel = panel(lengths)
            panel = HistogramPanel(summary: panel.summary, rows: rows, glyphs: .ascii)
            #expect(panel.parts.reduce(0) { $0 + $1.count } == 17)
            #expect(panel.lines.allSatisfy { $0.string.utf8.allSatisfy { $0 < 128 } })
        }
    }

    @Test func onlyWideAndHighTerminalsHaveIt() {
        func text(_ size: Size) -> String {
            var demo = DemoFleet.settled(size: size)
            demo.press(.enter, .down, .enter)
            return demo.frame().text
        }
        #expect(!text(Size(rows: 24, columns: 200)).contains("p99.9"))
        #expect(!text(Size(rows: 40, columns: 100)).contains("p99.9"))
        let wide = text(Size(rows: 40, columns: 120))
        #expect(wide.contains("p99.9") && wide.contains("p90") && wide.contains(" stretches"))
    }

    @Test func itsWindowIsChangedByAKey() {
        var demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        demo.press(.enter, .down, .enter)
        func head() -> String? {
            demo.frame().text.split(separator: "\n").first { $0.contains(" stretches") }.map(String.init)
        }
        let whole = head()
        #expect(whole?.contains("1m") == true)
        demo.press(.character("v"), .character("v"))
        #expect(head() != whole && head()?.contains("s: ") == true)
        demo.press(.character("v"))
        #expect(head() == whole)
        var small = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        small.press(.enter, .down, .enter, .character("v"))
        #expect(small.frame().text.contains("the histogram needs 110x38"))
    }
}
