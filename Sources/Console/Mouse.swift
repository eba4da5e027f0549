/// What the mouse did on a cell.
public struct Mouse: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        /// The left button went down.
        case click
        case wheelUp, wheelDown
    }

    public var action: Action
    public var position: Position

    public init(_ action: Action, at position: Position) {
        self.action = action
        self.position = position
    }

    /// The terminal's report in SGR form without its introducer, `<0;10;5M`: button with modifiers, column and row from 1,
    /// and whether it went down. `nil` for other buttons, for letting go, and for what is no report. Source: XTerm Control
    /// Sequences, "Extended coordinates" (1006).
    init?(report: some StringProtocol) {
        guard report.first == "<", report.last == "M" else { return nil }
        let numbers = report.dropFirst().dropLast().split(separator: ";", omittingEmptySubsequences: false).map {
            Int($0)
        }
        guard numbers.count == 3, let button = numbers[0], let column = numbers[1], let row = numbers[2], column > 0,
            row > 0
        else { return nil }
        switch button & ~0b11100 {  // without Shift, Meta, Control
        case 0: action = .click
        case 64: action = .wheelUp
        case 65: action = .wheelDown
        default: return nil
        }
        position = Position(row: row - 1, column: column - 1)
    }
}
