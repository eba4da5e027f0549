import Model

/// A straight line through the newest points of a series, where they lie on one: growth that goes on, such as of a leak.
struct Trend: Sendable {
    /// Per second.
    let slope: Double

    /// Fewer known points say nothing of what goes on.
    static let fewest = 60
    /// So much of what the points vary by has to be told by the line (R², 1 is all).
    static let fit = 0.9

    /// - Parameters:
    ///   - points: oldest first, `nil` where nothing is known.
    ///   - interval: between two points.
    /// - Returns: `nil` where the points lie on no line, or are too few.
    init?(_ points: [Double?], interval: Duration) {
        let known = points.enumerated().compactMap { place, value in value.map { (Double(place), $0) } }
        guard known.count >= Self.fewest, interval > .zero else { return nil }
        let count = Double(known.count)
        let (meanX, meanY) = (known.reduce(0) { $0 + $1.0 } / count, known.reduce(0) { $0 + $1.1 } / count)
        var (xx, xy, yy) = (0.0, 0.0, 0.0)
        for (x, y) in known {
            xx += (x - meanX) * (x - meanX)
            xy += (x - meanX) * (y - meanY)
            yy += (y - meanY) * (y - meanY)
        }
        guard xx > 0, yy > 0, xy * xy / (xx * yy) >= Self.fit else { return nil }
        slope = xy / xx / interval.seconds
    }

    /// How long `room` lasts if it goes on so; `nil` where it does not grow, or for longer than anybody plans for.
    func lasts(_ room: Double) -> Duration? {
        guard slope > 0, room >= 0 else { return nil }
        let seconds = room / slope
        return seconds < 86_400 ? .seconds(Int64(seconds)) : nil
    }
}
