import Model

/// Exit codes of `looptop`; cli-and-metrics.md and sysexits(3).
enum CommandStatus: Int32, Sendable {
    case done = 0
    /// It ran, but a target failed: not replaced, or no longer the worker that was meant.
    case failed = 1
    /// What was waited for is known not to hold.
    case conditionFalse = 2
    /// A host that is needed does not answer.
    case unreachable = 3
    case nothingMatched = 4
    case usage = 64
    /// There is no host to look at.
    case unavailable = 69
    /// A bug or a system call that has no business failing.
    case software = 70
    case systemError = 71
    /// Files of the state directory cannot be made or read.
    case cannotCreate = 73
    case ioError = 74
    /// A command was sent and the link broke: what became of it is not known.
    case unknownOutcome = 75
    case notAllowed = 77
    /// Files of the state directory are not what they should be.
    case configuration = 78
    case timedOut = 124
    /// By Ctrl-C.
    case interrupted = 130
    case brokenPipe = 141
}

extension CommandStatus {
    /// What a verdict means for a script: only what was asked for is a success.
    init(_ verdict: Verdict, of action: Action) {
        switch verdict {
        case .replaced, .done, .planned: self = .done
        case .notReplaced, .targetChanged, .timedOut, .zombieLeft, .orphanHoldsPort, .crashLoop, .unkillable, .notReady,
            .managerFailed, .interrupted, .failed:
            self = .failed
        case .rolled(let roll): self = roll.isWhatWasAsked(by: action) ? .done : .failed
        case .refused(let refusal): self = refusal.isAboutRights ? .notAllowed : .failed
        }
    }
}

extension RollSummary {
    /// A pause or abort that came after the last worker came too late, and that is no failure.
    fileprivate func isWhatWasAsked(by action: Action) -> Bool {
        switch state {
        case .finished: true
        case .paused: action == .pause
        case .aborted: action == .abort
        case .running, .failed: false
        }
    }
}

extension Refusal {
    /// Whether somebody with more rights would have been served.
    fileprivate var isAboutRights: Bool {
        switch self {
        case .role, .policy, .readOnly, .protectedProcess, .notPermitted, .limit: true
        case .notAWorker, .busy, .expired, .idReused, .unsupportedKernel, .auditUnavailable, .tooManyCommands,
            .notAGroup, .unsuited, .warning, .held, .noSuchRoll:
            false
        }
    }
}
