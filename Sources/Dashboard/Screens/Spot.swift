import Console
import Model

/// A place of a frame where a click means something. It names a row by identity: by the time of the click the list may have
/// moved on, and what was seen is what is meant.
struct Spot: Hashable, Sendable {
    enum Target: Hashable, Sendable {
        /// What a key does; never in a dialog.
        case key(Key)
        /// A button of a dialog, which does what this key does there.
        case button(Key)
        /// A line of the menu of actions.
        case choice(Int)
        /// The head of the column with this key.
        case column(String)
        case fleetRow(FleetRowID)
        case hostRow(HostRowID)
        case tab(FleetTabs.Tab)
        case place(Breadcrumb.Place)

        var isRow: Bool {
            switch self {
            case .fleetRow, .hostRow, .choice: true
            case .key, .button, .column, .tab, .place: false
            }
        }
    }

    let target: Target
    let row: Int
    let columns: Range<Int>
}

extension [Spot] {
    /// What lies there; of several the last that was drawn.
    func target(at position: Position) -> Spot.Target? {
        last { $0.row == position.row && $0.columns.contains(position.column) }?.target
    }
}

extension Canvas {
    /// - Parameter columns: all without a range.
    mutating func spot(_ target: Spot.Target, row: Int, columns: Range<Int>? = nil) {
        spots.append(Spot(target: target, row: row, columns: columns ?? 0..<self.columns))
    }

    /// As many as fit, whole, from the first one on, with two blanks between them; a click on one presses its key.
    mutating func drawKeys(_ items: [(text: SafeText, key: Key?)], at row: Int) {
        var at = 0
        for (text, key) in items {
            guard at + text.columns <= columns else { return }
            let end = frame.draw(text, at: row, at)
            if let key { spot(.key(key), row: row, columns: at..<end) }
            at = end + 2
        }
    }
}
