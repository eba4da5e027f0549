import Glibc

/// One number over time as an area of several rows: newest at the right, its scale at the left, the time below.
public struct Graph: Hashable, Sendable {
    /// One row, top to bottom.
    public struct Row: Hashable, Sendable {
        /// What the row's upper edge stands for (of the lowest row its lower edge), and an upright line; all are of one width.
        public var scale: SafeText
        public var area: SafeText
    }

    public let rows: [Row]
    /// Below the area, as wide as scale and area together.
    public let time: SafeText

    /// - Parameters:
    ///   - values: oldest first; `nil` and not-a-number are gaps, a mark on the ground that no line is drawn across. What
    ///     does not fit is left out, the oldest first.
    ///   - rows: of the area; the time comes on top.
    ///   - columns: of scale and area together.
    ///   - scaleColumns: of the scale at least, for graphs that stand above each other.
    ///   - label: what a value of the scale is called.
    ///   - ends: what is written below the oldest place and the newest one; the first is told how many values the area is wide.
    public init(
        _ values: [Double?], rows: Int, columns: Int, scaleColumns: Int = 0, scale: Sparkline.Scale, glyphs: Glyphs,
        label: (Double) -> SafeText, ends: (oldest: (Int) -> SafeText, newest: SafeText)
    ) {
        let rows = min(max(rows, 1), 100)
        let columns = min(max(columns, 0), SafeText.maximumColumns)
        let isDotted = glyphs.hasDots && rows > 1
        let (density, steps) = isDotted ? (2, 4) : (1, glyphs.heights.count)
        // How wide the scale is depends on what is shown, and how much is shown on how wide the scale is.
        let range = Sparkline.bounds(of: values.suffix(columns * density), scale: scale)
        let labels = Self.labels(of: range, rows: rows, scale: scale, label)
        let width = labels.reduce(min(max(scaleColumns, 0), 100)) { max($0, $1.columns) }
        let room = max(columns - width - 1, 0)
        let heights = values.suffix(room * density).map { value in
            value.flatMap { Sparkline.level(of: $0, in: range, scale: scale, count: rows * steps) }.map { $0 + 1 }
        }
        let areas =
            isDotted
            ? Self.dots(heights, rows: rows, room: room, gap: glyphs.gap)
            : Self.bars(heights, glyphs.heights, rows: rows, room: room, gap: glyphs.gap)
        self.rows = zip(labels, areas).map { label, area in
            let edge = label.isEmpty ? glyphs.lines.vertical : glyphs.lines.teeRight
            return Row(scale: label.leftPadded(to: width) + edge, area: area)
        }
        time = Self.time(ends.oldest(room * density), ends.newest, indent: width + 1, room: room)
    }

    /// At the top, at the bottom, and in the middle where there are five rows or more.
    private static func labels(
        of range: ClosedRange<Double>, rows: Int, scale: Sparkline.Scale, _ label: (Double) -> SafeText
    ) -> [SafeText] {
        var labels = Array(repeating: SafeText.empty, count: rows)
        if rows > 1 { labels[rows - 1] = label(range.lowerBound) }
        if rows > 4 {
            let share = Double(rows - rows / 2) / Double(rows)
            labels[rows / 2] = label(value(at: share, of: range, scale: scale))
        }
        labels[0] = label(range.upperBound)
        return labels
    }

    private static func value(at share: Double, of range: ClosedRange<Double>, scale: Sparkline.Scale) -> Double {
        if case .logarithmic = scale, range.lowerBound > 0 {
            return range.lowerBound * pow(range.upperBound / range.lowerBound, share)
        }
        return range.lowerBound + (range.upperBound - range.lowerBound) * share
    }

    /// - Parameter heights: of 1 to `rows * marks.count`, since 0 is a value, too; `nil` for a gap.
    private static func bars(_ heights: [Int?], _ marks: [SafeText], rows: Int, room: Int, gap: SafeText) -> [SafeText]
    {
        (0..<rows).reversed().map { row in
            var string = String(repeating: " ", count: room - heights.count)
            for height in heights {
                guard let height else {
                    string += row == 0 ? gap.string : " "
                    continue
                }
                let filled = min(height - row * marks.count, marks.count)
                string += filled > 0 ? marks[filled - 1].string : " "
            }
            return SafeText(trusted: string, columns: room)
        }
    }

    /// Braille: the dots of a cell are bits of its code point. Source: Unicode, block 2800-28FF.
    private static func dots(_ heights: [Int?], rows: Int, room: Int, gap: SafeText) -> [SafeText] {
        let left: [UInt32] = [0x40, 0x44, 0x46, 0x47]  // one to four dots, from below
        let right: [UInt32] = [0x80, 0xA0, 0xB0, 0xB8]
        let blanks = room * 2 - heights.count
        return (0..<rows).reversed().map { row in
            var string = ""
            for column in 0..<room {
                let halves = [column * 2 - blanks, column * 2 + 1 - blanks].map {
                    heights.indices.contains($0) ? $0 : nil
                }
                var bits: UInt32 = 0
                for (half, marks) in zip(halves, [left, right]) {
                    guard let half, let height = heights[half], height > row * 4 else { continue }
                    bits |= marks[min(height - row * 4, 4) - 1]
                }
                let isGap = row == 0 && bits == 0 && halves.contains { $0.map { heights[$0] == nil } ?? false }
                let scalar = bits == 0 ? nil : Unicode.Scalar(0x2800 + bits)
                string += isGap ? gap.string : scalar.map { String(Character($0)) } ?? " "
            }
            return SafeText(trusted: string, columns: room)
        }
    }

    private static func time(_ oldest: SafeText, _ newest: SafeText, indent: Int, room: Int) -> SafeText {
        let blanks = room - oldest.columns - newest.columns
        // With room for one of them only, the newest: it says what the right edge is.
        guard blanks > 0 else { return .spaces(indent) + newest.leftPadded(to: room) }
        return .spaces(indent) + oldest + .spaces(blanks) + newest
    }
}
