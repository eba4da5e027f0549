import CLinux
import Model

/// Children of masters that the kernel told of and that were not seen as workers yet: who of them ended unseen.
///
/// What can be known of a process that is gone is little. One that was forked by a master and never ran another program was a
/// copy of that master, as the workers of gunicorn, nginx, php-fpm, puma, uWSGI are. One that did run a program may have been
/// a worker or a helper (`sh`, `git`): it is not counted. Nor is who lived for longer than `longest` without being taken for a
/// worker: discovery had its time to look.
struct Newborns: Equatable, Sendable {
    /// One that was not seen before it ended.
    struct ShortLife: Equatable, Sendable {
        var pid: Int32
        /// The master's.
        var parent: Int32
        var status: ExitStatus?
        var born: MonotonicInstant
        var ended: MonotonicInstant
    }

    private struct Child: Equatable, Sendable {
        var parent: Int32
        var born: MonotonicInstant
        /// It ran a program.
        var ran = false
    }

    static let longest = Duration.seconds(1)
    /// More at a time are not kept in mind.
    static let most = 1024

    private var children: [Int32: Child] = [:]
    /// Who was watched, and ended since the news was read last: what that news says of them is known.
    private var buried: Set<Int32> = []

    /// Somebody was born who is not known to be a worker, nor to be none.
    var isWaiting: Bool { !children.isEmpty }

    /// A worker ended that was watched.
    mutating func bury(_ pid: Int32) {
        children[pid] = nil
        if buried.count < Self.most { buried.insert(pid) }
    }

    /// Takes what the kernel told, in its order.
    /// - Parameter watched: the processes of all workers that are watched.
    /// - Returns: whether somebody was born or became another program, and who ended unseen.
    mutating func take(
        _ news: some Sequence<looptop_process_news>, watched: Set<Int32>, now: MonotonicInstant
    ) -> (births: Bool, ended: [ShortLife]) {
        var births = false
        var ended: [ShortLife] = []
        children = children.filter { !watched.contains($0.key) && now - $0.value.born <= Self.longest }
        for item in news where !watched.contains(item.pid) && !buried.contains(item.pid) {
            let instant = MonotonicInstant(nanoseconds: item.time)
            switch item.what {
            case LOOPTOP_PROCESS_FORKED.rawValue:
                births = true
                guard children.count < Self.most else { continue }
                children[item.pid] = Child(parent: item.parent, born: instant)
            case LOOPTOP_PROCESS_RAN.rawValue:
                guard children[item.pid] != nil else { continue }
                births = true
                children[item.pid]?.ran = true
            case LOOPTOP_PROCESS_ENDED.rawValue:
                guard let child = children.removeValue(forKey: item.pid), !child.ran,
                    instant - child.born <= Self.longest
                else { continue }
                ended.append(
                    ShortLife(
                        pid: item.pid, parent: child.parent, status: ExitStatus(wait: UInt64(item.status)),
                        born: child.born, ended: instant))
            default: continue
            }
        }
        return (births, ended)
    }

    /// All news so far was taken.
    mutating func isUpToDate() { buried = [] }
}
