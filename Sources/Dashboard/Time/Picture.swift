import Model

/// The fleet at an instant: what a screen is drawn from.
struct Picture: Sendable {
    var fleet: Fleet
    /// When that is, on the clock of the fleet's instants, and on our calendar.
    var now: MonotonicInstant
    var wall: WallTime
}
