import Console
import Model

extension RollSummary.State {
    var word: String {
        switch self {
        case .running: "RUNNING"
        case .paused: "PAUSED"
        case .finished: "FINISHED"
        case .failed: "FAILED"
        case .aborted: "ABORTED"
        }
    }
}

extension RollSummary {
    /// Whether somebody has to do something about it, or can.
    var isOpen: Bool { !state.isOver }

    /// `roll 3/8 RUNNING by user/ada, slot 4 under way`; the most needed first, in parts that may be left out from the end.
    var parts: [String] {
        var parts = ["roll \(replaced)/\(total) \(state.word)"]
        if !reason.isEmpty { parts.append(reason) }
        if !underWay.isEmpty { parts.append("\(slots(underWay)) under way") }
        parts.append("by \(issuer)")
        return parts
    }

    /// On one line, as much as fits.
    func line(columns: Int) -> String {
        var text = "roll \(replaced)/\(total) \(state.word) by \(issuer)"
        if text.utf8.count > columns { text = "roll \(replaced)/\(total) \(state.word)" }
        for part in parts.dropFirst() where !part.hasPrefix("by ") {
            let separator = part == reason ? ": " : ", "
            if text.utf8.count + separator.utf8.count + part.utf8.count <= columns { text += separator + part }
        }
        return text
    }
}

private func slots(_ numbers: [UInt32]) -> String {
    (numbers.count == 1 ? "slot " : "slots ") + numbers.prefix(8).map { "#\($0)" }.joined(separator: ", ")
        + (numbers.count > 8 ? " ..." : "")
}

/// What a roll came to.
func rollVerdictText(_ roll: RollSummary) -> String {
    let count = "\(roll.replaced) of \(roll.total) workers replaced"
    let left = roll.total > roll.replaced ? roll.total - roll.replaced : 0
    let reason = roll.reason.isEmpty ? "" : ", \(roll.reason)"
    return switch roll.state {
    case .running: "roll goes on: \(count)\(reason)"
    case .paused: "roll paused: \(count)\(reason); \(left) left, resume goes on"
    case .finished: "rolled: \(count)"
    case .failed: "roll failed\(reason): \(count), the rest untouched; resume tries it again"
    case .aborted: "roll aborted: \(count)\(reason); the other \(left) untouched"
    }
}
