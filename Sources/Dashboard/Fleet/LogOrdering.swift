import Model

/// Lines of several logs in the order of time, as far as it is known: each log keeps its own order, and a line without a
/// time belongs behind the one before it of the same log.
/// - Parameters:
///   - log: whose line it is; lines of one log come in its order.
///   - time: on one calendar for all.
func mergedByTime<Line, Log: Hashable>(
    _ lines: [Line], log: (Line) -> Log, time: (Line) -> WallTime?
) -> [Line] {
    var last: [Log: WallTime] = [:]
    let timed = lines.enumerated().map { offset, line -> (time: WallTime, offset: Int, line: Line) in
        let before = last[log(line)] ?? WallTime(nanoseconds: .min)
        let now = max(time(line) ?? before, before)
        last[log(line)] = now
        return (now, offset, line)
    }
    return timed.sorted { ($0.time, $0.offset) < ($1.time, $1.offset) }.map(\.line)
}
