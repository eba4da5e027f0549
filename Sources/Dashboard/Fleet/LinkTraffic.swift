import Model

/// Bytes of the messages of one connection since it opened, counted here: without what TLS, TCP or ssh add to them.
struct LinkTraffic: Hashable, Sendable {
    /// Bytes a second, between two counts.
    struct Rates: Hashable, Sendable {
        var received: Double
        var sent: Double
    }

    var received: UInt64
    /// Of those that the kernel took.
    var sent: UInt64
    var at: MonotonicInstant

    /// What came and went since an earlier count; `nil` where that was of another connection, or at the same moment.
    func rates(since earlier: LinkTraffic) -> Rates? {
        let seconds = (at - earlier.at).seconds
        guard seconds > 0, received >= earlier.received, sent >= earlier.sent else { return nil }
        return Rates(
            received: Double(received - earlier.received) / seconds, sent: Double(sent - earlier.sent) / seconds)
    }
}
