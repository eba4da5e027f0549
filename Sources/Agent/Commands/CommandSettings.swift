import Control
import Model
import Trust

extension CommandDesk {
    struct Settings: Sendable {
        /// The running boot.
        var boot: BootID
        /// `--read-only`: everything is refused.
        var readOnly = false
        /// Never signalled: the agent and its ancestors. pid 1 and kernel threads are protected in any case.
        var protectedPIDs: Set<Int32> = []
        /// When a process of this boot started, on the agent's monotonic clock; good to a tick.
        var started: @Sendable (WorkerID) -> MonotonicInstant = {
            MonotonicInstant(nanoseconds: $0.startTicks.multipliedReportingOverflow(by: 10_000_000).partialValue)
        }
    }

    /// What the rest of the agent does for the desk. Called on the desk; must not block.
    struct Hooks: Sendable {
        /// Why the peer may not do that to the group; `nil` when it may.
        var policy: @Sendable (Command, PolicySubject, Peer, Role) -> Refusal?
        /// How many may begin in a minute; `nil`: as many as they like.
        var restartsPerMinute: @Sendable (PolicySubject, Peer) -> UInt32? = { _, _ in nil }
        /// What the configuration says about workers of that app.
        var rules: @Sendable (_ app: String) -> [ActionRule] = { _ in [] }
        /// What happened, for all subscribers.
        var onEvent: @Sendable (Event.Body) -> Void = { _ in }
        /// The roll to be shown with a group; `nil`: none.
        var roll: @Sendable (_ groupKey: String, RollSummary?) -> Void = { _, _ in }
        /// Somebody waits for workers to come or go: sweep soon rather than at the next interval.
        var requestSweep: @Sendable () -> Void = {}
        /// A worker is about to be ended on purpose, by what and whom; comes before the first signal. For the ledger.
        var note: @Sendable (WorkerID, _ deed: String, CommandID) -> Void = { _, _, _ in }
        /// A group was made to have so many workers; `nil`: its master has begun anew, and how many is to be seen.
        var resized: @Sendable (_ groupKey: String, UInt32?) -> Void = { _, _ in }
        /// Lives of a slot, newest first.
        var lives: @Sendable (_ groupKey: String, _ slot: UInt32) -> [Life] = { _, _ in [] }
        /// Connections of a worker or group; `nil` where nothing is known yet.
        var connections: @Sendable (CommandTarget) -> ConnectionReport? = { _ in nil }
        /// Why the peer may not read what the group's workers log; `nil` where they may.
        var logs: @Sendable (PolicySubject, Peer, Role) -> String? = { _, _, _ in "logs are not read here" }
        /// A result or refusal could not be recorded; the errno. (An intent that cannot be is refused instead.)
        var auditFailed: @Sendable (Int32) -> Void = { _ in }
    }
}
