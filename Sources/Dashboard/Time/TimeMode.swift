import Model

/// Which moment the screens show.
///
/// *live* → `z` *held*: rows keep their places, their values go on → `z` *paused*: nothing moves, while data keeps coming in
/// behind → `z` *live*. `.` leads to *live* from everywhere.
struct TimeMode: Sendable {
    private enum State: Sendable {
        case live, held
        case paused(Picture)
    }

    private var state = State.live

    /// Rows keep their places.
    var holdsOrder: Bool { if case .held = state { true } else { false } }

    /// What does not move any more; `nil` while it is live.
    var still: Picture? { if case .paused(let picture) = state { picture } else { nil } }

    /// What the screens show.
    func picture(_ fleet: Fleet, now: MonotonicInstant, wall: WallTime) -> Picture {
        still ?? Picture(fleet: fleet, now: now, wall: wall)
    }

    /// `z`.
    mutating func hold(_ fleet: Fleet, now: MonotonicInstant, wall: WallTime) {
        state =
            switch state {
            case .live: .held
            case .held: .paused(Picture(fleet: fleet, now: now, wall: wall))
            case .paused: .live
            }
    }

    mutating func goLive() { state = .live }

    /// What `z` does next, for the key line.
    var holdWord: String {
        switch state {
        case .live: "z hold"
        case .held: "z pause"
        case .paused: "z live"
        }
    }
}
