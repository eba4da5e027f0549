import Model

extension Event.Body {
    /// How bad it is that it happened.
    var level: Level {
        switch self {
        case .workerStarted, .workerFound, .commandAccepted, .hungEnded, .orphanGone, .configuration: .ok
        case .agentStarted(_, let previous): previous.map { $0.how == .died } ?? false ? .warn : .ok
        case .workerExited(_, let status, let oomKilled): oomKilled ? .crit : status == .code(0) ? .ok : .warn
        case .commandEnded(let outcome): outcome.level
        case .hung, .audit: .crit
        case .orphanFound, .rule: .warn
        case .roll(let roll, _, _): roll.level
        }
    }
}

extension RollSummary {
    var level: Level {
        switch state {
        case .running, .finished: .ok
        case .paused, .aborted: .warn
        case .failed: .crit
        }
    }
}

extension Outcome {
    /// A roll that stands still or was ended is what `pause` and `abort` are for.
    var level: Level {
        if case .rolled(let roll) = verdict, action == .pause || action == .abort {
            return roll.state == .failed ? .warn : .ok
        }
        return verdict.level
    }
}

extension Verdict {
    /// How bad it is that it came to this.
    var level: Level {
        switch self {
        case .replaced(let evidence): evidence.forced ? .warn : .ok
        case .done, .planned: .ok
        case .refused, .targetChanged, .interrupted: .warn
        case .notReplaced, .timedOut, .zombieLeft, .orphanHoldsPort, .crashLoop, .unkillable, .notReady, .managerFailed,
            .failed:
            .crit
        case .rolled(let roll): roll.level
        }
    }
}
