import Model

/// How many workers a group should have: the most it had for `settlingTime` since its master started, or since its size was
/// set.
///
/// Until what came after a new master or size has settled, the old number stands. Where no master says how many there are
/// to be, workers that were missing for `memoryTime` are not expected any more.
struct ExpectedSize: Sendable {
    static let settlingTime = Duration.seconds(10)
    static let memoryTime = Duration.seconds(600)

    /// So many, at least, since then.
    private struct Level: Sendable {
        var count: UInt32
        var since: MonotonicInstant
    }

    /// `nil` as long as it never settled.
    private(set) var value: UInt32?
    /// It was there long enough to be missed.
    var hasSettled: Bool { value != nil }
    private var master: ProcessRef?
    /// Ascending by count, and with it by time. The first that settled and those after it.
    private var levels: [Level] = []
    /// What settled next replaces `value`, also where it is less.
    private var isAnew = true
    /// The size that was set, until there are no more than that: those on their way out are not expected.
    private var ceiling: UInt32?
    /// Since when there are fewer than expected, and the most there were since then.
    private var low: Level?

    init() {}

    /// As an earlier run of the agent knew it.
    init(value: UInt32, master: ProcessRef?) {
        self.value = value
        self.master = master
        isAnew = false
    }

    /// - Parameter starts: when each living worker started.
    mutating func see(_ starts: [MonotonicInstant], master: ProcessRef?, now: MonotonicInstant) {
        let count = UInt32(clamping: starts.count)
        if levels.isEmpty, value == nil {
            // Whoever lives now has lived since then: an agent that starts among them need not wait.
            levels = starts.sorted().enumerated().map { Level(count: UInt32(clamping: $0 + 1), since: min($1, now)) }
        }
        if let master, master != self.master {
            if self.master != nil { begin() }
            self.master = master
        }
        if let ceiling, count <= ceiling { self.ceiling = nil }
        if ceiling == nil { hold(count, now: now) }
        if let settled = levels.last(where: { now - $0.since >= Self.settlingTime }) {
            levels.removeAll { $0.count < settled.count }
            value = isAnew ? settled.count : max(value ?? 0, settled.count)
            isAnew = false
        }
        lapse(count, now: now)
    }

    /// Somebody set it, to what is known or not.
    mutating func set(to size: UInt32?) {
        begin()
        guard let size else { return }
        value = size
        isAnew = false
        ceiling = size
    }

    private mutating func begin() {
        levels = []
        isAnew = true
        ceiling = nil
        low = nil
    }

    private mutating func hold(_ count: UInt32, now: MonotonicInstant) {
        let above = levels.firstIndex { $0.count >= count } ?? levels.endIndex
        let since = above < levels.endIndex ? levels[above].since : now
        levels.removeSubrange(above...)
        if count > 0 { levels.append(Level(count: count, since: since)) }
    }

    private mutating func lapse(_ count: UInt32, now: MonotonicInstant) {
        guard master == nil, let value, count < value else {
            low = nil
            return
        }
        let since = low ?? Level(count: count, since: now)
        low = Level(count: max(since.count, count), since: since.since)
        guard now - since.since >= Self.memoryTime, let low, low.count > 0 else { return }
        self.value = low.count
        self.low = nil
    }
}
