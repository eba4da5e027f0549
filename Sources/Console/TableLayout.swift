/// A column of a table.
public struct Column: Hashable, Sendable {
    public enum Alignment: Hashable, Sendable { case left, right }

    public var title: SafeText
    public var alignment: Alignment
    /// Columns it needs; with less room it is dropped whole.
    public var minimum: Int
    /// Columns it may grow to; equal to `minimum` for a fixed one.
    public var maximum: Int
    /// 0: identity, never dropped. The greatest number goes first, of equal ones the rightmost.
    public var priority: Int

    /// - Parameter maximum: `nil` is fixed, `.max` takes what is left.
    public init(
        _ title: SafeText, alignment: Alignment = .left, minimum: Int, maximum: Int? = nil, priority: Int = 0
    ) {
        self.title = title
        self.alignment = alignment
        self.minimum = max(minimum, 1)
        self.maximum = max(maximum ?? self.minimum, self.minimum)
        self.priority = max(priority, 0)
    }
}

/// Decides which columns of a table a width has room for, and where they stand.
public struct TableLayout: Hashable, Sendable {
    /// A column that is shown.
    public struct Placement: Hashable, Sendable {
        /// Index in `columns`.
        public var index: Int
        /// Left edge, from 0.
        public var start: Int
        public var width: Int
        public var alignment: Column.Alignment
        public var range: Range<Int> { start..<start + width }
    }

    public var columns: [Column]
    /// Blanks between two columns.
    public var gap: Int

    public init(_ columns: [Column], gap: Int = 1) {
        self.columns = columns
        self.gap = max(gap, 0)
    }

    /// Drops whole columns until the rest fits, then lets flexible ones grow evenly.
    ///
    /// Columns of priority 0 stay; if not even they fit, the right edge cuts them.
    public func layout(width: Int) -> [Placement] {
        var shown = Array(columns.indices)
        while needed(shown) > width, let victim = victim(of: shown) { shown.remove(at: victim) }
        var widths = shown.map { columns[$0].minimum }
        grow(&widths, of: shown, by: width - needed(shown))
        var placements: [Placement] = []
        var start = 0
        for (index, columnWidth) in zip(shown, widths) where start < width {
            let columnWidth = min(columnWidth, width - start)
            let alignment = columns[index].alignment
            placements.append(Placement(index: index, start: start, width: columnWidth, alignment: alignment))
            start += columnWidth + gap
        }
        return placements
    }

    private func needed(_ shown: [Int]) -> Int {
        shown.reduce(0) { $0 + columns[$1].minimum } + gap * max(shown.count - 1, 0)
    }

    private func victim(of shown: [Int]) -> Int? {
        let candidates = shown.indices.filter { columns[shown[$0]].priority > 0 }
        return candidates.max { left, right in
            (columns[shown[left]].priority, left) < (columns[shown[right]].priority, right)
        }
    }

    /// Hands out spare columns in equal shares, again and again until nobody can take more.
    private func grow(_ widths: inout [Int], of shown: [Int], by spare: Int) {
        var spare = spare
        while spare > 0 {
            let growing = widths.indices.filter { widths[$0] < columns[shown[$0]].maximum }
            if growing.isEmpty { return }
            let share = max(spare / growing.count, 1)
            for place in growing where spare > 0 {
                let more = min(share, spare, columns[shown[place]].maximum - widths[place])
                widths[place] += more
                spare -= more
            }
        }
    }
}
