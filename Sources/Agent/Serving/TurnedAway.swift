import Model

/// Which of the connections that never became a session are worth a line in the log: the first of a source and reason,
/// then one a minute with the count, so that a port scan or a forgotten dashboard fills no disk.
struct TurnedAway: Sendable {
    private struct Case: Hashable {
        var source: String
        var reason: String
    }

    private struct Record {
        var said: MonotonicInstant
        var unsaid = 0
    }

    static let pause = Duration.seconds(60)
    static let maximumCases = 256

    private var records: [Case: Record] = [:]

    /// Sources and reasons that are remembered.
    var count: Int { records.count }

    /// The line, or `nil` when it was said less than a minute ago. `source` may carry a port, which counts for nothing:
    /// each attempt has another.
    mutating func line(source: String, reason: String, now: MonotonicInstant) -> String? {
        let host = source.lastIndex(of: ":").map { String(source[..<$0]) } ?? source
        let which = Case(source: host, reason: reason)
        if var record = records[which], now - record.said < Self.pause {
            record.unsaid += 1
            records[which] = record
            return nil
        }
        let unsaid = records[which]?.unsaid ?? 0
        if records.count >= Self.maximumCases { records = [:] }
        records[which] = Record(said: now)
        return "turned away \(host): \(reason)" + (unsaid > 0 ? " (and \(unsaid) times more in the last minute)" : "")
    }
}
