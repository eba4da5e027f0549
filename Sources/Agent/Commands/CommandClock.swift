import Model

/// Time as the command desk sees it, so that tests can turn it by hand.
struct CommandClock: Sendable {
    typealias Work = @Sendable () async -> Void
    typealias Cancel = @Sendable () -> Void

    /// The agent's monotonic clock.
    var now: @Sendable () -> MonotonicInstant
    /// For audit lines only.
    var wall: @Sendable () -> WallTime
    /// Runs the work once at the instant or soon after, unless cancelled first.
    var schedule: @Sendable (MonotonicInstant, @escaping Work) -> Cancel

    /// Each scheduled work is a task that sleeps; whoever scheduled it owns and cancels it.
    static func live(
        now: @escaping @Sendable () -> MonotonicInstant, wall: @escaping @Sendable () -> WallTime
    ) -> CommandClock {
        CommandClock(now: now, wall: wall) { deadline, work in
            let task = Task {
                do {
                    try await Task.sleep(for: max(Duration.zero, deadline - now()), clock: .suspending)
                } catch { return }  // cancelled
                await work()
            }
            return { task.cancel() }
        }
    }
}
