import Model

/// When the kernel's news of births is read, when workers are looked for because of it, and when the agent does without it: a
/// machine that starts programs by the thousand must not take the agent's share.
///
/// It listens, or it rests, or nobody is to be followed. What was heard is read `patience` later, all at once; a birth leads to a
/// look as soon as looks have not taken more than a part in `lookShare` of a core, of which the last `credit` is there to be
/// used at once, and to one more after `secondLook`, when the newborn has its title. Too much news in a second, or lost news,
/// is followed by a `rest`.
struct BirthPace: Equatable, Sendable {
    static let patience = Duration.milliseconds(20)
    static let secondLook = Duration.milliseconds(250)
    static let lookShare = 40
    static let credit = Duration.seconds(2)
    static let mostInASecond = 1000
    static let rest = Duration.seconds(60)

    /// When listening begins; `nil` while it goes on, or where nobody is to be followed.
    private(set) var beginning: MonotonicInstant?
    /// When what was heard is read.
    private(set) var reading: MonotonicInstant?
    /// When workers are looked for.
    private(set) var looking: MonotonicInstant?
    /// When the share of a core has paid for the looks so far.
    private var paid: MonotonicInstant?
    /// The look that is due follows another one.
    private var isSecond = false
    private var second: (began: MonotonicInstant, news: Int)?

    /// No look before that.
    private var nextLook: MonotonicInstant? { paid.map { $0 - Self.credit } }

    var due: MonotonicInstant? { [beginning, reading, looking].compactMap { $0 }.min() }

    /// There is somebody to follow.
    mutating func wanted(at now: MonotonicInstant) { beginning = beginning ?? now }

    mutating func began() { beginning = nil }

    /// Nobody is to be followed any more.
    mutating func ended() { (beginning, reading, looking, second) = (nil, nil, nil, nil) }

    /// It cannot be listened now.
    mutating func failed(at now: MonotonicInstant) {
        ended()
        beginning = now + Self.rest
    }

    mutating func heard(at now: MonotonicInstant) { reading = reading ?? now + Self.patience }

    /// So much was read. Returns whether to go on listening.
    mutating func read(_ count: Int, births: Bool, isComplete: Bool, at now: MonotonicInstant) -> Bool {
        reading = nil
        if births {
            looking = max(now, nextLook ?? now)
            isSecond = false
        }
        if let current = second, now - current.began < .seconds(1) {
            second = (current.began, current.news + count)
        } else {
            second = (now, count)
        }
        guard isComplete, second.map({ $0.news <= Self.mostInASecond }) ?? true else {
            failed(at: now)
            return false
        }
        return true
    }

    /// Workers were looked for.
    /// - Parameters:
    ///   - cost: CPU time of the look.
    ///   - isWaiting: somebody was born who is none so far.
    mutating func looked(_ cost: Duration, isWaiting: Bool, at now: MonotonicInstant) {
        let paid = max(paid ?? now, now) + cost * Self.lookShare
        self.paid = paid
        looking = isWaiting && !isSecond ? max(now + Self.secondLook, paid - Self.credit) : nil
        isSecond = looking != nil
    }

    static func == (left: Self, right: Self) -> Bool {
        left.due == right.due && left.nextLook == right.nextLook && left.isSecond == right.isSecond
    }
}
