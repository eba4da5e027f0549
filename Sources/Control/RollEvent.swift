public import Model

public enum RollEvent: Hashable, Sendable {
    case begin
    /// Anything for the restart of that target: answers, exits, timers; never `.workers`.
    case restart(WorkerID, RestartEvent)
    /// All living workers of the group, after each sweep and each death.
    case workers([LiveWorker])
    /// As of a `Restart`, for all that are under way.
    case otherExited(WorkerID, ExitStatus?)
    case masterGone
    /// No further worker is begun; those under way end.
    case pause(by: String)
    /// Goes on after a pause or a failure. The courses are made anew, for the workers that live now.
    case resume(by: String, courses: [RestartCourse])
    /// Ends where it is; those under way end.
    case abort(by: String)
    /// The hold under which it runs is over.
    case holdLost
}

public enum RollEffect: Hashable, Sendable {
    /// What the restart of that target asks for; never its report.
    case restart(WorkerID, RestartEffect)
    /// What the restart of one worker came to.
    case ended(WorkerID, slot: UInt32, Verdict)
    /// There is something new to show.
    case changed(RollSummary)
    /// Once when it finishes, fails or is aborted, and once more after each failure that it was resumed from.
    case report(Verdict)
}

extension Verdict {
    /// For the reason of a roll that stopped.
    var word: String {
        switch self {
        case .replaced: "replaced"
        case .notReplaced(let evidence): "not replaced" + evidence.inBrackets
        case .targetChanged: "the worker is another one by now"
        case .refused: "refused"
        case .timedOut: "timed out"
        case .zombieLeft: "not replaced, and left as a zombie"
        case .orphanHoldsPort(_, let orphan): "not replaced: pid \(orphan.process.pid) holds port \(orphan.port)"
        case .crashLoop(let evidence): "crash loop" + evidence.inBrackets
        case .unkillable: "unkillable"
        case .notReady(let evidence): "not ready" + evidence.inBrackets
        case .managerFailed(let evidence): evidence.detail.isEmpty ? "its manager failed" : evidence.detail
        case .interrupted: "interrupted"
        case .done: "done"
        case .failed: "failed"
        case .rolled: "rolled"
        case .planned: "planned"
        }
    }
}

extension RestartEvidence {
    fileprivate var inBrackets: String { detail.isEmpty ? "" : " (\(detail))" }
}
