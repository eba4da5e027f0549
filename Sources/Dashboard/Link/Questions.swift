import Model

/// Questions that were sent and not answered yet: at most as many as an agent answers at a time, and each only once.
struct Questions: Sendable {
    enum Asked: Equatable, Sendable {
        case send(Query)
        /// The same was asked a moment ago: its answer is on its way.
        case isAsked
        case tooMany
    }

    static let capacity = 8
    /// An agent answers at once or not at all; what is older makes room.
    static let patience = Duration.seconds(15)

    private struct Entry: Sendable {
        let query: Query
        let sent: MonotonicInstant
    }

    private var entries: [Entry] = []
    private var number: UInt32 = 0

    var count: Int { entries.count }

    mutating func ask(_ body: Query.Body, now: MonotonicInstant) -> Asked {
        entries.removeAll { now - $0.sent >= Self.patience }
        if entries.contains(where: { $0.query.body == body }) { return .isAsked }
        guard entries.count < Self.capacity else { return .tooMany }
        number &+= 1
        let query = Query(id: number, body: body)
        entries.append(Entry(query: query, sent: now))
        return .send(query)
    }

    /// What the answer is to; `nil` where nobody waits for it any more.
    mutating func settle(_ answer: Answer) -> Query.Body? {
        guard let index = entries.firstIndex(where: { $0.query.id == answer.id }) else { return nil }
        return entries.remove(at: index).query.body
    }

    /// The connection is gone: nothing of it will be answered.
    mutating func takeAll() -> [Query.Body] {
        defer { entries = [] }
        return entries.map(\.query.body)
    }
}
