import Model

/// What the looks at one thread come to, over its life.
struct ThreadTrack: Sendable {
    /// A thread that is not the main one counts as a loop when it is woken as often as this while it is looked at, ...
    static let wakingRate = 1.0
    static let wakingIntervals = 2
    /// ... or has done this much in its life. V8's DelayedTaskScheduler sits in epoll for ever and does next to nothing.
    static let considerableRun: UInt64 = 100_000_000
    static let considerableSwitches: UInt64 = 16
    /// Of a main thread in anything but epoll.
    static let waitsNeeded = 3
    /// Looks beyond this are halved, so that a thread that changes its ways is believed in time.
    static let remembered = 64
    /// Waits after which an epoll descriptor that was not seen any more is forgotten, at the latest twice as many.
    static let descriptorMemory = 8

    let isMain: Bool
    private(set) var latest: ThreadLook
    private(set) var latestAt: MonotonicInstant
    private(set) var looks = 0
    private var running = 0
    private var stopped = 0
    private var elsewhere = 0
    private var accepting = 0
    private var onOneDescriptor = 0
    private var waits: [LoopKind: Int] = [:]
    private var waking = 0
    /// The lowest epoll descriptor of the waits in this stretch of `descriptorMemory` waits, and in the one before: a
    /// callback's nested loop waits on a higher one, and after an exec or a second `asyncio.run` there is another.
    private var lowest: (now: UInt64?, before: UInt64?, count: Int) = (nil, nil, 0)
    private var isProven = false

    init(_ look: ThreadLook, at now: MonotonicInstant) {
        isMain = look.isMain
        latest = look
        latestAt = now
    }

    /// Whether a look can be at the same thread: counters only grow, a number may come again.
    func continues(_ look: ThreadLook) -> Bool {
        look.isMain == isMain && look.runNanoseconds >= latest.runNanoseconds && look.timeslices >= latest.timeslices
    }

    mutating func note(_ look: ThreadLook, epollOnly: Bool, at now: MonotonicInstant) {
        let elapsed = (now - latestAt).seconds
        let woken = look.switches >= latest.switches ? look.switches - latest.switches : 0
        if looks > 0, woken > 0, Double(woken) >= Self.wakingRate * elapsed { waking += 1 }
        if looks >= Self.remembered { fade() }
        looks += 1
        latest = look
        latestAt = now
        switch look.meaning {
        case .running: running += 1
        case .events(let kind, _) where epollOnly && kind != .epoll: elsewhere += 1
        case .events(let kind, let descriptor):
            waits[kind, default: 0] += 1
            if let descriptor { note(descriptor) }
        case .oneDescriptor:
            elsewhere += 1
            onOneDescriptor += 1
        case .elsewhere(let call):
            elsewhere += 1
            if call?.isAccept == true { accepting += 1 }
        case .nothing: if look.place == .stopped { stopped += 1 }
        }
        isProven = isProven || proves
    }

    private mutating func note(_ descriptor: UInt64) {
        if lowest.count == Self.descriptorMemory { lowest = (nil, lowest.now, 0) }
        lowest.now = min(lowest.now ?? descriptor, descriptor)
        lowest.count += 1
    }

    private mutating func fade() {
        looks /= 2
        running /= 2
        stopped /= 2
        elsewhere /= 2
        accepting /= 2
        onOneDescriptor /= 2
        // What was seen, and what was settled, is never forgotten.
        waits = waits.mapValues { max($0 / 2, min($0, 2)) }
    }

    /// Proven for the thread's life, for a loop that hangs is not seen waiting; unless it sleeps in accept.
    var isLoop: Bool { isProven && (accepting == 0 || (waits[.epoll] != nil && accepting * 2 <= looks)) }

    private var waited: Int { waits.values.reduce(0, +) }

    private var proves: Bool {
        guard waited > 0 else { return false }
        if isMain {
            // epoll is no blocking code's way to wait. The others can be, so they must prevail.
            return waits[.epoll] != nil || (waited >= Self.waitsNeeded && waited >= elsewhere)
        }
        let hasWorked = latest.runNanoseconds >= Self.considerableRun && latest.switches >= Self.considerableSwitches
        return waited > elsewhere && (hasWorked || waking >= Self.wakingIntervals)
    }

    /// What it waits in; epoll wins, for a callback may poll.
    var kind: LoopKind {
        if waits[.epoll] != nil { return .epoll }
        return waits.max { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }?.key ?? .unknown
    }

    var epollDescriptor: UInt64? {
        guard let now = lowest.now else { return lowest.before }
        return min(now, lowest.before ?? now)
    }

    /// It was seen often enough waiting on its descriptor to say that it takes turns there with others.
    var isSettledOnDescriptor: Bool { (waits[.epoll] ?? 0) >= 2 }

    /// A main thread without proof: whether its looks let it be a loop that is too busy, or was stopped too early, to be
    /// seen waiting.
    var mayBeBusyLoop: Bool {
        if isLoop || accepting > 0 || running + stopped == 0 { return false }
        return elsewhere < LoopFinder.looksNeeded || elsewhere <= 2 * (running + stopped)
    }

    /// Looks that say something.
    var telling: Int { running + stopped + elsewhere + waited }

    var mostlyOnOneDescriptor: Bool { onOneDescriptor * 2 > elsewhere }

    var isWaitingForEvents: Bool { if case .events = latest.meaning { true } else { false } }

    var sleepsIn: SystemCall? {
        switch latest.meaning {
        case .elsewhere(let call): call
        case .oneDescriptor(let call): call
        default: nil
        }
    }
}
