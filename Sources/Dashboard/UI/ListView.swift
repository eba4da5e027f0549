/// A list on the screen: its cursor names a row by identity, so that it follows the row when the order changes.
///
/// Rows are chosen and sorted once for all that is done with them: keys move in them, and they are drawn.
struct ListView<ID: Hashable & Sendable>: Sendable {
    /// As they were fitted last.
    private(set) var rows: [ID] = []
    private(set) var cursor: ID?
    /// Whether there was no row to be on, when it was last settled: then nothing is selected.
    private var isEmpty = false
    /// The row that keys are about; the cursor itself outlives a filter that hides its row.
    var selected: ID? { isEmpty ? nil : cursor }
    /// First visible row.
    private(set) var top = 0
    /// Key of the column that rows are sorted by.
    var order: String
    var inverted = false
    var filter = FilterEntry()
    /// Whether rows that are OK are left out.
    var problemsOnly = false
    /// Until the first move the cursor stays on the first row, whichever that becomes: the worst one.
    private var touched = false
    /// Where the cursor's row was last, for when the row is gone.
    private var place = 0
    /// The places that rows keep; `nil` while they go where the order puts them.
    private(set) var held: [ID]?

    init(order: String = "state") { self.order = order }

    /// The row that the cursor is on, as long as nothing has taken its place.
    private var unreplaced: ID?

    /// Fits cursor and scroll position to the rows there are now. `heir` names what takes a vanished row's place, `next` what
    /// took the place of one that may still be listed: the cursor goes on with that, but not from a row that was chosen later.
    mutating func settle(
        rows: [ID], visible: Int, next: (ID) -> ID? = { _ in nil }, heir: (ID) -> ID? = { _ in nil }
    ) {
        isEmpty = rows.isEmpty
        if let row = cursor {
            if let next = next(row) {
                if touched, unreplaced == row, rows.contains(next) { cursor = next }
            } else {
                unreplaced = row
            }
        }
        self.rows = rows
        guard !rows.isEmpty else {
            // The identity is kept: the rows may come back, as after a filter.
            top = 0
            return
        }
        if !touched { cursor = rows[0] }
        var index = cursor.flatMap { rows.firstIndex(of: $0) }
        if index == nil, let gone = cursor, let next = heir(gone) { index = rows.firstIndex(of: next) }
        let place = index ?? min(self.place, rows.count - 1)
        self.place = place
        cursor = rows[place]
        let visible = max(visible, 1)
        if place < top { top = place }
        if place >= top + visible { top = place - visible + 1 }
        top = max(0, min(top, rows.count - visible))
    }

    /// The row under the cursor, where there is one.
    var current: ID? { cursor.flatMap { rows.contains($0) ? $0 : nil } }

    /// Moves by `step` rows and stops at either end.
    mutating func move(by step: Int) {
        guard !rows.isEmpty else { return }
        touched = true
        let from = cursor.flatMap { rows.firstIndex(of: $0) } ?? min(place, rows.count - 1)
        place = min(max(from + step, 0), rows.count - 1)
        cursor = rows[place]
    }

    /// Moves rows and cursor by `step` rows, as far as there are some.
    mutating func scroll(by step: Int) {
        top += step
        move(by: step)
    }

    /// Puts the cursor on a row; `false` where it is no longer listed.
    mutating func select(_ row: ID) -> Bool {
        guard let index = rows.firstIndex(of: row) else { return false }
        touched = true
        place = index
        cursor = row
        return true
    }

    /// The user acted on this row: from now on the cursor stays with it.
    mutating func touch() { touched = true }

    /// From now on rows keep the places they have, until `release`.
    mutating func hold(_ rows: [ID]) { held = held ?? rows }

    mutating func release() { held = nil }

    /// `rows` in the places that they keep. A new one comes behind the row that it follows in the order.
    func arranged(_ rows: [ID]) -> [ID] {
        guard let held else { return rows }
        let present = Set(rows)
        let known = Set(held)
        var followers: [ID?: [ID]] = [:]
        var last: ID?
        for row in rows {
            if known.contains(row) { last = row } else { followers[last, default: []].append(row) }
        }
        return held.reduce(into: followers[nil] ?? []) { result, row in
            guard present.contains(row) else { return }
            result.append(row)
            result += followers[row] ?? []
        }
    }
}

/// How a list can be sorted.
struct ListOrders: Sendable {
    /// Keys of all columns that have values, in the order of the table.
    var columns: [String]
    /// What `s` goes through.
    var cycle: [String]
    var memory: String
    var name: String

    init<Subject: RowSubject>(_ columns: [RowColumn<Subject>], cycle: [String], memory: String = "rss", name: String) {
        self.columns = columns.filter { $0.kind != nil }.map(\.key)
        self.cycle = cycle
        self.memory = memory
        self.name = name
    }
}

extension ListView {
    /// A key that sorts: another column, the same one turned round.
    mutating func reorder(_ intent: Intent, _ orders: ListOrders) {
        release()
        let place = orders.columns.firstIndex(of: order)
        switch intent {
        case .sort:
            sort(by: orders.cycle[orders.cycle.firstIndex(of: order).map { ($0 + 1) % orders.cycle.count } ?? 0])
        case .sortByCPU: sort(by: "cpu", among: orders)
        case .sortByMemory: sort(by: orders.memory, among: orders)
        case .sortByLag: sort(by: "lag", among: orders)
        case .sortByName: sort(by: orders.name, among: orders)
        case .sortLeft: if let place { sort(by: orders.columns[max(place - 1, 0)]) }
        case .sortRight: if let place { sort(by: orders.columns[min(place + 1, orders.columns.count - 1)]) }
        default: inverted.toggle()
        }
    }

    /// The head of a column: sorts by it, and the second time the other way round.
    mutating func sort(byHead key: String, _ orders: ListOrders) {
        guard key == order else { return sort(by: key, among: orders) }
        inverted.toggle()
        release()
    }

    mutating func sort(by key: String, among orders: ListOrders? = nil) {
        guard key != order, orders?.columns.contains(key) ?? true else { return }
        order = key
        inverted = false
        release()
    }
}
