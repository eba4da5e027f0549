import Model

/// What happened before we looked: a host's events are asked for page by page once it is looked at.
struct PastEvents: Sendable {
    private var after: UInt64 = 0
    private var isComplete = false

    /// Which page to ask for; `nil` when all are here.
    var wanted: UInt64? { isComplete ? nil : after }

    /// The answer to the page `after`; nothing to an earlier one. An agent that knows none says so by an empty page.
    mutating func take(_ events: [Event], after: UInt64) -> [Event] {
        guard !isComplete, after == self.after else { return [] }
        let last = events.map(\.sequence).max() ?? 0
        // A page that leads nowhere would be asked for for ever.
        if last > after { self.after = last } else { isComplete = true }
        return events
    }

    mutating func end() { isComplete = true }
}

/// Events that were taken in already, so that what is told twice counts once. The newest ones.
struct EventMarks: Sendable {
    struct Mark: Hashable, Sendable {
        var sequence: UInt64
        var monotonic: MonotonicInstant
    }

    static let capacity = 2000

    private var marks: Set<Mark> = []
    private var ring: [Mark] = []
    private var oldest = 0

    /// Whether it is new.
    mutating func insert(_ event: Event) -> Bool {
        let mark = Mark(sequence: event.sequence, monotonic: event.monotonic)
        guard marks.insert(mark).inserted else { return false }
        guard ring.count == Self.capacity else {
            ring.append(mark)
            return true
        }
        marks.remove(ring[oldest])
        ring[oldest] = mark
        oldest = (oldest + 1) % Self.capacity
        return true
    }
}
