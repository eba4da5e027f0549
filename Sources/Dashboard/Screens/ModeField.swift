import Console
import Model

/// The right end of line 1: which moment the screen shows, and the clock. Everything but LIVE has the tone of a mode, and is
/// never left out.
func modeField(_ time: TimeTravel, wall: WallTime, columns: Int) -> StyledLine {
    let clock = Format.clock(wall)
    let isWide = columns >= 60
    if let moment = time.moment {
        var text: SafeText = " REPLAY " + Format.moment(moment, now: wall)
        if isWide, time.file == nil { text += " (-\(Format.age(max(wall.elapsed(since: moment) ?? .zero, .zero))))" }
        if time.isReading { text += " reading" }
        let line = StyledLine(text + " ", .mode)
        return columns >= 100 && time.file == nil ? line.adding("  " + clock) : line
    }
    if time.isPaused, let still = time.still {
        let line = StyledLine(" PAUSED \(Format.clock(still.wall)) ", .mode)
        return isWide ? line.adding("  " + clock) : line
    }
    if time.holdsOrder { return StyledLine(isWide ? " ORDER HELD " : " HELD ", .mode).adding("  " + clock) }
    return StyledLine(isWide ? "LIVE  " : "").adding(clock)
}
