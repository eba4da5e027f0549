import Lag
import Model
import ProcFS

/// How long the control groups of one worker were held up by their CPU quotas. cgroups(7). Asked for while its loop is busy
/// only, and nothing stays open.
final class CgroupQuota {
    /// Of how many groups, from the worker's own upwards.
    private static let maximumGroups = 3
    /// Groups and their quotas change seldom.
    private static let life = Duration.seconds(10)

    private let context: ProbeContext
    private let pid: Int32
    /// Files of the groups that have a quota, below `/proc`.
    private var stats: [String] = []
    private var readAt: MonotonicInstant?

    init(pid: Int32, context: ProbeContext) {
        self.pid = pid
        self.context = context
    }

    /// ns so far, summed over its group and those above it that have a quota; `nil` where none has.
    func throttledNanoseconds(now: MonotonicInstant) -> UInt64? {
        if readAt.map({ now - $0 >= Self.life }) ?? true {
            readAt = now
            stats = files()
        }
        var sum: UInt64?
        for name in stats {
            do {
                let throttle = try context.reader.withHostFile(name) { (text) throws(ProcError) in
                    try CgroupThrottle(parsing: text)
                }
                if let time = throttle.throttledNanoseconds { sum = (sum ?? 0) &+ time }
            } catch {
                readAt = nil  // the group is gone: the worker is in another one by now
                return nil
            }
        }
        return sum
    }

    private func files() -> [String] {
        let reader = context.reader
        do {
            return try reader.quotaGroups(of: pid).lazy.filter { reader.quota(ofGroup: $0) != nil }
                .prefix(Self.maximumGroups).map { "../" + $0 + "/cpu.stat" }.filter(isReadable)
        } catch {
            return []
        }
    }

    private func isReadable(_ name: String) -> Bool {
        do {
            _ = try context.reader.openHost(name)
            return true
        } catch {
            return false  // then it tells nothing
        }
    }
}
