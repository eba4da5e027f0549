/// A list on the screen: its cursor names a row by identity, so that it follows the row when the order changes.
struct ListView<ID: Hashable & Sendable>: Sendable {
    private(set) var cursor: ID?
    /// First visible row.
    private(set) var top = 0
    /// Key of the column that rows are sorted by.
    var order: String
    var inverted = false
    var filter = FilterEntry()
    /// Until the first move the cursor stays on the first row, whichever that becomes: the worst one.
    private var touched = false
    /// Where the cursor's row was last, for when the row is gone.
    private var place = 0

    init(order: String = "state") { self.order = order }

    /// Fits cursor and scroll position to the rows there are now. `heir` names what takes a vanished row's place.
    mutating func settle(rows: [ID], visible: Int, heir: (ID) -> ID? = { _ in nil }) {
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

    /// Moves by `step` rows and stops at either end.
    mutating func move(by step: Int, in rows: [ID]) {
        guard !rows.isEmpty else { return }
        touched = true
        let from = cursor.flatMap { rows.firstIndex(of: $0) } ?? min(place, rows.count - 1)
        place = min(max(from + step, 0), rows.count - 1)
        cursor = rows[place]
    }

    /// The user acted on this row: from now on the cursor stays with it.
    mutating func touch() { touched = true }
}

extension ListView {
    /// `sort`: the next of `keys`; anything else turns the present order round.
    mutating func reorder(_ intent: Intent, among keys: [String]) {
        guard intent == .sort else {
            inverted.toggle()
            return
        }
        let place = keys.firstIndex(of: order).map { ($0 + 1) % keys.count } ?? 0
        order = keys[place]
        inverted = false
    }
}
