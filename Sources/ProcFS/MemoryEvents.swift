/// How often the kernel killed a process of a control group for memory, from `memory.events` of its directory, in version 1
/// from `memory.oom_control`. Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst.
public struct MemoryEvents: Equatable, Sendable {
    /// A counter. In version 2 what is below the group counts too, in version 1 it does not. `nil` before Linux 4.13.
    public var oomKills: UInt64?

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var lines = Lines()
        while let line = lines.next(in: text) {
            if let count = try text.number(after: "oom_kill ", of: line, "oom_kill", file: "memory.events") {
                oomKills = count
            }
        }
    }
}
