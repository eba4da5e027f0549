import Model

/// What whoever sent a command hears about it.
enum CommandReply: Hashable, Sendable {
    case accepted(CommandID)
    case outcome(Outcome)
}

extension CommandDesk {
    struct Settings: Sendable {
        /// The running boot.
        var boot: BootID
        /// `--read-only`: everything is refused.
        var readOnly = false
        /// Never signalled: the agent and its ancestors. pid 1 and kernel threads are protected in any case.
        var protectedPIDs: Set<Int32> = []
    }

    /// What the rest of the agent does for the desk. Called on the desk; must not block.
    struct Hooks: Sendable {
        /// Why the peer may not do that to the app; `nil` when it may.
        var policy: @Sendable (_ action: Action, _ app: String, _ peer: Peer, _ role: Role) -> Refusal?
        /// `commandAccepted` and `commandEnded`, for all subscribers.
        var onEvent: @Sendable (Event.Body) -> Void = { _ in }
        /// A restart waits for a replacement: sweep soon rather than at the next interval.
        var requestSweep: @Sendable () -> Void = {}
        /// A result or refusal could not be recorded; the errno. (An intent that cannot be is refused instead.)
        var auditFailed: @Sendable (Int32) -> Void = { _ in }
    }
}
