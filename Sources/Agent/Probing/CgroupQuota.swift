import Lag
import Model
import ProcFS

/// How long the control groups of one worker were held up by their CPU quotas. cgroups(7).
final class CgroupQuota {
    /// How many descriptors it keeps at most.
    static let descriptors = 3
    /// Groups and their quotas change seldom.
    private static let life = Duration.seconds(10)

    private let context: ProbeContext
    private let pid: Int32
    private var stats: [ProbeFile] = []
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
        for file in stats {
            do {
                let throttle = try context.read(file) { (text) throws(ProcError) in try CgroupThrottle(parsing: text) }
                if let time = throttle.throttledNanoseconds { sum = (sum ?? 0) &+ time }
            } catch {
                readAt = nil  // the group is gone: the worker is in another one by now
                return nil
            }
        }
        return sum
    }

    private func files() -> [ProbeFile] {
        let reader = context.reader
        do {
            return try reader.quotaGroups(of: pid).lazy.filter { reader.quota(ofGroup: $0) != nil }
                .prefix(Self.descriptors)
                .compactMap { directory in
                    // Unreadable or gone: then it tells nothing.
                    try? ProbeFile("../" + directory + "/cpu.stat", ofHost: reader)
                }
        } catch {
            return []
        }
    }
}
