import Control
import Model

/// Where the sampler's findings go. Called on the sampler's thread; must not block.
struct SamplerOutput: Sendable {
    var snapshot: @Sendable (Snapshot) -> Void
    /// Workers that started and ended, loops that hang, orphans on ports.
    var event: @Sendable (Event.Body, Moment) -> Void
    /// A worker ended; comes right before its event. For the command desk.
    var exited: @Sendable (WorkerID, ExitStatus?) -> Void
    /// The living workers changed, or a sweep was done. Among the groups are those that are remembered without workers.
    var workers: @Sendable ([LiveWorker], [LiveGroup], Moment) -> Void
    /// A sweep was done; for the watchdog.
    var swept: @Sendable (_ sequence: UInt64, _ workers: Int) -> Void
    /// No sweep is due, and the loop turns all the same; for the watchdog.
    var alive: @Sendable () -> Void
    var warn: @Sendable (String) -> Void
    /// What is no fault.
    var note: @Sendable (String) -> Void = { _ in }
    /// What is to outlive this run, every few seconds and at the end.
    var keep: @Sendable ([KeptGroup]) -> Void = { _ in }
}
