import Discovery
import Model

/// Orphans as they are told of: one that was seen at two looks, a second apart or more. While a master is replaced, or its
/// workers are about to notice that it is gone, everything looks like an orphan for a moment.
struct OrphanWatch: Sendable {
    static let settlingTime = Duration.seconds(1)

    enum News: Hashable, Sendable {
        case found(PortOrphan)
        case gone(PortOrphan)
    }

    private struct Case: Sendable {
        /// What was seen last, `nil` for none, and since when that is so.
        var seen: PortOrphan?
        var since: MonotonicInstant
        var isSecondLook = false
        var told: PortOrphan?
    }

    private var cases: [String: Case] = [:]

    /// The orphan of each group by its key, as it is told of.
    var orphans: [String: PortOrphan] { cases.compactMapValues(\.told) }

    /// A look at all groups; those that are not there have none.
    mutating func look(_ groups: [DiscoveredGroup], now: MonotonicInstant) -> [(key: String, news: News)] {
        var seen: [String: PortOrphan] = [:]
        for group in groups { seen[group.info.key] = group.info.orphan }
        var news: [(key: String, news: News)] = []
        for key in Set(cases.keys).union(seen.keys).sorted() {
            news += look(at: seen[key], of: key, now: now).map { (key, $0) }
        }
        return news
    }

    private mutating func look(at orphan: PortOrphan?, of key: String, now: MonotonicInstant) -> [News] {
        var entry = cases[key] ?? Case(since: now)
        if entry.seen == orphan, entry.isSecondLook || orphan == nil && entry.told == nil {
            // Nothing new; it settles below.
        } else if entry.seen == orphan {
            entry.isSecondLook = true
        } else {
            entry.seen = orphan
            entry.since = now
            entry.isSecondLook = false
        }
        let isSettled = entry.isSecondLook && now - entry.since >= Self.settlingTime
        var news: [News] = []
        if isSettled, entry.told != entry.seen {
            if let told = entry.told { news.append(.gone(told)) }
            if let seen = entry.seen { news.append(.found(seen)) }
            entry.told = entry.seen
        }
        cases[key] = entry.seen == nil && entry.told == nil ? nil : entry
        return news
    }
}
