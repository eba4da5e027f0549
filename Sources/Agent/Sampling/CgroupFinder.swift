import ProcFS

/// In which control groups processes are, and where those are mounted. cgroups(7).
struct CgroupFinder {
    /// Read once: mounts of control groups do not move.
    private var mounts: CgroupMounts?

    mutating func find(_ pid: Int32, reader: ProcReader) throws(ProcError) -> (mounts: CgroupMounts, path: CgroupPath) {
        let path = try reader.withHostFile("\(pid)/cgroup") { (text) throws(ProcError) in
            try CgroupPath(parsing: text)
        }
        if let mounts { return (mounts, path) }
        let found = try reader.withHostFile("self/mountinfo") { (text) throws(ProcError) in
            try CgroupMounts(parsing: text)
        }
        mounts = found
        return (found, path)
    }
}
