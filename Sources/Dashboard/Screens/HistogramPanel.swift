import Console
import Lag
import Model

/// How often a worker's loop went how long without a turn, and how much of the time that was: beside the strip, in its
/// rows.
struct HistogramPanel {
    /// Ten of bars, eight of counts, seven of shares.
    static let columns = 25
    private static let bars = 10

    /// Of how long it is, at most.
    enum Window: Sendable, CaseIterable {
        case quarter, fiveMinutes, minute

        var length: Duration {
            switch self {
            case .quarter: .seconds(900)
            case .fiveMinutes: .seconds(300)
            case .minute: .seconds(60)
            }
        }
    }

    /// Whether there is room for it beside the strip.
    static func fits(_ size: Size) -> Bool {
        size.columns >= 110 && (Anatomy(size)?.body.count ?? 0) >= 30
    }

    let summary: LagHistory.Summary
    let rows: LagPanel.Rows
    let glyphs: Glyphs

    /// Above the rows: of how long, and how many stretches.
    var head: SafeText {
        let count = summary.stretches.counts.reduce(0) { $0 + UInt64($1) }
        return SafeText("\(Format.age(summary.span)): \(Format.count(count)) stretches").padded(to: Self.columns)
    }

    /// One for each row of the strip. The longest bar is that of the row with the most time.
    var lines: [SafeText] {
        let parts = self.parts
        let most = parts.map(\.share).max() ?? 0
        return parts.map { part in
            let filled = most > 0 ? Int((part.share / most * Double(Self.bars)).rounded(.up)) : 0
            let bar = SafeText(String(repeating: glyphs.full.string, count: filled)).padded(to: Self.bars)
            return bar + Format.count(part.count).leftPadded(to: 8) + Format.percent(part.share).leftPadded(to: 7)
        }
    }

    /// Of each row: how many stretches there were, and which share of the time they took.
    var parts: [(count: UInt64, share: Double)] {
        rows.labels.indices.map { row in
            let edges = rows.range(row)
            var (count, seconds) = (UInt64(0), 0.0)
            for (bucket, number) in summary.stretches.counts.enumerated() where number > 0 {
                let middle = LagHistogram.middle(ofBucket: bucket)
                guard edges.contains(LagColumn.row(of: middle) ?? 0) else { continue }
                count += UInt64(number)
                seconds += middle.seconds * Double(number)
            }
            return (count, min(seconds / max(summary.span.seconds, 0.001), 1))
        }
    }
}
