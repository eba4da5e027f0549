public import Model

/// A thread that runs an event loop.
public struct LoopThread: Hashable, Sendable {
    public var tid: Int32
    public var isMain: Bool
    /// `unknown` for a main thread that was never seen waiting: a loop that is busy all the time, until proven otherwise.
    public var kind: LoopKind
    /// The loop's own: the lowest it was seen waiting on. A nested loop (`execSync`) waits on a higher one.
    public var epollDescriptor: UInt64?

    public init(tid: Int32, isMain: Bool, kind: LoopKind, epollDescriptor: UInt64? = nil) {
        self.tid = tid
        self.isMain = isMain
        self.kind = kind
        self.epollDescriptor = epollDescriptor
    }
}

/// Which threads of one process run event loops, from a few looks at all of its threads.
///
/// - looking: fewer than 5 looks, or they spread over less than 100 ms, or the main thread was stopped at most of them.
/// - loops: the main thread and others, as below.
/// - none: neither.
///
/// **The main thread** is a loop once it was seen waiting in epoll, or waits mostly in select, io_uring, or poll for more
/// than one descriptor. Short of that it is still taken for one unless it was found asleep elsewhere at every look, or at
/// most of many, or once in accept: a busy loop is not in epoll when one looks, and a saturated one never.
///
/// **Another thread** is one when it mostly waits for events when it sleeps, and is woken for it or has worked
/// considerably. Sitting in epoll is not enough: node's DelayedTaskScheduler does for ever, with one switch in its life.
///
/// Threads that were seen waiting on one another's epoll descriptor take turns there (Go, Tokio): there is work for
/// whoever is free, and no loop whose lag would mean anything.
///
/// What is proven stays, until the thread is gone: a loop that hangs in a lock for an hour is to be reported as hung, not
/// as having none. Only accept takes it back: once against poll and select, which blocking code uses too, and at most of
/// the looks against epoll.
///
/// Looks are 25 ms apart in a round of five. After it, and after each change of the finding, the pauses grow from 1 s, to 5 s
/// while there is no loop and to 30 s otherwise: five looks in 100 ms may all fall into one blocking call, and see its
/// sleep, or its nested loop's descriptor, for the thread's own. They stay at 1 s while the main thread is only taken for a
/// loop. A new round begins where a loop is missing or a new thread waits for events.
public struct LoopFinder: Sendable {
    public enum Finding: Hashable, Sendable {
        case looking
        /// Main thread first, then by CPU time used, the busiest first; at most `maximumLoops`, never empty.
        case loops([LoopThread])
        case none(Reason)
    }

    /// Why there is no loop.
    public enum Reason: Hashable, Sendable {
        /// The caller says so, and it was not seen in epoll.
        case oneRequestAtATime
        /// Its threads take turns on one epoll descriptor.
        case takesTurns
        /// The main thread waits for one descriptor at a time.
        case oneDescriptor
        /// The main thread sleeps in this call, where known, and never waits for events.
        case sleepsElsewhere(SystemCall?)
    }

    public static let looksNeeded = 5
    public static let spreadNeeded = Duration.milliseconds(100)
    public static let lookInterval = Duration.milliseconds(25)
    public static let shortestPause = Duration.seconds(1)
    public static let searchInterval = Duration.seconds(5)
    public static let reviewInterval = Duration.seconds(30)
    public static let maximumLoops = 8

    /// It serves one request at a time (a sync worker of gunicorn): only epoll counts.
    public let isOneRequestAtATime: Bool
    public private(set) var finding = Finding.looking
    /// When to look next; at once before the first look.
    public private(set) var nextLook = MonotonicInstant(nanoseconds: 0)

    private var tracks: [Int32: ThreadTrack] = [:]
    /// The round that is going on; without one, a look is a review.
    private var round: (looks: Int, began: MonotonicInstant)?
    private var pause = shortestPause

    public init(isOneRequestAtATime: Bool = false) { self.isOneRequestAtATime = isOneRequestAtATime }

    /// A look at **all** threads of the process: one that is not among them is gone.
    public mutating func look(_ threads: [ThreadLook], now: MonotonicInstant) {
        var kept: [Int32: ThreadTrack] = [:]
        for thread in threads {
            var track = ThreadTrack(thread, at: now)
            if let old = tracks[thread.tid], old.continues(thread) { track = old }
            track.note(thread, epollOnly: isOneRequestAtATime, at: now)
            kept[thread.tid] = track
        }
        // A track of one look is another thread under the same number.
        let isLoopMissing = loopThreads.contains { (kept[$0.tid]?.looks ?? 1) == 1 }
        let isNewcomerWaiting = kept.values.contains { $0.looks < Self.looksNeeded && $0.isWaitingForEvents }
        if round == nil, tracks.isEmpty || isLoopMissing || isNewcomerWaiting { round = (0, now) }
        tracks = kept
        if let (looks, began) = round {
            round = (looks + 1, began)
            if looks + 1 >= Self.looksNeeded, now - began >= Self.spreadNeeded { round = nil }
        }
        let before = finding
        settle()
        if finding != before { pause = Self.shortestPause }
        if round != nil {
            nextLook = now + Self.lookInterval
        } else {
            putOff(now)
        }
    }

    /// The only thread that was there runs a loop on epoll, which is proven: while it stays the only one, a look tells nothing.
    public var knowsItsOnlyThread: Bool {
        guard round == nil, tracks.count == 1, let only = tracks.values.first else { return false }
        return only.isLoop && only.kind == .epoll
    }

    /// It is still the only one: in place of a look.
    public mutating func noteOnlyThread(now: MonotonicInstant) { putOff(now) }

    private mutating func putOff(_ now: MonotonicInstant) {
        nextLook = now + min(pause, longestPause)
        pause = min(pause * 2, Self.reviewInterval)
    }

    /// A probed thread turned out to be gone: it leaves the finding, and the next look is due at once.
    public mutating func vanished(_ tid: Int32, now: MonotonicInstant) {
        guard tracks.removeValue(forKey: tid) != nil else { return }
        settle()
        nextLook = min(nextLook, now)
    }

    private var loopThreads: [LoopThread] { if case .loops(let threads) = finding { threads } else { [] } }

    private var longestPause: Duration {
        guard case .loops(let threads) = finding else { return Self.searchInterval }
        let isCandidateAmongThem = threads.contains { tracks[$0.tid]?.isLoop == false }
        return isCandidateAmongThem ? Self.shortestPause : Self.reviewInterval
    }

    private mutating func settle() {
        // A first finding takes a round; a later one changes with what is seen.
        if finding == .looking, round != nil { return }
        let main = tracks.values.first { $0.isMain }
        let shared = sharedDescriptors
        var loops = tracks.values.filter { track in
            track.isLoop && !(track.epollDescriptor.map(shared.contains) ?? false)
        }
        let isKnown = main.map { $0.telling >= Self.looksNeeded } ?? true
        if let main, isKnown, shared.isEmpty, !isOneRequestAtATime, main.mayBeBusyLoop { loops.append(main) }
        loops.sort { left, right in
            if left.isMain != right.isMain { return left.isMain }
            return (left.latest.runNanoseconds, right.latest.tid) > (right.latest.runNanoseconds, left.latest.tid)
        }
        if !loops.isEmpty {
            finding = .loops(
                loops.prefix(Self.maximumLoops).map { track in
                    LoopThread(
                        tid: track.latest.tid, isMain: track.isMain, kind: track.kind,
                        epollDescriptor: track.epollDescriptor)
                })
        } else if tracks.isEmpty || !isKnown {
            finding = .looking
        } else {
            finding = .none(reason(main, isShared: !shared.isEmpty))
        }
    }

    /// The descriptors that two threads or more wait on as their own.
    private var sharedDescriptors: Set<UInt64> {
        let own = tracks.values.filter(\.isSettledOnDescriptor).compactMap(\.epollDescriptor)
        return Set(Dictionary(grouping: own) { $0 }.filter { $0.value.count > 1 }.keys)
    }

    private func reason(_ main: ThreadTrack?, isShared: Bool) -> Reason {
        if isOneRequestAtATime { return .oneRequestAtATime }
        if isShared { return .takesTurns }
        if main?.mostlyOnOneDescriptor == true { return .oneDescriptor }
        return .sleepsElsewhere(main?.sleepsIn)
    }
}
