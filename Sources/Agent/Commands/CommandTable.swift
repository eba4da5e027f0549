import Model

/// What makes two commands the same one: what is asked and who asks. Not the time to live, of which less is left when
/// the same command is sent again after a lost connection.
struct CommandRequest: Sendable {
    var command: Command
    /// `Peer.label`: a person who reconnects asks again as the same one.
    var issuer: String
}

extension CommandRequest: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        left.issuer == right.issuer && left.command.id == right.command.id
            && left.command.action == right.command.action && left.command.target == right.command.target
            && left.command.parameters == right.command.parameters && left.command.grace == right.command.grace
    }
}

/// Final answers, so that a repeated command gets its answer again instead of a second run. Bounded: the oldest goes first.
struct CommandTable: Sendable {
    struct Entry: Sendable {
        var request: CommandRequest
        var outcome: Outcome
        /// When it is forgotten at last.
        var expires: MonotonicInstant
    }

    /// Nobody who lost his connection asks again after that long: a younger answer must not go.
    static let leastRetention = Duration.seconds(600)

    let capacity: Int
    let retention: Duration
    private var entries: [CommandID: Entry] = [:]
    /// Oldest first, from `head` on.
    private var order: [CommandID] = []
    private var head = 0

    init(capacity: Int, retention: Duration = .seconds(24 * 3600)) {
        self.capacity = capacity
        self.retention = retention
    }

    var count: Int { entries.count }

    mutating func entry(_ id: CommandID, now: MonotonicInstant) -> Entry? {
        dropOldest(now: now)
        return entries[id]
    }

    /// - Parameter age: for what an earlier run of the agent answered.
    mutating func store(
        _ request: CommandRequest, _ outcome: Outcome, now: MonotonicInstant, age: Duration = .zero
    ) {
        let id = request.command.id
        let entry = Entry(request: request, outcome: outcome, expires: now + (retention - age))
        if entries.updateValue(entry, forKey: id) == nil { order.append(id) }
        dropOldest(now: now)
    }

    /// Whether another answer can be kept without forgetting one that may still be asked for.
    func hasRoom(now: MonotonicInstant) -> Bool {
        guard entries.count >= capacity, head < order.count, let oldest = entries[order[head]] else { return true }
        return retention - (oldest.expires - now) >= Self.leastRetention
    }

    private mutating func dropOldest(now: MonotonicInstant) {
        while head < order.count, let oldest = entries[order[head]],
            entries.count > capacity || now > oldest.expires
        {
            entries[order[head]] = nil
            head += 1
        }
        if head > capacity {  // the dropped part never outgrows the kept one
            order.removeFirst(head)
            head = 0
        }
    }
}

/// The last `capacity` members inserted.
struct RecentSet<Member: Hashable & Sendable>: Sendable {
    let capacity: Int
    private var members: Set<Member> = []
    private var ring: [Member] = []
    private var oldest = 0

    init(capacity: Int) { self.capacity = capacity }

    func contains(_ member: Member) -> Bool { members.contains(member) }

    mutating func insert(_ member: Member) {
        guard members.insert(member).inserted else { return }
        guard ring.count == capacity else { return ring.append(member) }
        members.remove(ring[oldest])
        ring[oldest] = member
        oldest = (oldest + 1) % capacity
    }
}
