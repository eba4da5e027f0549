import Console
import Model

/// The right end of line 1: which moment the screen shows, and the clock. Everything but LIVE has the tone of a mode, and is
/// never left out.
func modeField(_ mode: TimeMode, wall: WallTime, columns: Int) -> StyledLine {
    let clock = Format.clock(wall)
    let isWide = columns >= 60
    if let still = mode.still {
        let word = StyledLine(" PAUSED \(Format.clock(still.wall)) ", .mode)
        return isWide ? word.adding("  " + clock) : word
    }
    if mode.holdsOrder { return StyledLine(isWide ? " ORDER HELD " : " HELD ", .mode).adding("  " + clock) }
    return StyledLine(isWide ? "LIVE  " : "").adding(clock)
}
