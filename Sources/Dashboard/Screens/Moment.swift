import Console
import Model

extension Format {
    /// The clock, with the date where the clock alone would mislead: more than twelve hours away from `now`.
    static func moment(_ wall: WallTime?, now: WallTime) -> SafeText {
        guard let wall else { return unknown }
        let isNear = wall.elapsed(since: now).map { $0.nanoseconds.magnitude < 43_200_000_000_000 } ?? false
        return isNear ? clock(wall) : dateAndClock(wall)
    }
}
