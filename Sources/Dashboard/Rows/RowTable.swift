import Console
import Model

/// The columns of a table for which there is room, and its cells.
struct RowTable<Subject: RowSubject> {
    let columns: [RowColumn<Subject>]
    let placements: [TableLayout.Placement]
    private let layout: TableLayout

    /// - Parameters:
    ///   - subjects: those that columns may have to be as wide as.
    ///   - order: the key of the column that rows are sorted by; it is never dropped.
    ///   - widths: what is known better of some columns.
    init(
        _ columns: [RowColumn<Subject>], of subjects: [Subject], order: String? = nil, inverted: Bool = false,
        width: Int, ink: Ink, widths: [String: RowColumn<Subject>.Width] = [:]
    ) {
        self.columns = columns
        layout = TableLayout(
            columns.map { column in
                let isOrder = column.key == order
                let arrow = column.isAscending != inverted ? ink.glyphs.ascending : ink.glyphs.descending
                let title = isOrder ? column.heading + arrow : column.heading
                let (minimum, maximum) = Self.width(widths[column.key] ?? column.width, column, subjects, ink)
                return Column(
                    title, alignment: column.alignment, minimum: minimum, maximum: maximum,
                    priority: isOrder ? 0 : column.priority)
            })
        placements = layout.layout(width: width)
    }

    private static func width(
        _ width: RowColumn<Subject>.Width, _ column: RowColumn<Subject>, _ subjects: [Subject], _ ink: Ink
    ) -> (Int, Int) {
        switch width {
        case .fixed(let columns): return (columns, columns)
        case .flexible(let least, let most): return (least, most)
        case .content(let least, let most):
            let room = RowColumn<Subject>.Room(ink: ink, width: .max)
            // With room for the arrow, so that sorting moves nothing.
            let widest = subjects.reduce(column.heading.columns + 1) { max($0, column.cell($1, room).text.columns) }
            return (min(widest, least), min(widest, most))
        }
    }

    func drawHead(at row: Int, on canvas: inout Canvas) {
        for place in placements where columns[place.index].kind != nil {
            let start = Canvas.indent + place.start
            canvas.spot(.column(columns[place.index].key), row: row, columns: start..<start + place.width)
        }
        canvas.frame.drawTableHead(placements, of: layout, at: row, Canvas.indent, glyphs: canvas.glyphs)
    }

    func draw(_ subject: Subject, at row: Int, style: Style, on canvas: inout Canvas) {
        let ink = canvas.ink
        canvas.frame.drawTableRow(placements, at: row, Canvas.indent, style: style, glyphs: canvas.glyphs) {
            columns[$0].cell(subject, RowColumn.Room(ink: ink, width: width(of: $0)))
        }
    }

    func width(of column: Int) -> Int { placements.first { $0.index == column }?.width ?? 0 }

    func placement(of key: String) -> TableLayout.Placement? { placements.first { columns[$0.index].key == key } }
}

extension Array {
    /// Those of these keys, in this order.
    func chosen<Subject: RowSubject>(_ keys: [String]) -> Self where Element == RowColumn<Subject> {
        keys.compactMap { key in first { $0.key == key } }
    }

    /// Those that are shown where nothing else was chosen.
    func shown<Subject: RowSubject>() -> Self where Element == RowColumn<Subject> {
        filter { $0.priority < hiddenColumn }
    }
}
