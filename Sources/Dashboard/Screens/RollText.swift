import Console
import Model

/// What a roll is doing, or what is to become of it once the workers under way have ended.
enum RollPhase: Sendable {
    case running, pausing, failing, ending, paused, finished, failed, aborted

    var word: String {
        switch self {
        case .running: "RUNNING"
        case .pausing: "PAUSING"
        case .failing: "FAILING"
        case .ending: "ENDING"
        case .paused: "PAUSED"
        case .finished: "FINISHED"
        case .failed: "FAILED"
        case .aborted: "ABORTED"
        }
    }

    /// What `p` asks for; `nil` while it means nothing.
    var step: Action? {
        switch self {
        case .running: .pause
        case .paused, .failed: .resume
        case .pausing, .failing, .ending, .finished, .aborted: nil
        }
    }

    var canBeEnded: Bool {
        switch self {
        case .running, .pausing, .failing, .paused, .failed: true
        case .ending, .finished, .aborted: false
        }
    }
}

extension RollSummary {
    /// The state changes when what is under way has ended; until then the reason tells what it is going to be.
    var phase: RollPhase {
        switch state {
        case .running where reason.isEmpty: .running
        case .running where reason.hasPrefix("paused"): .pausing
        case .running where reason.hasPrefix("aborted"): .ending
        case .running: .failing
        case .paused: .paused
        case .finished: .finished
        case .failed: .failed
        case .aborted: .aborted
        }
    }

    /// Whether somebody has to do something about it, or can.
    var isOpen: Bool { !state.isOver }

    /// `roll 3/8 RUNNING by user/ada, slot #4 under way`, `roll 3/8 FAILED by user/ada: slot 4: crash loop`. With less room
    /// it is left out who began it; why it does not run stays, and may have to be cut.
    func line(columns: Int) -> String {
        let head = "roll \(replaced)/\(total) \(phase.word)"
        let why = reason.isEmpty ? "" : ": \(reason)"
        let slots = phase == .running && !underWay.isEmpty ? ", \(slotsText(underWay)) under way" : ""
        let candidates = ["\(head) by \(issuer)\(why)\(slots)", head + why + slots, "\(head) by \(issuer)\(why)"]
        return candidates.first { $0.utf8.count <= columns } ?? head + why
    }
}

private func slotsText(_ numbers: [UInt32]) -> String {
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
    case .finished: "rolled: \(count)\(reason)"
    // What became of the others, and whether a resume can go on, is for the agent to say: it is in the reason.
    case .failed: "roll failed: \(count)\(reason)"
    case .aborted: "roll aborted: \(count)\(reason)"
    }
}
