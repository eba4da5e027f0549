public import Model

public enum GroupTimer: Hashable, Sendable, CaseIterable {
    /// After a signal that changes the size: until it shows.
    case step
    /// A manager that did not answer in its time.
    case call
    /// After the last step: until what is expected holds.
    case limit
    /// After the last step: until workers that are all the old ones mean that the master turned it down.
    case veto
    /// How long it has to hold.
    case stability
    /// Until a ready check that failed is asked again.
    case retry
}

public enum GroupActionEvent: Hashable, Sendable {
    case begin
    /// The answer to `.verify`.
    case verified(Verification)
    /// The answer to the last `.signal`.
    case signalled(SignalResult)
    /// The answer to the last `.call`.
    case called(ManagerAnswer)
    /// The answer to the `.check` of that number.
    case checked(ManagerAnswer, number: UInt32)
    /// All living workers of the group, after each sweep and each death.
    case workers([LiveWorker])
    case timerFired(GroupTimer)
}

public enum GroupActionEffect: Hashable, Sendable {
    /// Ask the kernel whether this process is still that one, and keep hold of it; answer with `.verified` before any other
    /// event. Comes once, before the first signal.
    case verify(WorkerID)
    /// Send it to the process that was verified; answer with `.signalled` before any other event.
    case signal(Int32)
    /// Ask the manager, and answer with `.called` when it is through, or after `limit`.
    case call(ManagerCall, for: CallSubject, limit: Duration)
    /// Ask whether the group serves, beside this worker, and answer with `.checked` and the number.
    case check(ReadyCheck, of: WorkerID, number: UInt32)
    /// Replaces an earlier deadline of the same timer.
    case arm(GroupTimer, MonotonicInstant)
    case disarm(GroupTimer)
    /// The last effect; comes exactly once.
    case report(Verdict)
}
