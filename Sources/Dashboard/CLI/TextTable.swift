import Console

/// Rows of text under headings, each column as wide as its widest cell, two blanks between columns. For pipes and
/// scrollback: nothing is cut, nothing is coloured.
struct TextTable: Sendable {
    struct Heading: Sendable {
        let title: SafeText
        let alignment: Column.Alignment

        static func left(_ title: SafeText) -> Heading { Heading(title: title, alignment: .left) }
        static func right(_ title: SafeText) -> Heading { Heading(title: title, alignment: .right) }
    }

    let headings: [Heading]
    private(set) var rows: [[SafeText]] = []

    init(_ headings: [Heading]) { self.headings = headings }

    /// Missing cells stay blank, surplus ones are not shown.
    mutating func add(_ cells: [SafeText]) { rows.append(cells) }

    /// With a newline after every line, the headings' included.
    var text: String {
        var widths = headings.map(\.title.columns)
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], cell.columns)
            }
        }
        var result = line(headings.map(\.title), widths: widths)
        for row in rows { result += line(row, widths: widths) }
        return result
    }

    private func line(_ cells: [SafeText], widths: [Int]) -> String {
        var line = ""
        for (column, heading) in headings.enumerated() {
            let cell = column < cells.count ? cells[column] : .empty
            let padding = SafeText.spaces(widths[column] - cell.columns)
            if column > 0 { line += "  " }
            line += (heading.alignment == .left ? cell + padding : padding + cell).string
        }
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}
