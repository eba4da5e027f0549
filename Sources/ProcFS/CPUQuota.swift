/// How much CPU a control group may have: of version 2 `cpu.max`, quota and period or `max`; of version 1 `cpu.cfs_quota_us`, where -1
/// is none, and in a file of its own `cpu.cfs_period_us`. Documentation/admin-guide/cgroup-v2.rst, scheduler/sched-bwc.rst.
public struct CPUQuota: Equatable, Sendable {
    /// µs of CPU in each period; `nil` where there is no quota.
    public var quota: UInt64?
    /// µs; `nil` where the file does not say.
    public var period: UInt64?

    /// Of any of the three files.
    public init(parsing text: Span<UInt8>) throws(ProcError) {
        guard !text.isEmpty, text[0] != UInt8(ascii: "m"), text[0] != UInt8(ascii: "-") else { return }
        var line = 0..<text.count
        if text[text.count - 1] == UInt8(ascii: "\n") { line = 0..<text.count - 1 }
        var fields = Fields(line, in: text, file: "cpu.max")
        quota = try fields.next("quota", in: text)
        period = try fields.nextIfAny("period", in: text)
    }
}

extension ProcReader {
    /// In cores, of the group at that path, which `CgroupMounts` tells; `nil` where it has none, or where that cannot be read.
    public func quota(ofGroup directory: String) -> Double? {
        func read(_ name: String) -> CPUQuota? {
            do throws(ProcError) {
                return try withHostFile("../\(directory)/\(name)") { (text) throws(ProcError) in
                    try CPUQuota(parsing: text)
                }
            } catch { return nil }
        }
        let unified = read("cpu.max")
        guard let quota = (unified ?? read("cpu.cfs_quota_us"))?.quota,
            let period = unified == nil ? read("cpu.cfs_period_us")?.quota : unified?.period, period > 0
        else { return nil }
        return Double(quota) / Double(period)
    }

    /// Directories of the control groups in which a quota can hold the process up: its own first, then those above it.
    public func quotaGroups(of pid: Int32) throws(ProcError) -> [String] {
        let path = try withHostFile("\(pid)/cgroup") { (text) throws(ProcError) in try CgroupPath(parsing: text) }
        let mounts = try withHostFile("self/mountinfo") { (text) throws(ProcError) in try CgroupMounts(parsing: text) }
        return mounts.throttleDirectories(of: path)
    }
}
