import CLinux
import Model

/// Hears from the kernel of the children of masters the moment they are born, and how those ended that no sweep ever saw.
/// Process events of the connector: linux/cn_proc.h.
///
/// Only an agent in the first pid and network namespace is told, and before Linux 6.6 only with CAP_NET_ADMIN: elsewhere births
/// are seen at the next sweep.
final class Births {
    /// A group whose master is followed.
    struct Family: Equatable {
        /// `nil`: its children run another program than their master, or several groups have this master.
        var key: String?
    }

    private static let batch = 64
    /// More are not read at a time: then it is too much anyway.
    private static let maximumBatches = 64

    private(set) var families: [Int32: Family] = [:]
    var pace = BirthPace()
    var newborns = Newborns()
    /// While it listens.
    private(set) var netlink: OwnedDescriptor?
    private var news = [looptop_process_news](repeating: looptop_process_news(), count: batch)
    /// An end that was told of each group.
    private var told: [String: MonotonicInstant] = [:]
    private var hasSaidWhy = false

    deinit { end() }

    /// Follows the children of these masters, and of no others.
    func follow(_ families: [Int32: Family], now: MonotonicInstant) {
        let before = self.families
        self.families = families
        told = told.filter { now - $0.value < .seconds(1) }
        guard !families.isEmpty else {
            end()
            return pace.ended()
        }
        guard let netlink else { return pace.wanted(at: now) }
        guard before.keys != families.keys else { return }
        let parents = families.keys.sorted()
        if looptop_births_follow(netlink.raw, parents, parents.count) < 0 {
            end()
            pace.failed(at: now)
        }
    }

    /// Begins to listen. Returns what the log has to say, once.
    func begin(now: MonotonicInstant) -> String? {
        let parents = families.keys.sorted()
        let answer = looptop_births_open(parents, parents.count)
        guard answer < 0 else {
            netlink = OwnedDescriptor(answer)
            pace.began()
            return nil
        }
        pace.failed(at: now)
        defer { hasSaidWhy = true }
        return hasSaidWhy
            ? nil : "births of workers are seen at the next sweep: the kernel does not tell of them: \(reason(-answer))"
    }

    /// What was told since the last time.
    /// - Parameter watched: the processes of all workers that are watched.
    /// - Returns: who ended unseen, and what the log has to say.
    func read(watched: () -> Set<Int32>, now: MonotonicInstant) -> (ended: [Newborns.ShortLife], notice: String?) {
        guard let netlink else { return ([], nil) }
        var (births, isComplete, count) = (false, true, 0)
        var ended: [Newborns.ShortLife] = []
        let pids = watched()
        for _ in 0..<Self.maximumBatches {
            let read = looptop_births_read(netlink.raw, &news, news.count)
            guard read > 0 else {
                isComplete = read == 0
                break
            }
            let found = newborns.take(news.prefix(read), watched: pids, now: now)
            births = births || found.births
            ended += found.ended
            count += read
        }
        newborns.isUpToDate()
        guard !pace.read(count, births: births, isComplete: isComplete, at: now) else { return (ended, nil) }
        end()
        return (ended, "processes start too fast to hear of each: births are seen at the next sweep for a minute")
    }

    /// Whether this end is to be told of: of a group one in a second, the others are only counted.
    func tells(of key: String, at now: MonotonicInstant) -> Bool {
        if let last = told[key], now - last < .seconds(1) { return false }
        told[key] = now
        return true
    }

    private func end() {
        if let netlink { looptop_births_end(netlink.raw) }
        netlink = nil
        newborns = Newborns()
    }
}
