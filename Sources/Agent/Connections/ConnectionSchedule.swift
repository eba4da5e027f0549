import Model

/// When to look at what: all groups now and then, those that somebody looks at each second.
///
/// Costs are CPU time of the looks as measured. However much there is to look at, pauses grow so that looks at all groups
/// take no more than half a percent of a core, and those at what is watched two percent.
struct ConnectionSchedule: Sendable {
    enum Round: Hashable, Sendable {
        case all
        case groups(Set<String>)
    }

    static let pause = Duration.seconds(15)
    static let watchedPause = Duration.seconds(1)
    /// Pauses are at least so many times the cost.
    static let share = 200
    static let watchedShare = 50
    /// Workers that came are looked at after this: several come together.
    static let newcomerDelay = Duration.seconds(1)
    /// Between two looks at all groups, newcomers or not.
    static let minimumPause = Duration.seconds(5)
    /// How many pauses old the last look may be before rows say nothing.
    static let validity = 3

    private var nextAll: MonotonicInstant?
    /// When the next look at all groups may be at the earliest.
    private var mayLook: MonotonicInstant?
    private var nextWatched: MonotonicInstant?
    private var currentPause = Self.pause

    /// What is due.
    func due(at now: MonotonicInstant, watched: Set<String>) -> Round? {
        if now >= nextAll ?? now { return .all }
        if !watched.isEmpty, now >= nextWatched ?? now { return .groups(watched) }
        return nil
    }

    /// When something will be.
    func wake(at now: MonotonicInstant, watched: Set<String>) -> MonotonicInstant {
        let all = nextAll ?? now
        return watched.isEmpty ? all : min(all, nextWatched ?? now)
    }

    /// Somebody came who was not looked at yet.
    mutating func noteNewcomers(at now: MonotonicInstant) {
        guard let next = nextAll else { return }
        nextAll = min(next, max(now + Self.newcomerDelay, mayLook ?? now))
    }

    /// `now`: at its end.
    mutating func did(_ round: Round, cost: Duration, at now: MonotonicInstant) {
        nextWatched = now + max(Self.watchedPause, cost * Self.watchedShare)
        guard round == .all else { return }
        let least = cost * Self.share
        currentPause = max(Self.pause, least)
        nextAll = now + currentPause
        mayLook = now + max(Self.minimumPause, least)
    }

    /// Until when a row may tell what was found now.
    func validity(from now: MonotonicInstant) -> MonotonicInstant { now + currentPause * Self.validity }
}
