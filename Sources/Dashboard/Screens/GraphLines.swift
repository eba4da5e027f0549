import Console
import Model

extension Ink {
    /// The newest points of a series in several rows, with a trailing gap for `missing` samples; the time comes below them.
    ///
    /// - Parameters:
    ///   - interval: from one point to the next.
    ///   - isOver: the right edge is an end and not now.
    func graph(
        _ series: Series, missing: Int, rows: Int, columns: Int, scaleColumns: Int = 0, scale: Sparkline.Scale,
        interval: Duration, isOver: Bool = false, label: (Double) -> SafeText
    ) -> [StyledLine] {
        let capacity = max(columns, 0) * 2  // two points to a column in braille
        let gap = min(missing, capacity)
        let graph = Graph(
            series.suffix(capacity - gap) + Array(repeating: nil, count: gap), rows: rows, columns: columns,
            scaleColumns: scaleColumns, scale: scale, glyphs: glyphs, label: label,
            ends: (oldest: { "-\(Format.age(interval * $0))" }, newest: isOver ? "end" : "now"))
        let style: Style = missing > 0 || isOver ? .dim : .plain
        return graph.rows.map { StyledLine($0.scale, .dim).adding($0.area, style) } + [StyledLine(graph.time, .dim)]
    }
}
