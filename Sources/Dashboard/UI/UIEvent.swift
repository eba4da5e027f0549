import Console
import Model

/// What the loop hands to `update`.
enum UIEvent: Sendable {
    case key(Key)
    case resize(Size)
    /// At least once a second, so that ages, states and messages move on without any input.
    case tick
    case link(host: Int, LinkEvent)
}

/// What the loop has to do for the screen. `host` is the host's number in `Fleet.hosts`.
enum UIEffect: Hashable, Sendable {
    /// A command, or a dry run of one.
    case issue(host: Int, Command)
    case ask(host: Int, Query.Body)
    /// What the host's subscription should carry from now on; repeated only when it changes.
    case interest(host: Int, Interest)
    /// At which worker of the host somebody looks, so that the agent does, too; `nil`: at none in particular.
    case look(host: Int, WorkerID?)
    /// Dial now instead of when the next retry is due; also lifts "not retried".
    case reconnect(host: Int)
    /// Repaint every cell, the terminal may have been written to by somebody else.
    case redraw
    case quit
}
