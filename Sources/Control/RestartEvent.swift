public import Model

/// Why a process could not be tied to the identity that was asked for. Nothing was signalled.
public enum VerificationFailure: Error, Hashable, Sendable {
    /// Gone, a zombie, another process under the same pid, or unreadable in a way that proves nothing.
    case changed
    /// The kernel forbids looking at it or signalling it.
    case denied
    /// No pidfds (before Linux 5.3).
    case unsupportedKernel
    /// A kernel thread.
    case protected
    /// The agent is out of descriptors or memory.
    case exhausted

    /// What a command comes to whose target could not be verified.
    public var verdict: Verdict {
        switch self {
        case .changed: .targetChanged
        case .denied: .refused(.notPermitted)
        case .unsupportedKernel: .refused(.unsupportedKernel)
        case .protected: .refused(.protectedProcess)
        case .exhausted: .refused(.tooManyCommands)
        }
    }
}

/// Whether a process is still the one that was named.
public enum Verification: Hashable, Sendable {
    case held
    case failed(VerificationFailure)
}

/// What became of one signal.
public enum SignalResult: Hashable, Sendable {
    case sent
    /// The process had already ended; zombies count as ended.
    case gone
    case denied
}

public enum RestartTimer: Hashable, Sendable, CaseIterable {
    /// Between the first signal and the departure proper.
    case prelude
    /// Between the polite and the final signal; for a manager, between its answer and the exit.
    case grace
    /// After the final signal.
    case kill
    /// A manager that did not answer in its time.
    case call
    /// After the exit: how long somebody may take to start a replacement.
    case replacement
    /// After a replacement was seen: how long it has to live.
    case stability
    /// Until a ready check that failed is asked again.
    case retry
    /// For everything that is asked of one replacement.
    case proof
}

public enum RestartEvent: Hashable, Sendable {
    case begin
    /// The answer to the last `.verify`.
    case verified(Verification)
    /// The answer to the last `.signal`.
    case signalled(SignalResult)
    /// The answer to `.call`.
    case called(ManagerAnswer)
    /// The answer to the `.check` of that number.
    case checked(ManagerAnswer, number: UInt32)
    /// The target has ended; `nil` where the kernel does not tell how. May be repeated once it does.
    case exited(ExitStatus?)
    /// All living workers of the target's group, after each sweep and each death.
    case workers([LiveWorker])
    /// A worker of the group that is not the target has ended; `nil` where the kernel does not tell how. Comes before the
    /// `.workers` without it.
    case otherExited(WorkerID, ExitStatus?)
    /// The group's master has ended, none of its workers lives, and nobody is known to start it again. May be repeated.
    case masterGone
    /// The answer to `.inspect`.
    case inspected(Remains)
    case timerFired(RestartTimer)
}

public enum RestartEffect: Hashable, Sendable {
    /// Ask the kernel whether this process is still that one; answer with `.verified` before any other event.
    case verify(WorkerID)
    /// Send it to the target as it was verified, through its pidfd; answer with `.signalled` before any other event.
    case signal(Int32)
    /// Ask the manager, and answer with `.called` when it is through, or after `limit`.
    case call(ManagerCall, for: CallSubject, limit: Duration)
    /// Ask whether the group serves, beside this worker, and answer with `.checked` and the number.
    case check(ReadyCheck, of: WorkerID, number: UInt32)
    /// Look what is left of the target and who holds its port; answer with `.inspected` before any other event.
    case inspect
    /// Replaces an earlier deadline of the same timer.
    case arm(RestartTimer, MonotonicInstant)
    case disarm(RestartTimer)
    /// The last effect; comes exactly once.
    case report(Verdict)
}
