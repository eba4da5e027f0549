import Console

/// Which rows of the terminal hold what; the same on every screen, so that totals and keys never move.
struct Anatomy: Equatable {
    /// Fewer rows or columns leave room for one line only.
    static let smallest = Size(rows: 10, columns: 40)

    let size: Size
    /// Totals, mode and clock.
    let totals = 0
    /// Numbers of the fleet, host or worker; from 24 rows on.
    let summary: Int?
    /// Where we are, order, filter, range.
    let crumb: Int
    private(set) var body: Range<Int>
    let rule: Int?
    /// Newest events; below 16 rows a message takes over the key line instead.
    let messages: Range<Int>
    let keys: Int

    /// `nil` when the terminal is too small for a screen.
    init?(_ size: Size) {
        guard size.rows >= Self.smallest.rows, size.columns >= Self.smallest.columns else { return nil }
        self.size = size
        let rows = size.rows
        let messageRows = rows >= 50 ? 8 : rows >= 35 ? 4 : rows >= 24 ? 2 : rows >= 16 ? 1 : 0
        summary = rows >= 24 ? 1 : nil
        crumb = rows >= 24 ? 2 : 1
        keys = rows - 1
        messages = rows - 1 - messageRows..<rows - 1
        rule = rows >= 24 ? messages.lowerBound - 1 : nil
        body = crumb + 1..<(rule ?? messages.lowerBound)
    }

    /// With so many rows of the body taken for something above it.
    func under(_ rows: Int) -> Anatomy {
        var anatomy = self
        anatomy.body = min(body.lowerBound + rows, body.upperBound)..<body.upperBound
        return anatomy
    }

    /// Room for panels above a table.
    var isRoomy: Bool { size.rows >= 35 && size.columns >= 110 }
}
