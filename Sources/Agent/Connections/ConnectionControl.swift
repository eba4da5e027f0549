import Model
import Synchronization

/// Speaks to the thread that looks at connections. What is said is a state, not a queue: the thread takes the newest.
final class ConnectionControl: Sendable {
    struct Wishes: Sendable {
        var roster = ConnectionRoster()
        /// Until when somebody looks at a group.
        var watched: [String: MonotonicInstant] = [:]
        /// Workers came since `take`.
        var hasNewcomers = false
    }

    static let watchTime = Duration.seconds(10)
    /// The first to end go.
    static let maximumWatched = 64

    let bell: Doorbell
    private let wishes = Mutex(Wishes())
    private let stopping = Atomic<Bool>(false)

    init() throws(Fatal) { bell = try Doorbell() }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.ring()
    }

    func change(to roster: ConnectionRoster) {
        let isNews = wishes.withLock { wishes in
            guard roster != wishes.roster else { return false }
            if !roster.workers.isSubset(of: wishes.roster.workers) { wishes.hasNewcomers = true }
            wishes.roster = roster
            return true
        }
        if isNews { bell.ring() }
    }

    /// Does nothing for who is not there.
    func watch(_ target: CommandTarget, now: MonotonicInstant) {
        let isNews = wishes.withLock { wishes in
            guard let key = wishes.roster.key(of: target) else { return false }
            let before = wishes.watched.updateValue(now + Self.watchTime, forKey: key)
            if wishes.watched.count > Self.maximumWatched,
                let first = wishes.watched.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })
            {
                wishes.watched[first.key] = nil
            }
            return before.map { $0 < now } ?? true
        }
        if isNews { bell.ring() }
    }

    /// For the thread.
    func take(now: MonotonicInstant) -> Wishes {
        wishes.withLock { wishes in
            let keys = wishes.watched.filter { now <= $0.value }
            if keys.count < wishes.watched.count { wishes.watched = keys }
            defer { wishes.hasNewcomers = false }
            return wishes
        }
    }
}
