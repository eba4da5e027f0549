import Model
import Transport

/// The only place of the dashboard that looks at a clock; everything else is told the time.
enum Clocks {
    static func monotonic() -> MonotonicInstant { NetworkClock.system.monotonic() }
    static func wall() -> WallTime { NetworkClock.system.wall() }
}
