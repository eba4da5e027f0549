import Console
import Model

/// What the loop hands to `update`.
enum UIEvent: Sendable {
    case key(Key)
    /// With what it was on, in the frame that was on the screen.
    case mouse(Mouse, on: Spot.Target?)
    case resize(Size)
    /// At least once a second, so that ages, states and messages move on without any input.
    case tick
    case link(host: Int, LinkEvent)
    /// A step of what `UIState.time` has to make.
    case work
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
    /// Put on the clipboard of whoever sits at the terminal; safe to draw, but for newlines.
    case copy(String)
    /// Take the mouse, or leave it to the terminal.
    case mouse(Bool)
    /// Repaint every cell, the terminal may have been written to by somebody else.
    case redraw
    /// Somebody is to hear of a new alert, if that was configured.
    case notify(String)
    case quit
}
