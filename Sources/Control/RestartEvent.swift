public import Model

/// A living worker as a sweep saw it: what a restart needs to tell a replacement from a neighbour.
public struct LiveWorker: Hashable, Sendable {
    public var id: WorkerID
    public var groupKey: String
    /// What a person calls the group; policy is decided by it.
    public var app: String
    public var slot: UInt32
    /// When the agent first saw it.
    public var seen: MonotonicInstant

    public init(id: WorkerID, groupKey: String, app: String, slot: UInt32, seen: MonotonicInstant) {
        self.id = id
        self.groupKey = groupKey
        self.app = app
        self.slot = slot
        self.seen = seen
    }
}

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
    /// Between the polite and the final signal.
    case grace
    /// After the final signal.
    case kill
    /// After the exit: how long somebody may take to start a replacement.
    case replacement
    /// After a replacement was seen: how long it has to live.
    case stability
}

public enum RestartEvent: Hashable, Sendable {
    case begin
    /// The answer to the last `.verify`.
    case verified(Verification)
    /// The answer to the last `.signal`.
    case signalled(SignalResult)
    /// The target has ended; `nil` where the kernel does not tell how. May be repeated once it does.
    case exited(ExitStatus?)
    /// All living workers of the target's group, after each sweep and each death.
    case workers([LiveWorker])
    case timerFired(RestartTimer)
}

public enum RestartEffect: Hashable, Sendable {
    /// Ask the kernel whether this process is still that one; answer with `.verified` before any other event.
    case verify(WorkerID)
    /// Send it to the process that was verified, through its pidfd; answer with `.signalled` before any other event.
    case signal(Int32)
    /// Replaces an earlier deadline of the same timer.
    case arm(RestartTimer, MonotonicInstant)
    case disarm(RestartTimer)
    /// The last effect; comes exactly once.
    case report(Verdict)
}
